using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline builds list</c>: newest first.</summary>
internal sealed class BuildsListCommand : Verb
{
    private const int ShownDigits = 12;
    private readonly Option<string?> _store = new("--store")
    {
        Description = "A stream's folder in a store (default: the work directory)",
        HelpName = "URL",
    };
    private readonly Option<bool> _json = JsonOption();

    public BuildsListCommand(Services services)
        : base(
            "list",
            "Lists builds, newest first: name, stream, date, commit, whether tested and signed, artifacts",
            "pipeline builds list --json",
            "pipeline builds list --store s3://bucket/prod/streams/stable"
        )
    {
        Options.Add(_store);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var store = parsed.GetValue(_store);
                var work = store is null ? services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)) : null;
                var builds = await services.Releases.Builds.ListAsync(work, store, cancellationToken);
                var json = parsed.GetValue(_json);
                await services.Answer(exact: json).WriteAsync(json ? Json(builds) : Text(builds));
                return ExitClass.Done;
            }
        );
    }

    /// <summary>The table for people; a line for each architecture.</summary>
    internal static string Text(ValueList<BuildListing> builds)
    {
        if (builds.Count == 0)
        {
            return "";
        }

        string[][] rows =
        [
            ["build", "arch", "name", "stream", "date", "commit", "tested", "signed", "artifacts"],
            .. builds.Select(b =>
                (string[])
                    [
                        b.Tags.Count == 0 ? b.Id : $"{b.Id} ({string.Join(", ", b.Tags)})",
                        b.Architecture,
                        b.Name ?? "-",
                        b.Stream ?? "-",
                        b.Date?.Split('T')[0] ?? "-",
                        b.Commit is { Length: > ShownDigits } commit ? commit[..ShownDigits] : b.Commit ?? "-",
                        b.Tested is { } tested ? Yes(tested) : "?",
                        Signed(b),
                        b.Artifacts.Count == 0 ? "-" : string.Join(' ', b.Artifacts),
                    ]
            ),
        ];
        return TextTable.Of(rows);
    }

    /// <summary>An object for each build, and in it one for each architecture.</summary>
    internal static string Json(ValueList<BuildListing> builds) =>
        JsonTextWriter.Write(
            new JsonTextArray([
                .. builds
                    .GroupBy(b => b.Id)
                    .Select(g => new JsonTextObject([
                        new("id", new JsonTextString(g.Key)),
                        new("arches", JsonTextArray.OfTexts(g.Select(b => b.Architecture))),
                        new("name", JsonTextString.OrNull(g.First().Name)),
                        new("stream", JsonTextString.OrNull(g.First().Stream)),
                        new("date", JsonTextString.OrNull(g.First().Date)),
                        new("config", JsonTextString.OrNull(g.First().Config)),
                        new("tags", JsonTextArray.OfTexts(g.First().Tags)),
                        new("builds", new JsonTextObject([.. g.Select(b => new JsonTextMember(b.Architecture, One(b)))])),
                    ])),
            ]),
            JsonStyle.Pretty
        );

    private static JsonTextObject One(BuildListing build) =>
        new([
            new("commit", JsonTextString.OrNull(build.Commit)),
            new("artifacts", JsonTextArray.OfTexts(build.Artifacts)),
            new("tested", build.Tested is { } tested ? new JsonTextBool(tested) : new JsonTextNull()),
            new("signed", JsonTextNumber.OrNull(build.SignatureCount)),
        ]);

    private static string Signed(BuildListing build) =>
        build.SignatureCount is not { } count ? "?"
        : count == 0 || build.Artifacts.Count == count ? Yes(count > 0)
        : $"{count} of {build.Artifacts.Count}";

    private static string Yes(bool value) => value ? "yes" : "no";
}
