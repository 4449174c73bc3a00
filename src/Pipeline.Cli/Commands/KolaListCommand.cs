using System.CommandLine;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline kola list</c>: which tests there are.</summary>
internal sealed class KolaListCommand : Verb
{
    private readonly Option<bool> _json = JsonOption();

    /// <summary>The verb.</summary>
    public KolaListCommand(Services services)
        : base("list", "List the tests", "pipeline kola list", "pipeline kola list -E ../my-os --json 'ext.my-os.*'")
    {
        var tests = new KolaOptions(this);
        Options.Add(_json);
        Run(
            (parsed, _) =>
            {
                var work = services.WorkDirectory(parsed.GetValue(WorkDirectoryOption));
                var found = new KolaRunner(services.Tools, services.Reporter, services.Time).List(
                    tests.Request(services, parsed, new() { WorkDirectory = work })
                );
                services
                    .Answer(exact: parsed.GetValue(_json))
                    .Write(
                        parsed.GetValue(_json)
                            ? JsonTextWriter.Write(new JsonTextArray([.. found.Select(Json)]), JsonStyle.Pretty)
                            : Text(found)
                    );
                var problems = found.SelectMany(t => t.Problems).Distinct().ToArray();
                return problems.Length == 0 ? Task.FromResult(ExitClass.Done) : throw new PipelineException(problems);
            }
        );
    }

    private static string Text(IReadOnlyList<KolaListing> tests)
    {
        var width = tests.Select(t => t.Name.Length).DefaultIfEmpty().Max();
        return string.Concat(
            tests.Select(t => $"{t.Name.PadRight(width)}  {(t.Exclusive ? "exclusive" : "shared   ")}  {Note(t)}".TrimEnd() + "\n")
        );
    }

    private static string Note(KolaListing test) =>
        test.Problems.Count > 0 ? "cannot run: its header has errors"
        : test.Skipped.Length > 0 ? $"skipped: {test.Skipped}"
        : test.Description;

    private static JsonTextObject Json(KolaListing test) =>
        new([
            new("name", new JsonTextString(test.Name)),
            new("platforms", JsonTextArray.OfTexts(test.Platforms)),
            new("architectures", JsonTextArray.OfTexts(test.Architectures)),
            new("tags", JsonTextArray.OfTexts(test.Tags)),
            new("exclusive", new JsonTextBool(test.Exclusive)),
            new("skipped", new JsonTextString(test.Skipped)),
            new("description", new JsonTextString(test.Description)),
            new("header", test.Header),
            new("problems", JsonTextArray.OfTexts(test.Problems.Select(p => p.ToString()))),
        ]);
}
