using System.CommandLine;
using System.Text.Json;
using Pipeline.Clouds.Stores;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Versions;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Versions;

namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>version</c>.</summary>
internal static class VersionGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "version",
            "Computes, compares and reserves versions",
            new VersionComputeCommand(services),
            new VersionCompareCommand(services),
            new VersionReserveCommand(services)
        );
}

/// <summary>The options a version is computed from.</summary>
internal sealed class VersionOptions
{
    private readonly Option<string?> _manifest = new("--manifest")
    {
        Description = "Flattened manifest with releasever and ref; the last number counts builds",
        HelpName = "FILE",
    };
    private readonly Option<string?> _buildArgs = new("--build-args")
    {
        Description = "build-args.conf with VERSION and STREAM; the last number counts commits",
        HelpName = "FILE",
    };
    private readonly Option<int?> _major = new("--major") { Description = "Major release of the base system", HelpName = "N" };
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "Stream, with --major; the last number counts builds",
        HelpName = "STREAM",
    };
    private readonly Option<string?> _lock = new("--lock")
    {
        Description = "Package lock that gives the day (default: today)",
        HelpName = "FILE",
    };
    private readonly Option<string?> _builds = new("--builds") { Description = "builds.json", HelpName = "FILE" };
    private readonly Option<string?> _config = new("--config") { Description = "Git checkout of the config", HelpName = "DIR" };
    private readonly Option<bool> _dev = new("--dev") { Description = "A version for a desk: X.Y.Z.devA" };
    private readonly Option<string?> _now = new("--now") { Description = "The present (default: the clock)", HelpName = "TIME" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _manifest, _buildArgs, _major, _stream, _lock, _builds, _config, _dev, _now })
        {
            command.Options.Add(option);
        }
    }

    public async Task<VersionInputs> ReadAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (manifest, buildArgs, major, stream) = (
            parsed.GetValue(_manifest),
            parsed.GetValue(_buildArgs),
            parsed.GetValue(_major),
            parsed.GetValue(_stream)
        );
        if (major is null != stream is null || new object?[] { manifest, buildArgs, major }.Count(s => s is not null) != 1)
        {
            throw new PipelineException(VersionDiagnostics.OneSource());
        }

        var (x, z) =
            manifest is not null ? VersionSources.FromManifest(manifest, await ReadAsync(manifest))
            : buildArgs is not null ? VersionSources.FromBuildArgs(buildArgs, await ReadAsync(buildArgs))
            : (major!.Value, VersionSources.CodeOf(stream!));
        var day = parsed.GetValue(_lock) is { } file
            ? VersionSources.DayOfLock(file, await ReadAsync(file))
            : DateOnly.FromDateTime(Moments.Now(parsed.GetValue(_now), services.Time).UtcDateTime);
        var builds = parsed.GetValue(_builds) is { } name
            ? (await DocumentFile.ReadAsync<BuildsDocument>(services.FullPath(name), name, cancellationToken)).Value
            : null;
        var config = parsed.GetValue(_config) is { } directory ? services.FullPath(directory) : null;
        return new(x, z, day, buildArgs is null ? IterationRule.Builds : IterationRule.Commits, parsed.GetValue(_dev), builds, config);

        Task<byte[]> ReadAsync(string file) => DocumentFile.ReadBytesAsync(services.FullPath(file), file, cancellationToken);
    }
}

/// <summary><c>version compute</c>.</summary>
internal sealed class VersionComputeCommand : Verb
{
    private readonly VersionOptions _options = new();

    public VersionComputeCommand(Services services)
        : base(
            "compute",
            "Prints the next version of a stream",
            "pipeline version compute --build-args build-args.conf --config . --lock manifest-lock.x86_64.json",
            "pipeline version compute --major 44 --stream stable --builds builds/builds.json --dev"
        )
    {
        _options.AddTo(this);
        Run(
            async (parsed, cancellationToken) =>
            {
                var inputs = await _options.ReadAsync(services, parsed, cancellationToken);
                await services.Output.WriteLineAsync(
                    (await new VersionCalculator(services.Tools).ComputeAsync(inputs, cancellationToken)).Text
                );
                return ExitClass.Done;
            }
        );
    }
}

/// <summary><c>version compare</c>.</summary>
internal sealed class VersionCompareCommand : Verb
{
    private readonly Argument<string> _left = new("A") { Description = "A version" };
    private readonly Argument<string> _right = new("B") { Description = "Another" };
    private readonly Option<bool> _json = JsonOption();

    public VersionCompareCommand(Services services)
        : base(
            "compare",
            "Prints which of two versions is older: A < B, A = B or A > B",
            "pipeline version compare 44.20260707.3.1 44.20260720.3.0"
        )
    {
        Arguments.Add(_left);
        Arguments.Add(_right);
        Options.Add(_json);
        Run(
            (parsed, _) =>
            {
                var problems = new DiagnosticBag();
                var (left, right) = (Parse(parsed.GetRequiredValue(_left), problems), Parse(parsed.GetRequiredValue(_right), problems));
                problems.ThrowIfErrors();
                var order = Math.Sign(left!.CompareTo(right));
                services.Output.WriteLine(
                    parsed.GetValue(_json)
                        ? JsonSerializer.Serialize(
                            new
                            {
                                a = left.Text,
                                b = right!.Text,
                                order,
                            }
                        )
                        : $"{left} {(order < 0 ? '<' : order == 0 ? '=' : '>')} {right}"
                );
                return Task.FromResult(ExitClass.Done);
            }
        );
    }

    private static ReleaseVersion? Parse(string text, DiagnosticBag problems)
    {
        if (!ReleaseVersion.TryParse(text, out var version))
        {
            problems.Add(VersionDiagnostics.NoVersion(text));
        }

        return version;
    }
}

/// <summary><c>version reserve</c>.</summary>
internal sealed class VersionReserveCommand : Verb
{
    private readonly VersionOptions _options = new();
    private readonly Option<string> _store = new("--store")
    {
        Description = "Where versions are taken: file:DIR, s3://bucket/prefix or az://container",
        HelpName = "URL",
        Required = true,
    };

    public VersionReserveCommand(Services services)
        : base(
            "reserve",
            "Computes the next version and takes it, so that no other run gets it",
            "pipeline version reserve --store file:/srv/streams --major 44 --stream stable --builds builds/builds.json"
        )
    {
        Options.Add(_store);
        _options.AddTo(this);
        Run(
            async (parsed, cancellationToken) =>
            {
                var inputs = await _options.ReadAsync(services, parsed, cancellationToken);
                using var store = ObjectStores.Open(
                    StoreAddress.Parse(parsed.GetRequiredValue(_store), services.CurrentDirectory),
                    services.Environment,
                    services.Time
                );
                var owner =
                    $"{Environment.MachineName} pid {Environment.ProcessId} {Guid.NewGuid():n} at {Moments.Stamp(services.Time.GetUtcNow())}";
                await services.Output.WriteLineAsync(
                    (await new VersionCalculator(services.Tools).ReserveAsync(inputs, store, owner, cancellationToken)).Text
                );
                return ExitClass.Done;
            }
        );
    }
}
