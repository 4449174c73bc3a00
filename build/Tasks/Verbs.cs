using Pipeline.Cli;
using Pipeline.Cli.Commands;
using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Build.Tasks;

/// <summary>A façade of the toolchain failed; its diagnostics were shown already.</summary>
internal sealed class VerbFailedException(string verb, int exitCode) : Exception($"'pipeline {verb}' ended with exit code {exitCode}")
{
    /// <summary>The exit code of the verb of the same name, which becomes the build's.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>Calls of the façades, with the outcome that the verb of the same name would have.</summary>
internal static class Verbs
{
    /// <summary>Runs one call; a failure is reported as <c>pipeline</c> reports it and ends the task.</summary>
    /// <exception cref="VerbFailedException">The call failed, or was cancelled.</exception>
    public static async Task VerbAsync(this BuildContext context, string verb, Func<Task<ExitClass>> call)
    {
        var code = await CommandLine.OutcomeAsync(context.Services, async () => (int)await call(), context.Cancellation);
        if (code != 0)
        {
            throw new VerbFailedException(verb, code);
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

/// <summary>What arguments of the build ask of each façade. Relative paths start at the checkout.</summary>
/// <param name="arguments">The values the user gave an argument, in order; <c>null</c> for an argument that was not given.</param>
/// <param name="services">Has the checkout and the environment.</param>
internal sealed class Requests(Func<string, IEnumerable<string>?> arguments, Services services)
{
    /// <summary>The work directory: <c>--workdir</c>, PIPELINE_WORKDIR, the checkout.</summary>
    public WorkDirectory Work => services.WorkDirectory(Last("workdir"));

    /// <summary>A compose: <c>--manifest --arch --stream --lock --version --mirror --offline --force --no-wait</c>.</summary>
    public ComposeArguments Compose =>
        new()
        {
            Manifest = Last("manifest") ?? ComposeArguments.DefaultManifest,
            Architecture = Last("arch"),
            Stream = Last("stream"),
            Lock = Last("lock"),
            Version = Last("version"),
            Mirrors = arguments("mirror") ?? [],
            WorkDirectory = Last("workdir"),
            Offline = Flag("offline"),
            Force = Flag("force"),
            NoWait = Flag("no-wait"),
        };

    /// <summary>
    /// The build that this run composed, for the tasks after it. Before a compose, and in a run without one: <c>--build</c>, else
    /// <c>latest</c>.
    /// </summary>
    public string? Build
    {
        get => field ?? Last("build");
        set;
    }

    /// <summary>The qcow2 of the build.</summary>
    public ImageRequest Images =>
        new()
        {
            WorkDirectory = Work,
            Architecture = Architecture.Host,
            BuildId = Build ?? "latest",
        };

    /// <summary>All tests on the build: <c>--force --keep-going</c>.</summary>
    public KolaRequest Kola =>
        new()
        {
            Boot = new() { WorkDirectory = Work, Build = Build },
            Project = services.Project,
            Force = Flag("force"),
            KeepGoing = Flag("keep-going"),
        };

    /// <summary>All tests on broken machines; a sabotage that needs another layer composes the manifest with it.</summary>
    public SabotageRequest Sabotage
    {
        get
        {
            var boot = new BootRequest { WorkDirectory = Work, Build = Build };
            return new()
            {
                Kola = new() { Boot = boot, Project = services.Project },
                Variant = new SabotageVariant(services, boot, Compose.Manifest).MakeAsync,
            };
        }
    }

    private string? Last(string name) => arguments(name)?.LastOrDefault();

    private bool Flag(string name) => arguments(name) is not null && Last(name) != "false";
}
