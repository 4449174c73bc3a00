using System.Text;
using Pipeline.Cli;
using Pipeline.Cli.Answers;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Cli;

/// <summary>Runs the command line in this process and keeps what it printed.</summary>
/// <param name="ExitCode">The process exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs <paramref name="args"/> in <paramref name="directory"/>.</summary>
    public static async Task<CliRun> Of(
        string[] args,
        string? directory = null,
        string input = "",
        IReadOnlyDictionary<string, string>? environment = null,
        TimeProvider? time = null,
        IToolRunner? tools = null,
        Func<Stream?>? bytes = null
    )
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        time ??= TimeProvider.System;
        var reporter = new Reporter(error, ReporterStyle.Plain, time);
        var services = new Services
        {
            Tools = tools ?? new ToolRunner(),
            Reporter = reporter,
            ShowProgress = style => reporter.Use(Renderings.Of(style, error, colour: false, time)),
            ShowProblemsAsJson = () => reporter.Use(new ProblemLines(new PlainRendering(error, colour: false), ProblemAnswer.JsonOf)),
            Time = time,
            Output = output,
            Error = error,
            Input = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Bytes = bytes ?? (() => throw new InvalidOperationException("bytes are not expected on standard output")),
            CurrentDirectory = directory ?? Path.GetTempPath(),
            Environment = name => environment?.GetValueOrDefault(name),
        };
        var code = await CommandLine.RunAsync(services, args, CancellationToken.None);
        Assert.That(AnswerCheck.Problems(args, output.ToString()), Is.Empty, "the answer does not fit the schema of its verb");
        return new(code, output.ToString(), error.ToString());
    }
}
