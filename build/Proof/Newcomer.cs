using System.Globalization;
using Pipeline.Build.Tasks;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>
/// Somebody with a new home and a terminal of 80 columns does what pages say, as it is typed there, and sees what they promise. What they
/// write is kept in a directory of its own, which has the checkout's files.
/// </summary>
internal static partial class Newcomer
{
    /// <summary>What commands change stays in the proof's directory; the rest of the checkout is linked.</summary>
    private static readonly string[] Copied = ["manifests", "kola-tests", "ci"];

    private static readonly string[] Linked = ["src", "build", "docs", "pipeline", "build.sh", "cake.config", "README.md"];

    /// <summary>The first page, and its heading behind which the tasks stand.</summary>
    public const string Readme = "README.md";

    private const string Tasks = "\n## Ten tasks\n";

    /// <summary>The pages of tasks, in an order in which each finds what it needs.</summary>
    public static ValueList<string> Pages { get; } =
    [
        "docs/change-the-os.md",
        "docs/tests.md",
        "docs/updates.md",
        "docs/differences.md",
        "docs/publish.md",
        "docs/images.md",
        "docs/live-media.md",
    ];

    /// <summary>The part of a page that is followed: of the README its tasks.</summary>
    public static string Followed(string page, string text) =>
        page == Readme && text.IndexOf(Tasks, StringComparison.Ordinal) is >= 0 and var from
            ? text[from..text.IndexOf("\n## ", from + Tasks.Length, StringComparison.Ordinal)]
            : text;

    /// <summary>Follows pages.</summary>
    /// <exception cref="PipelineException">PL0301 a command failed; PL0316 it did not show what it should.</exception>
    public static async Task<ValueList<ProofFigure>> FollowAsync(
        ProofBench bench,
        ValueList<string> pages,
        CancellationToken cancellationToken
    )
    {
        var checkout = Prepare(bench);
        var figures = new List<ProofFigure>();
        foreach (var page in pages)
        {
            var text = await File.ReadAllTextAsync(Path.Combine(bench.Root, page), cancellationToken);
            var (done, skipped) = (0, 0);
            foreach (var block in PageBlocks.Of(Followed(page, text)))
            {
                var rows = block.Commands.Select(c => (Typed: c, Row: RowOf(block, c))).ToArray();
                await RunAsync(bench, checkout, [.. rows.Where(r => r.Row.Skip is null)], cancellationToken);
                skipped += rows.Count(r => r.Row.Skip is not null);
                done += rows.Count(r => r.Row.Skip is null);
            }

            figures.Add(new(page, string.Create(CultureInfo.InvariantCulture, $"{done} commands, {skipped} not run")));
        }

        return [.. figures];
    }

    /// <summary>Commands that need no machine only have to end as their block says.</summary>
    private static PageCommand RowOf(PageBlock block, string command) =>
        block.Kind == PageBlocks.Machine ? Commands[command]
        : block.Kind.Contains("any", StringComparison.Ordinal) ? new("") { Instead = $"{command} || case $? in 1|3) ;; *) exit 1 ;; esac" }
        : new("");

    /// <summary>Runs the commands of a block in one shell: a <c>cd</c> counts for those after it.</summary>
    private static async Task RunAsync(
        ProofBench bench,
        string checkout,
        (string Typed, PageCommand Row)[] commands,
        CancellationToken cancellationToken
    )
    {
        if (commands.Length == 0)
        {
            return;
        }

        var lines = commands.SelectMany(c => (string[])[c.Row.Before, c.Row.Instead ?? c.Typed]).Where(l => l.Length > 0);
        var script = Path.Combine(bench.Directory, "typed.sh");
        await File.WriteAllTextAsync(
            script,
            $"set -e -o pipefail\ncd '{checkout}'\nPATH='{Path.Combine(bench.Directory, "bin")}':$PATH\n{string.Join('\n', lines)}\n",
            cancellationToken
        );
        var shown = await bench.RunAsync(
            "script",
            ["-qefc", $"stty cols 80 rows 24; exec bash '{script}'", "/dev/null"],
            new Dictionary<string, string>
            {
                ["HOME"] = Path.Combine(bench.Directory, "home"),
                ["TERM"] = "xterm",
                ["NO_COLOR"] = "1",
            },
            cancellationToken
        );
        foreach (var (typed, row) in commands)
        {
            if (!shown.Contains(row.Expect, StringComparison.Ordinal))
            {
                throw new PipelineException(
                    Diagnostic.Error("PL0316", $"'{typed}' does not show '{row.Expect}'", hint: "see the log", exit: ExitClass.WorkFailed)
                );
            }
        }
    }

    /// <summary>A new home, a checkout to work in, the program on PATH, and the documents of a release that pages speak of.</summary>
    /// <returns>The checkout.</returns>
    private static string Prepare(ProofBench bench)
    {
        Directory.CreateDirectory(Path.Combine(bench.Directory, "home"));
        var bin = Directory.CreateDirectory(Path.Combine(bench.Directory, "bin")).FullName;
        File.CreateSymbolicLink(Path.Combine(bin, "pipeline"), Path.Combine(bench.Root, "pipeline"));
        var checkout = Directory.CreateDirectory(Path.Combine(bench.Directory, "pipeline")).FullName;
        foreach (var name in Copied)
        {
            Installation.Copy(Path.Combine(bench.Root, name), Path.Combine(checkout, name));
        }

        foreach (var name in Linked)
        {
            File.CreateSymbolicLink(Path.Combine(checkout, name), Path.Combine(bench.Root, name));
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(bench.Root, ReleaseDocuments)))
        {
            // The pages are about one stream; the documents are of two.
            var text = File.ReadAllText(file).Replace("\"stream\": \"testing\"", "\"stream\": \"stable\"", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(checkout, Path.GetFileName(file)), text);
        }

        File.WriteAllText(Path.Combine(checkout, "config.bu"), "variant: fcos\nversion: 1.4.0\n");
        return checkout;
    }

    /// <summary>Documents of a release, for pages that begin with them.</summary>
    public const string ReleaseDocuments = "tests/Pipeline.Tests/TestData/Contracts";
}
