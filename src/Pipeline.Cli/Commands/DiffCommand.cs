using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline diff A B</c>: what two builds differ in.</summary>
internal sealed class DiffCommand : Verb
{
    private readonly Argument<string> _before = new("A") { Description = "A build id or what stands for one, or a tar with its commit" };
    private readonly Argument<string> _after = new("B") { Description = "The other", DefaultValueFactory = _ => "latest" };
    private readonly Option<string?> _arch = new("--arch") { Description = "Architecture (default: this machine's)", HelpName = "ARCH" };
    private readonly Option<string?> _store = new("--store")
    {
        Description = "Where builds are fetched from that are not here",
        HelpName = "URL",
    };
    private readonly Option<bool> _stat = new("--stat") { Description = "Only how many of each kind differ" };
    private readonly Option<bool> _json = JsonOption();

    public DiffCommand(Services services)
        : base(
            "diff",
            "Shows what two builds differ in: packages, files, units, kernel arguments, sizes",
            "pipeline diff 13.20260901.0.dev0",
            "pipeline diff latest:stable latest:testing --stat",
            "pipeline diff 43.20260801.3.0 43.20260901.3.0 --store s3://bucket/prod/streams/stable --json"
        )
    {
        Arguments.Add(_before);
        Arguments.Add(_after);
        foreach (var option in (Option[])[_arch, _store, _stat, _json])
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var (before, after) = (parsed.GetRequiredValue(_before), parsed.GetRequiredValue(_after));
                var difference = await services.Releases.Differences.CompareAsync(
                    new(
                        DifferenceRequest.IsTar(before) && DifferenceRequest.IsTar(after)
                            ? null
                            : services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
                        before,
                        after,
                        ManifestShowCommand.ReadArchitecture(parsed.GetValue(_arch)),
                        parsed.GetValue(_store)
                    ),
                    cancellationToken
                );
                var (json, stat) = (parsed.GetValue(_json), parsed.GetValue(_stat));
                await services
                    .Answer(exact: json)
                    .WriteAsync(json ? DifferenceAnswer.Json(difference, stat) : DifferenceAnswer.Text(difference, stat));
                return ExitClass.Done;
            }
        );
    }
}
