using Cake.Frosting;
using Pipeline.Build;
using Pipeline.Cli;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

using var children = Children.Adopt();
if (BuildArguments.Check(args) is { Count: > 0 } wrong)
{
    using var program = new ConsoleProgram();
    foreach (var problem in wrong)
    {
        program.Services.Reporter.Report(problem);
    }

    return (int)ExitClass.BadInput;
}

if (args.Any(a => a is "--help" or "-h" or "-?"))
{
    Console.Out.Write(BuildArguments.Usage);
    return 0;
}

var host = new CakeHost().UseContext<BuildContext>().UseLifetime<BuildLifetime>();
return BuildLifetime.ExitCode(host.Run(args));
