using Pipeline.Host.Tools;

namespace Pipeline.Build.Tasks;

/// <summary>A verb of the toolchain ended with this code; its own diagnostics were shown already.</summary>
internal sealed class VerbFailedException(string verb, int exitCode) : Exception($"'pipeline {verb}' ended with exit code {exitCode}")
{
    /// <summary>The verb's exit code, which becomes the build's.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>Calls of the toolchain. Each runs as a process of its own, because verbs that touch a tree move into a user namespace.</summary>
internal static class Verbs
{
    // Arguments of build.sh that verbs understand under the same name.
    private static readonly string[] Flags = ["force", "offline", "keep-going", "no-wait"];
    private static readonly string[] Values = ["arch", "stream", "lock", "version", "mirror", "workdir"];

    /// <summary>Runs one verb with its output passed on.</summary>
    /// <param name="context">The build.</param>
    /// <param name="accepts">Arguments of the build that this verb is given when the user set them.</param>
    /// <param name="arguments">The verb and its own arguments.</param>
    public static async Task PipelineAsync(this BuildContext context, string[] accepts, params string[] arguments)
    {
        var own = Path.Combine(AppContext.BaseDirectory, "pipeline.dll");
        string[] given =
        [
            .. Flags.Where(f => accepts.Contains(f) && context.Flag(f)).Select(f => $"--{f}"),
            .. Values
                .Where(v => v == "workdir" || accepts.Contains(v))
                .SelectMany(v => context.Arguments.GetArguments(v).SelectMany(x => new[] { $"--{v}", x })),
        ];
        var result = await context.Programs.RunAsync(
            new ToolCommand(Environment.ProcessPath!, [own, .. arguments, .. given])
            {
                WorkingDirectory = context.Root,
                Environment = Inherited(),
                InheritOutput = true,
                Accepted = [.. Enumerable.Range(0, 256)],
                GracePeriod = TimeSpan.FromSeconds(30),
            },
            context.Cancellation
        );
        if (result.ExitCode != 0)
        {
            throw new VerbFailedException(arguments[0], result.ExitCode);
        }
    }

    /// <summary>The user's variables that our programs and the SDK read.</summary>
    public static Dictionary<string, string> Inherited() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>()
            .Where(v =>
                (string)v.Key is "CI" or "NO_COLOR" or "NUGET_PACKAGES" or "USER" or "LOGNAME" or "TMPDIR" or "TERM"
                || ((string)v.Key).StartsWith("PIPELINE_", StringComparison.Ordinal)
                || ((string)v.Key).StartsWith("DOTNET_", StringComparison.Ordinal)
                || ((string)v.Key).StartsWith("npm_config_", StringComparison.OrdinalIgnoreCase)
                || ((string)v.Key).EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)
            )
            .ToDictionary(v => (string)v.Key, v => (string)v.Value!);
}
