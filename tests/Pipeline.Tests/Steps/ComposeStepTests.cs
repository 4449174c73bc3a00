using System.Text.RegularExpressions;
using Pipeline.Host.Tools;
using Pipeline.TestKit;
using Pipeline.Tests.Compose;

namespace Pipeline.Tests.Steps;

/// <summary>
/// What the steps of a compose make of packages with files of every kind. The shell and dpkg in the tree are the host's, so their files,
/// and every digest that covers them, are left out.
/// </summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed partial class ComposeStepTests
{
    private const int Patience = 300_000;
    private readonly ToolRunner _tools = new();
    private ComposeBench _bench = null!;
    private Composed _build = null!;
    private TinyPackage _host = null!;
    private HashSet<string> _hidden = null!;

    /// <summary>Files of every kind, a script that changes and adds files, and a kernel whose dracut writes what it was given.</summary>
    private static TinyPackage[] Packages =>
        [
            TinyRepository.Package("base", files: [new("usr/share/base/text", "original\n"), new("usr/share/base/gone", "removed\n")]) with
            {
                Compressed = false,
            },
            new TinyPackage("kinds", "2.1-3")
            {
                Compressed = false,
                Depends = "base",
                Files =
                [
                    TinyFile.Script("usr/bin/kinds", "#!/bin/sh\n"),
                    new("usr/bin/set-user-id", "set-id\n", 0x9ED),
                    new("usr/share/kinds/owned", "owned\n") { Uid = 33, Gid = 44 },
                    new("usr/share/kinds/private", "private\n", 0x180),
                    new("usr/share/kinds/empty"),
                    new("usr/share/kinds/twin", "twin\n"),
                    TinyFile.HardLink("usr/share/kinds/other-twin", "usr/share/kinds/twin"),
                    TinyFile.Link("usr/share/kinds/link", "owned"),
                    TinyFile.Link("usr/share/kinds/dangling", "/no/where"),
                    TinyFile.Directory("usr/share/kinds/sticky", 0x3FF),
                    TinyFile.Directory("var/lib/kinds", 0x1E8) with
                    {
                        Uid = 33,
                        Gid = 44,
                    },
                    new("usr/share/doc/kinds/copyright", "free\n"),
                    new("lib/kinds/merged", "from lib\n"),
                    new("etc/kinds.conf", "setting=1\n"),
                ],
                Scripts = new Dictionary<string, string>
                {
                    ["conffiles"] = "/etc/kinds.conf\n",
                    ["postinst"] =
                        "#!/bin/sh\necho made by $1 > /usr/share/kinds/made\necho appended >> /usr/share/base/text\n"
                        + "rm /usr/share/base/gone\necho state > /var/lib/kinds/state\n",
                },
            },
            new TinyPackage("kernel")
            {
                Compressed = false,
                Files =
                [
                    new("boot/vmlinuz-6.1", "kernel\n"),
                    new("boot/config-6.1", "CONFIG_TEST=y\n"),
                    new("usr/lib/modules/6.1/modules.dep", ""),
                    TinyFile.Script(
                        "usr/bin/dracut",
                        "#!/bin/sh\nfor a; do out=$a; done\n{ echo \"$@\"; echo epoch $SOURCE_DATE_EPOCH; umask; echo /*; } > \"$out\"\n"
                    ),
                ],
            },
        ];

    [OneTimeSetUp]
    public async Task ComposeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _bench = await ComposeBench.WithAsync(Packages);
        _host = await ComposeBench.HostPackageAsync();
        _hidden = [.. _host.Files.Select(f => $"/{f.Path}")];
        _build = await _bench.ComposeAsync("work", patience.Token);
    }

    [OneTimeTearDown]
    public async Task RemoveAsync() => await _bench.DisposeAsync();

    [Test, CancelAfter(Patience)]
    public async Task A_configured_tree(CancellationToken cancellationToken)
    {
        const string List = """
            for layer in lower upper; do
                [ -d $layer ] || continue
                cd $layer
                find . -type f -printf "$layer %P\t%y %m %T@\t\n" -o -printf "$layer %P\t%y %m\t%l\n"
                find . -type f -exec sha256sum {} + | sed "s|^|digest |"
                cd ..
            done
            """;
        var trees = Directory.GetDirectories(Directory.GetDirectories(Path.Combine(_bench.Work().Cache, "trees")).Single()).Single();

        StepVersions.Check("configure", Merged(await InsideAsync(trees, List, cancellationToken)));
    }

    [Test, CancelAfter(Patience)]
    public async Task A_tree(CancellationToken cancellationToken) =>
        StepVersions.Check("tree", Lines((await TreeAsync(cancellationToken)).Select(e => e.Line)));

    [Test, CancelAfter(Patience)]
    public async Task A_commit_and_its_documents(CancellationToken cancellationToken)
    {
        var repository = await RepositoryAsync(cancellationToken);
        var commit = await OstreeAsync(repository, cancellationToken, "show", "--raw", _build.Commit);
        var ours = (await TreeAsync(cancellationToken)).Select(e => e.Digest).ToHashSet(StringComparer.Ordinal);
        var members = (await _tools.RunAsync(new("tar", ["--numeric-owner", "--full-time", "--utc", "-tvf", Archive]), cancellationToken))
            .Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => Member().Match(l))
            .Where(m => !m.Groups["name"].Value.StartsWith("objects/", StringComparison.Ordinal) || ours.Contains(ObjectOf(m)))
            .Select(m => $"{m.Groups["mode"]} {m.Groups["owner"]} {m.Groups["time"]} {m.Groups["name"]}");
        var documents = Directory
            .GetFiles(_build.Directory, "*.json")
            .Order(StringComparer.Ordinal)
            .SelectMany(f => (string[])[Path.GetFileName(f), OfHost().Replace(Location().Replace(File.ReadAllText(f), "$1-"), "$1-")]);

        StepVersions.Check(
            "compose",
            Lines([
                commit[(commit.IndexOf('\n', StringComparison.Ordinal) + 1)..commit.IndexOf(", [byte", StringComparison.Ordinal)],
                .. members,
                .. documents,
            ])
        );

        static string ObjectOf(Match member) =>
            Path.GetFileNameWithoutExtension(
                member.Groups["name"].Value.Replace("objects/", "", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal)
            );
    }

    [Test, CancelAfter(Patience)]
    public async Task An_initramfs(CancellationToken cancellationToken) =>
        StepVersions.Check("initramfs", await _bench.CatAsync(_build, "/usr/lib/modules/6.1/initramfs.img", cancellationToken));

    [Test, CancelAfter(Patience)]
    public async Task Layers(CancellationToken cancellationToken)
    {
        var layers = Directory.GetDirectories(Path.Combine(_bench.Work().Cache, "layers")).Single();
        var manifests = (await InsideAsync(layers, "for f in *.json; do cat $f; echo; done", cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => !l.Contains("\"usr/bin/dpkg\"", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(l => l.Replace("},{", "},\n{", StringComparison.Ordinal))
            .ToArray();
        var objects = (await InsideAsync(layers, "cd objects; find . -type f -printf '%P %m %s %T@\\n' | sort", cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l =>
                manifests.Any(m =>
                    m.Contains(
                        l[..l.IndexOf(' ', StringComparison.Ordinal)].Replace("/", "", StringComparison.Ordinal),
                        StringComparison.Ordinal
                    )
                )
            );

        StepVersions.Check("layer", Lines(manifests.Concat(objects)));
    }

    private string Archive => Directory.GetFiles(_build.Directory, "*-ostree.*.tar").Single();

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(l => l.TrimEnd('\n') + "\n"));

    /// <summary>The tree as dpkg left it: the lower directory under the upper one, whose character devices hide what is below.</summary>
    private string Merged(string listing)
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("digest ", StringComparison.Ordinal))
            {
                var (digest, path) = (line[7..71], line[75..]);
                if (entries.TryGetValue(path, out var entry))
                {
                    entries[path] = $"{entry[..(entry.LastIndexOf('\t') + 1)]}{digest}";
                }

                continue;
            }

            var name = line[6..line.IndexOf('\t', StringComparison.Ordinal)];
            entries[name] = line[(7 + name.Length)..];
        }

        foreach (var gone in entries.Where(e => e.Value.StartsWith("c ", StringComparison.Ordinal)).Select(e => e.Key).ToArray())
        {
            entries.Remove(gone);
        }

        var paths = Visible(entries.Keys.Select(k => $"/{k}"), p => entries[p[1..]].StartsWith("d ", StringComparison.Ordinal));
        return Lines(paths.Select(p => $"{p}\t{entries[p[1..]].TrimEnd('\t')}"));
    }

    /// <summary>Entries of the committed tree that are the same on every host; a directory has the digest of its mode and owner.</summary>
    private async Task<IReadOnlyList<(string Line, string Digest)>> TreeAsync(CancellationToken cancellationToken)
    {
        var repository = await RepositoryAsync(cancellationToken);
        var entries = (await OstreeAsync(repository, cancellationToken, "ls", "-R", "-C", "-X", _build.Commit))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => Entry().Match(l))
            .ToDictionary(m => m.Groups["path"].Value.Split(" -> ")[0], StringComparer.Ordinal);
        return
        [
            .. Visible(entries.Keys, p => entries[p].Groups["kind"].Value.StartsWith('d'))
                .Select(p => entries[p].Groups)
                .Select(g => ($"{g["kind"]} {g["size"]} {g["digest"]} {g["attributes"]} {g["path"]}", g["digest"].Value)),
        ];
    }

    /// <summary>Without the files of the host's package, and without directories that hold nothing else.</summary>
    private IEnumerable<string> Visible(IEnumerable<string> paths, Func<string, bool> isDirectory)
    {
        string[] all = [.. paths];
        var shown = all.Where(p => !_hidden.Contains(p) && !p.Contains("/dpkg/info/host.", StringComparison.Ordinal)).ToArray();
        return shown.Where(p =>
            !isDirectory(p) || Array.Exists(shown, s => IsBelow(s, p) && !isDirectory(s)) || !Array.Exists(all, s => IsBelow(s, p))
        );

        static bool IsBelow(string path, string directory) =>
            path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal) && path != directory;
    }

    private async Task<string> OstreeAsync(string repository, CancellationToken cancellationToken, params string[] arguments) =>
        (await _tools.RunAsync(new("ostree", [$"--repo={repository}", .. arguments]), cancellationToken)).Text;

    private async Task<string> RepositoryAsync(CancellationToken cancellationToken)
    {
        var repository = _bench.Directory.File($"repo-{Guid.NewGuid():n}");
        Directory.CreateDirectory(repository);
        await _tools.RunAsync(new("tar", ["-xf", Archive, "-C", repository]), cancellationToken);
        return repository;
    }

    /// <summary>Runs a script in a directory of the cache; that of an ordinary user belongs to subordinate ids.</summary>
    private async Task<string> InsideAsync(string directory, string script, CancellationToken cancellationToken)
    {
        string[] command = ["sh", "-euc", $"cd \"$1\"; export LC_ALL=C; {script}", "sh", directory];
        return (
            await _tools.RunAsync(
                Environment.IsPrivilegedProcess
                    ? new(command[0], [.. command.Skip(1)])
                    : new("unshare", ["--map-root-user", "--map-auto", .. command]),
                cancellationToken
            )
        ).Text;
    }

    /// <summary>A line of <c>ostree ls -R -C -X</c>; a directory has two digests, of what it holds and of what it is.</summary>
    [GeneratedRegex(
        @"^(?<kind>.\d+ \d+ \d+) +(?<size>\d+) (?:[0-9a-f]{64} )?(?<digest>[0-9a-f]{64}) (?<attributes>\{.*?\}) (?<path>/.*)$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Entry();

    [GeneratedRegex(@"^(?<mode>\S+) (?<owner>\S+) +\d+ (?<time>\S+ \S+) (?<name>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Member();

    /// <summary>Values that cover the host's package, the host's tools or the time of a signature.</summary>
    [GeneratedRegex(
        """("(?:ostree-commit|ostree-content-checksum|rpm-ostree-inputhash|coreos-assembler.image-input-checksum|release)": ")[^"]*""",
        RegexOptions.None,
        1000
    )]
    private static partial Regex OfHost();

    /// <summary>Digest and size of the host's package, and of the archive that holds its files.</summary>
    [GeneratedRegex(
        """((?:"host": \{\s+"evra": "1.0.all",\s+"digest": "|host_1.0_all.deb",\s+"size": """
            + """|"sha256": "|ostree.x86_64.tar",\s+"sha256": "-",\s+"size": ))[\w:]+""",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Location();
}
