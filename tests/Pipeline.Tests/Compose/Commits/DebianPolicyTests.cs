using System.Buffers.Binary;
using System.Text;
using Pipeline.Compose;
using Pipeline.Compose.Commits;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Locks;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Commits;

/// <summary>Debian's own policy over names of this machine: some thousand rules, judged by ostree.</summary>
[TestFixture, Category(Tiers.System), NonParallelizable]
public sealed class DebianPolicyTests
{
    private const string Files = "usr/etc/selinux/default/contexts/files";
    private const int MostPerPlace = 1500;
    private static readonly string[] Places = ["/etc", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/var/lib", "/var/log"];

    [Test, CancelAfter(300_000)]
    public async Task Every_name_has_the_label_that_ostree_gives_it(CancellationToken cancellationToken)
    {
        using var bench = new CommitBench();
        var names = Lay(bench.Tree);
        await PolicyAsync(bench, cancellationToken);
        using var labels = FileContexts.Open(bench.Tree, $"{Files}/file_contexts", etcBelowUsr: false, bench.Directory);

        var (commit, archive) = await bench.CommitAsync(CommitBench.Request with { Labels = labels }, cancellationToken);
        var expected = await bench.OstreeAsync(bench.Root, CommitBench.Request, 1, cancellationToken, bench.Root);

        var tree = CommitTree.List(bench.Tree);
        labels.Label(tree, cancellationToken);
        var kinds = tree.Files.Where(f => f.Label is not null).Select(f => Encoding.UTF8.GetString(f.Label!)).Distinct().Count();
        TestContext.Out.WriteLine($"{names} names, {kinds} labels");
        Assert.That((commit.Checksum, commit.ContentChecksum), Is.EqualTo(expected));
        Assert.That(kinds, Is.GreaterThan(20), "the rules were read");
        await bench.RequireSoundAsync(archive, commit, cancellationToken);
    }

    /// <summary>Empty files, directories and links with the names and modes of this machine's.</summary>
    private static int Lay(TreeHandle tree)
    {
        var names = 0;
        foreach (var place in Places.Where(p => Directory.Exists(p) && File.ResolveLinkTarget(p, false) is null))
        {
            TreePath top = place[1..];
            tree.MakeDirectories(top);
            using var machine = TreeHandle.Open(place);
            foreach (var entry in machine.Walk(TreePath.Root, TreeOrder.ParentsFirst).Take(MostPerPlace))
            {
                var path = top / entry.Path;
                names++;
                switch (entry.Kind)
                {
                    case UnixKind.Directory:
                        tree.MakeDirectories(path);
                        break;
                    case UnixKind.Symlink:
                        tree.Symlink(path, "target"u8);
                        break;
                    case UnixKind.File:
                        tree.CreateFile(path, [], 0x1ED);
                        break;
                    default:
                        break;
                }
            }
        }

        tree.Delete("etc/selinux"); // the policy of the tree is in usr/etc
        return names;
    }

    /// <summary>Takes the rules out of the modules of Debian's package, as semodule does when it builds the policy.</summary>
    private static async Task PolicyAsync(CommitBench bench, CancellationToken cancellationToken)
    {
        var package = await PackageAsync(bench, cancellationToken);
        var unpacked = Path.Combine(bench.Directory, "policy");
        await bench.RunAsync("dpkg-deb", cancellationToken, "-x", package, unpacked);
        var modules = Path.Combine(unpacked, "usr/share/selinux/default");
        var rules = Directory.EnumerateFiles(modules, "*.pp.bz2").Order(StringComparer.Ordinal).SelectMany(RulesOf).ToArray();
        var homes = rules.Where(r => r.StartsWith("HOME_", StringComparison.Ordinal)).Select(Home).Where(r => !r.Contains('%'));
        bench.Tree.MakeDirectories(Files);
        Write("file_contexts", rules.Where(r => r[0] == '/'));
        Write("file_contexts.homedirs", homes);
        Write(
            "file_contexts.subs_dist",
            File.ReadAllLines(Path.Combine(unpacked, "etc/selinux/default/contexts/files/file_contexts.subs_dist")).Append("/usr/etc /etc")
        );
        bench.Tree.CreateFile("usr/etc/selinux/config", "SELINUX=permissive\nSELINUXTYPE=default\n"u8, 0x1A4);
        bench.Tree.MakeDirectories("usr/etc/selinux/default/policy");
        bench.Tree.CreateFile("usr/etc/selinux/default/policy/policy.33", "ostree hashes it"u8, 0x1A4);

        void Write(string name, IEnumerable<string> lines) =>
            bench.Tree.CreateFile($"{Files}/{name}", Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), 0x1A4);
    }

    private static string Home(string rule) =>
        rule.Replace("HOME_DIR", "/home/[^/]+", StringComparison.Ordinal).Replace("HOME_ROOT", "/home", StringComparison.Ordinal);

    /// <summary>A package of a module: a magic number, version, count and places of sections; one of them is the rules.</summary>
    private static IEnumerable<string> RulesOf(string module)
    {
        const uint fileContexts = 0xf97cff90;
        using var stream = new Bzip2Stream(File.OpenRead(module));
        var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        var count = (int)Number(8);
        for (var i = 0; i < count; i++)
        {
            var start = (int)Number(12 + 4 * i);
            if (Number(start) == fileContexts)
            {
                var end = i + 1 < count ? (int)Number(16 + 4 * i) : bytes.Length;
                return Encoding.UTF8.GetString(bytes, start + 4, end - start - 4).Split('\n').Where(l => l.Length > 0 && l[0] != '#');
            }
        }

        return [];

        uint Number(int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
    }

    private static async Task<string> PackageAsync(CommitBench bench, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        File.Copy(SourceTree.Path("tests/Pipeline.Tests/TestData/debian-archive-keyring.pgp"), directory.File("keyring.pgp"));
        await File.WriteAllTextAsync(
            directory.File("m.yaml"),
            "schema: compose/v1\nmetadata: {name: policy}\nrecommends: false\nrepos: [debian]\npackages: [selinux-policy-default]\n",
            cancellationToken
        );
        await File.WriteAllTextAsync(
            directory.File("debian.sources"),
            "X-Repo-Id: debian\nTypes: deb\nURIs: ${mirror:debian}\nSuites: bookworm\nComponents: main\nSigned-By: keyring.pgp\n",
            cancellationToken
        );
        using var http = HttpStack.Create();
        var services = new ComposerServices
        {
            Tools = new ToolRunner(),
            Reporter = new TestReporter(),
            Time = TimeProvider.System,
            Http = http,
            Environment = Environment.GetEnvironmentVariable,
        };
        var request = new LockRequest
        {
            ManifestPath = directory.File("m.yaml"),
            ManifestDisplay = "m.yaml",
            Architecture = Arch.X86_64,
            WorkDirectory = new(directory.File("work")),
        };
        var locked = await new LockStep(services).RunAsync(request, cancellationToken);
        var policy = locked.Lockfile.Packages.Single(p => p.Name == "selinux-policy-default");
        var file = Path.Combine(bench.Directory, "policy.deb");
        var bytes = await http.GetByteArrayAsync(locked.Repositories.Find(policy.Repo)!.Url(policy.Location), cancellationToken);
        Assert.That(Digest.Of(bytes), Is.EqualTo(policy.Digest));
        await File.WriteAllBytesAsync(file, bytes, cancellationToken);
        return file;
    }
}
