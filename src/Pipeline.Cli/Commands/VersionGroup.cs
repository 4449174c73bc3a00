using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Desks;

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
    private readonly Option<int?> _major = new("--major")
    {
        Description = "Major release of the base system",
        HelpName = "N",
        CustomParser = Numbers.Whole(),
    };
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

    public VersionRequest Read(ParseResult parsed) =>
        new(
            parsed.GetValue(_manifest),
            parsed.GetValue(_buildArgs),
            parsed.GetValue(_major),
            parsed.GetValue(_stream),
            parsed.GetValue(_lock),
            parsed.GetValue(_builds),
            parsed.GetValue(_config),
            parsed.GetValue(_dev),
            parsed.GetValue(_now)
        );
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
                var version = await services.Releases.Versions.ComputeAsync(_options.Read(parsed), cancellationToken);
                await services.Output.WriteLineAsync(version.Text);
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
                var (left, right) = VersionDesk.Parse(parsed.GetRequiredValue(_left), parsed.GetRequiredValue(_right));
                var order = Math.Sign(left.CompareTo(right));
                services
                    .Answer(exact: parsed.GetValue(_json))
                    .WriteLine(
                        parsed.GetValue(_json)
                            ? AnswerJson.Line(new VersionOrder(left.Text, right.Text, order))
                            : $"{left} {(order < 0 ? '<' : order == 0 ? '=' : '>')} {right}"
                    );
                return Task.FromResult(ExitClass.Done);
            }
        );
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
                var version = await services.Releases.Versions.ReserveAsync(
                    _options.Read(parsed),
                    parsed.GetRequiredValue(_store),
                    $"{Environment.MachineName} pid {Environment.ProcessId} {Guid.NewGuid():n}",
                    cancellationToken
                );
                await services.Output.WriteLineAsync(version.Text);
                return ExitClass.Done;
            }
        );
    }
}
