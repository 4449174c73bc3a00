using System.CommandLine;
using System.Text.RegularExpressions;
using Pipeline.Build;
using Pipeline.Cli;
using Pipeline.Host.Files;
using Pipeline.TestKit;
using Pipeline.Tests.Contracts;

namespace Pipeline.Tests.Cli;

/// <summary>
/// README.md and docs/: every command in a block of code parses, and those of blocks marked <c>run</c> are run. Blocks marked
/// <c>machine</c> need the network, a build or a virtual machine; the proof parts <c>newcomer</c> and <c>pages</c> run them.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class DocumentationTests
{
    private static readonly string[] Cosa =
    [
        "init",
        "fetch",
        "build",
        "import",
        "osbuild PLAT…",
        "buildextend-PLAT",
        "buildextend-live",
        "buildextend-virtualbox",
        "buildextend-vmware",
        "buildextend-powervs",
        "imageupload-CLOUD",
        "CLOUD-replicate",
        "run",
        "kola",
        "shell",
        "supermin-shell",
        "supermin-run",
        "virt-install",
        "clean",
        "list",
        "meta",
        "tag update",
        "tag delete",
        "tag list",
        "prune",
        "diff",
        "compress",
        "decompress",
        "buildfetch",
        "buildupload",
        "sign",
        "push-container",
        "push-container-manifest",
        "copy-container",
        "generate-release-meta",
        "koji-upload",
        "coreos-prune",
        "remote-session",
        "remote-build-container",
        "podman-build",
        "oc-adm-release",
        "update-variant",
        "offline-update",
        "dev-synthesize-osupdate",
        "dev-synthesize-osupdatecontainer",
        "build-validate",
        "test-coreos-installer",
        "basearch",
        "run --parallel",
        "rerun",
        "run-upgrade",
        "list --json",
        "spawn",
        "qemuexec",
        "http-server",
        "check-console",
        "bootchart",
        "ncpu",
        "testiso",
        "aws …",
        "gcloud …",
        "azure …",
        "openstack …",
        "aliyun …",
        "ibmcloud …",
        "do …",
        "esx …",
        "cosa2stream",
        "update-release-index",
        "make-amis-public",
        "stream-mirror",
    ];

    public static IEnumerable<string> Pages() =>
        Directory
            .EnumerateFiles(SourceTree.Path("docs"), "*.md")
            .Append(SourceTree.Path("README.md"))
            .Append(SourceTree.Path("ci/README.md"))
            .Select(f => Path.GetRelativePath(SourceTree.Root, f))
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Pages))]
    public void Every_command_is_one(string page)
    {
        var root = CommandLine.Build(SilentServices.In("/"));
        var wrong = new List<string>();
        foreach (var (_, words) in Commands(page))
        {
            if (words is ["pipeline" or "./pipeline", .. var arguments])
            {
                var parsed = root.Parse([.. arguments]);
                var unknown = UnknownVerbs.Of(parsed, _ => true, true).Concat(UnknownOptions.Of(parsed, [.. arguments]));
                wrong.AddRange(parsed.Errors.Select(e => e.Message).Concat(unknown.Select(d => d.Message)).Select(m => Say(words, m)));
            }
            else if (words is ["./build.sh", .. var targets])
            {
                wrong.AddRange(BuildArguments.Check(targets).Select(d => Say(words, d.Message)));
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    [TestCaseSource(nameof(Pages))]
    public void Every_link_leads_to_a_file(string page)
    {
        var directory = Path.GetDirectoryName(SourceTree.Path(page))!;
        var links = Link().Matches(File.ReadAllText(SourceTree.Path(page))).Select(m => m.Groups["target"].Value.Split('#')[0]);
        Assert.That(
            links.Where(l => l.Length > 0 && !l.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(directory, l))),
            Is.Empty
        );
    }

    [TestCaseSource(nameof(Pages))]
    public async Task Commands_that_need_no_machine_do_what_the_page_says(string page)
    {
        using var directory = new TemporaryDirectory();
        Prepare(directory, page);
        foreach (var (good, words) in RunCommands(page))
        {
            Assert.That(words[0], Is.EqualTo("pipeline").Or.EqualTo("./pipeline"), "a block that is run has only our commands");
            var run = await CliRun.Of([.. words.Skip(1)], directory.Path);
            Assert.That(good, Does.Contain(run.ExitCode), $"{string.Join(' ', words)}\n{run.Error}");
        }
    }

    [Test]
    public void Every_command_of_cosa_kola_ore_and_plume_has_a_counterpart()
    {
        var rows = File.ReadAllLines(SourceTree.Path("docs/coming-from-cosa.md"))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal))
            .Select(l => l.Trim('|').Split('|'))
            .ToArray();
        var named = rows.SelectMany(r => Quoted().Matches(r[0]).Select(m => m.Groups["text"].Value)).ToHashSet();

        Assert.That(Cosa.Where(c => !named.Contains(c)), Is.Empty);
        Assert.That(rows.Where(r => r.Length != 2 || string.IsNullOrWhiteSpace(r[1])).Select(r => r[0]), Is.Empty);
        var root = CommandLine.Build(SilentServices.In("/"));
        var verbs = rows.SelectMany(r => Quoted().Matches(r[1]).Select(m => m.Groups["text"].Value))
            .Where(t => t.StartsWith("pipeline ", StringComparison.Ordinal));
        Assert.That(verbs.Where(v => root.Parse(v["pipeline ".Length..]).CommandResult.Command is RootCommand), Is.Empty);
    }

    [Test]
    public void Hints_never_send_a_user_to_the_source()
    {
        var wrong = SourceTree
            .CSharp("src", "build")
            .SelectMany(f => Hint().Matches(File.ReadAllText(f)).Select(m => $"{Path.GetFileName(f)}: {m.Groups["text"].Value}"))
            .Where(h => SourcePath().IsMatch(h[(h.IndexOf(':', StringComparison.Ordinal) + 1)..]));
        Assert.That(wrong, Is.Empty);
    }

    /// <summary>The commands of a page that are run, with the exit codes that are good.</summary>
    internal static IEnumerable<(int[] Good, string[] Words)> RunCommands(string page) =>
        Commands(page)
            .Where(c => c.Info.Split(' ').Contains("run"))
            .Select(c => (c.Info.Contains("any", StringComparison.Ordinal) ? (int[])[0, 1, 3] : [0], c.Words));

    private static string Say(IEnumerable<string> words, string problem) => $"{string.Join(' ', words)}: {problem}";

    /// <summary>A project with the shipped manifests and tests, documents of a release, and the page's own Butane config.</summary>
    internal static void Prepare(TemporaryDirectory directory, string page)
    {
        File.WriteAllText(directory.File("pipeline.project"), "");
        Copy(SourceTree.Path("manifests"), directory.File("manifests"));
        Copy(SourceTree.Path("kola-tests"), directory.File("kola-tests"));
        foreach (var file in Directory.EnumerateFiles(ContractFiles.Root))
        {
            // The page is about one stream; the documents are of two.
            var text = File.ReadAllText(file).Replace("\"stream\": \"testing\"", "\"stream\": \"stable\"", StringComparison.Ordinal);
            File.WriteAllText(directory.File(Path.GetFileName(file)), text);
        }

        foreach (Match block in Block().Matches(File.ReadAllText(SourceTree.Path(page))))
        {
            if (block.Groups["body"].Value.StartsWith("variant:", StringComparison.Ordinal))
            {
                File.WriteAllText(directory.File("config.bu"), block.Groups["body"].Value);
            }
        }
    }

    private static void Copy(string from, string to) => Pipeline.Build.Tasks.Installation.Copy(from, to);

    /// <summary>The commands of a page with the words behind the fence of their block, as a shell splits them.</summary>
    private static IEnumerable<(string Info, string[] Words)> Commands(string page) =>
        from Match block in Block().Matches(File.ReadAllText(SourceTree.Path(page)))
        let info = block.Groups["info"].Value
        where info.Length == 0 || info.StartsWith("sh", StringComparison.Ordinal)
        from line in block.Groups["body"].Value.Split('\n')
        from command in Comment().Replace(line, "").Split(["&&", "|"], StringSplitOptions.TrimEntries)
        let words = Word().Matches(command.Split(" > ")[0]).Select(m => string.Concat(m.Value.Where(c => c is not ('\'' or '"')))).ToArray()
        where words.Length > 0 && words[0] is "pipeline" or "./pipeline" or "./build.sh"
        select (info, words);

    [GeneratedRegex(@"^```(?<info>[^\n]*)\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(^|\s)#\s.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("hint:\\s*\\$?\"(?<text>[^\"]*)\"")]
    private static partial Regex Hint();

    [GeneratedRegex(@"\bsrc/|\.cs\b")]
    private static partial Regex SourcePath();
}
