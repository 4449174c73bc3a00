using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Cli;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;

using var children = Children.Adopt();
using var cancellation = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
await using var error = new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true };
var style = Renderings.Detect(!Console.IsErrorRedirected, Environment.GetEnvironmentVariable("CI"));
var colour = style == ReporterStyle.Terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
var reporter = new Reporter(error, style, TimeProvider.System, colour);
return await CommandLine.RunAsync(
    new Services
    {
        Tools = new ToolRunner(),
        Reporter = reporter,
        ShowProgress = chosen => reporter.Use(Renderings.Of(chosen, error, colour)),
        Time = TimeProvider.System,
        Output = output,
        Error = error,
        Input = Console.OpenStandardInput,
        CurrentDirectory = Environment.CurrentDirectory,
        Environment = Environment.GetEnvironmentVariable,
    },
    args,
    cancellation.Token
);

void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    cancellation.Cancel();
}
