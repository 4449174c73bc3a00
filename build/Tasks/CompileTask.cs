using Cake.Frosting;
using Pipeline.Host.Tools;

namespace Pipeline.Build.Tasks;

/// <summary>Builds the whole solution, warnings as errors.</summary>
[TaskName("Compile")]
[TaskDescription("Build every project")]
internal sealed class CompileTask : AsyncFrostingTask<BuildContext>
{
    public override Task RunAsync(BuildContext context) =>
        context.DotNetAsync(["build", "Pipeline.sln", "-nologo", "-v", "q", "-clp:NoSummary"]);
}

/// <summary>Calls of the SDK.</summary>
internal static class DotNet
{
    /// <summary>Runs <c>dotnet</c> in the checkout with its output passed on.</summary>
    public static async Task DotNetAsync(this BuildContext context, string[] arguments)
    {
        var variables = Verbs.Inherited();
        variables["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        variables["DOTNET_NOLOGO"] = "1";
        await context.Programs.RunAsync(
            new ToolCommand(System.Environment.ProcessPath!, [.. arguments])
            {
                WorkingDirectory = context.Root,
                Environment = variables,
                InheritOutput = true,
            },
            context.Cancellation
        );
    }
}
