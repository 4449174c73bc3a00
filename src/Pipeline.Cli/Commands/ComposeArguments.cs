using Pipeline.Cli.Projects;
using Pipeline.Compose;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Architecture = Pipeline.Model.Values.Architecture;

namespace Pipeline.Cli.Commands;

/// <summary>What a user asked of a compose, as text: options of the verb, or arguments of the build.</summary>
internal sealed record ComposeArguments
{
    /// <summary>The manifest of the default OS.</summary>
    public const string DefaultManifest = "manifests/container-host.yaml";

    /// <summary>
    /// The manifest when none is named: the default OS's where the user stands in a checkout, else the <c>manifest.yaml</c> here, or that
    /// of the project around it.
    /// </summary>
    public static string DefaultFor(Services services)
    {
        var here = services.CurrentDirectory;
        var project = services.Project ?? here;
        string[] found = [DefaultManifest, ProjectFiles.Manifest, Path.GetRelativePath(here, Path.Combine(project, ProjectFiles.Manifest))];
        return Array.Find(found, f => File.Exists(services.FullPath(f))) ?? DefaultManifest;
    }

    private static Architecture HostArchitecture => Pipeline.Model.Values.Architecture.Host;

    /// <summary>The root manifest.</summary>
    public string Manifest { get; init; } = DefaultManifest;

    /// <summary>Architectures between commas, or <c>all</c>; <c>null</c> for this machine's.</summary>
    public string? Architecture { get; init; }

    /// <summary>The stream, also a variable.</summary>
    public string? Stream { get; init; }

    /// <summary><c>NAME=VALUE</c>.</summary>
    public IEnumerable<string> Variables { get; init; } = [];

    /// <summary>A build-args.conf.</summary>
    public string? BuildArgs { get; init; }

    /// <summary>A lockfile.</summary>
    public string? Lock { get; init; }

    /// <summary>The version.</summary>
    public string? Version { get; init; }

    /// <summary><c>ID=URL</c>.</summary>
    public IEnumerable<string> Mirrors { get; init; } = [];

    /// <summary>The work directory.</summary>
    public string? WorkDirectory { get; init; }

    /// <summary>Allow repositories to turn off the check of signatures.</summary>
    public bool Insecure { get; init; }

    /// <summary>Do not touch the network.</summary>
    public bool Offline { get; init; }

    /// <summary>Make it again.</summary>
    public bool Force { get; init; }

    /// <summary>Number it without <c>dev</c>.</summary>
    public bool Official { get; init; }

    /// <summary><c>NAME=VALUE</c>.</summary>
    public IEnumerable<string> ScriptLimits { get; init; } = [];

    /// <summary>Emulate everything.</summary>
    public bool PlainEmulation { get; init; }

    /// <summary>Fail instead of waiting.</summary>
    public bool NoWait { get; init; }

    /// <summary>A request for each architecture; relative paths start at the user's directory.</summary>
    /// <exception cref="PipelineException">PL1091, PL1092, PL1093, PL2305, PL0313 (class 2).</exception>
    public ValueList<ComposeRequest> Requests(Services services)
    {
        var architectures = Architecture is null ? [HostArchitecture] : ArchitectureOption.ReadMany(Architecture);
        return architectures.Count > 1 && Lock is not null
            ? throw new PipelineException(ArchitectureOption.OneLock(Lock))
            : [.. architectures.Select(a => Request(services, a))];
    }

    /// <summary>The request for this machine's architecture.</summary>
    /// <exception cref="PipelineException">PL1092, PL2305, PL0313 (class 2).</exception>
    public ComposeRequest Request(Services services) => Request(services, HostArchitecture);

    private ComposeRequest Request(Services services, Architecture architecture)
    {
        var variables = new Dictionary<string, string>(ManifestShowCommand.ReadVariables([.. Variables]), StringComparer.Ordinal);
        if (Stream is not null)
        {
            variables.TryAdd("stream", Stream);
        }

        foreach (var (name, value) in BuildArgumentFiles.Read(services, BuildArgs))
        {
            variables.TryAdd(name, value);
        }

        return new()
        {
            Lock = new()
            {
                ManifestPath = services.FullPath(Manifest),
                ManifestDisplay = Manifest,
                Architecture = architecture,
                WorkDirectory = services.WorkDirectory(WorkDirectory),
                Variables = variables,
                Mirrors = ReadMirrors(Mirrors),
                LockFile = Lock is null ? null : services.FullPath(Lock),
                Offline = Offline,
                Insecure = Insecure,
            },
            Stream = Stream,
            Version = Version,
            Force = Force,
            Development = !Official,
            PlainEmulation = PlainEmulation,
            Wait = !NoWait,
            ScriptLimits = ToolLimits.Default.With(ScriptLimits),
        };
    }

    /// <summary>A composer on these services; dispose the client after use.</summary>
    public static Composer NewComposer(Services services, HttpClient http) =>
        new(
            new()
            {
                Tools = services.Tools,
                Reporter = services.Reporter,
                Time = services.Time,
                Environment = services.Environment,
                Http = http,
            }
        );

    private static Dictionary<string, string> ReadMirrors(IEnumerable<string> items)
    {
        var mirrors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !Uri.TryCreate(item[(equals + 1)..], UriKind.Absolute, out _))
            {
                throw new PipelineException(
                    Diagnostic.Error(
                        "PL2305",
                        $"'{UrlCredentials.Shown(item)}' is not a mirror",
                        hint: "write --mirror ID=URL, where a repository has ${mirror:ID}"
                    )
                );
            }

            mirrors[item[..equals]] = item[(equals + 1)..];
        }

        return mirrors;
    }
}
