using System.Text;
using Pipeline.Compose.Commits;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Commits;

/// <summary>ostree, which asks libselinux too, is the judge of labels.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FileContextsTests : IDisposable
{
    private const int Patience = 300_000;
    private static readonly string[] Names =
    [
        "boot/",
        "etc2",
        "home/u/file",
        "home/u/.ssh/key",
        "run/",
        "srv/site/tool",
        "srv/other",
        "usr/bin/bash",
        "usr/bin/local",
        "usr/bin/ls",
        "usr/etc/passwd",
        "usr/lib/liba.so.1",
        "usr/lib64/libb.so",
        "usr/share/é 日本/new\nline",
        "var/lib/",
    ];

    private readonly CommitBench _bench = new();

    [TearDown]
    public void Dispose() => _bench.Dispose();

    [Test, CancelAfter(Patience)]
    public async Task A_labelled_tree_has_the_checksum_that_ostree_gives_it(CancellationToken cancellationToken)
    {
        Grow(Names);
        _bench.Tree.Symlink("usr/bin/sh", "bash"u8);
        _bench.Tree.SetAttribute("usr/bin/ls", "security.capability", Capability);
        TinyPolicy.Write(_bench.Root);
        using var labels = Open();

        var (commit, archive) = await _bench.CommitAsync(CommitBench.Request with { Labels = labels }, cancellationToken);
        var expected = await _bench.OstreeAsync(_bench.Root, CommitBench.Request, 1, cancellationToken, _bench.Root);
        var (plain, _) = await _bench.CommitAsync(CommitBench.Request, cancellationToken);

        Assert.That((commit.Checksum, commit.ContentChecksum), Is.EqualTo(expected));
        Assert.That(plain.Checksum, Is.Not.EqualTo(commit.Checksum));
        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
        Assert.That(AttributesOf("usr/bin/ls"), Is.EqualTo(["security.capability"]), "no file of this machine gets a label");
    }

    [TestCase("", "root_t"), TestCase("boot", "boot_t"), TestCase("etc2", "default_t"), TestCase("home/u/file", "home_t")]
    [TestCase("run", null), TestCase("srv/site/tool", "bin_t"), TestCase("usr/bin/bash", "shell_t"), TestCase("usr/bin/sh", "link_t")]
    [TestCase("usr/bin/local", "local_t"), TestCase("usr/etc/passwd", "passwd_t"), TestCase("usr/lib64/libb.so", "lib_t:s0:c1,c2")]
    [TestCase("usr/share/é 日本/new\nline", "usr_t")]
    public void Every_file_of_the_policy_and_the_type_of_a_path_count(string path, string? type)
    {
        Grow(Names);
        _bench.Tree.Symlink("usr/bin/sh", "bash"u8);
        TinyPolicy.Write(_bench.Root);
        using var labels = Open();

        var label = labels.LabelOf(path, CommitTree.ModeOf(_bench.Tree.Status(path)!.Value));

        var text = label is null ? null : Encoding.UTF8.GetString(label);
        Assert.That(text, type is null ? Is.Null : Does.Match($@"\A[a-z]+_u:object_r:{type}(:s0)?\0\z"));
    }

    [TestCase(false, "passwd_t"), TestCase(true, "other_t")]
    public void With_label_version_1_usr_etc_is_labelled_as_etc_whatever_the_policy_says(bool belowEtc, string expected)
    {
        const string contexts = "usr/etc/selinux/p/contexts/files/file_contexts";
        _bench.Tree.MakeDirectories("usr/etc/selinux/p/contexts/files");
        _bench.Tree.CreateFile(
            contexts,
            "/etc/x a_u:object_r:other_t:s0\n/usr/etc/x a_u:object_r:passwd_t:s0\n/usr/etcx a_u:object_r:x_t:s0\n"u8,
            0x1A4
        );
        using var labels = FileContexts.Open(_bench.Tree, contexts, belowEtc, _bench.Directory);

        Assert.That(Encoding.UTF8.GetString(labels.LabelOf("usr/etc/x", 0x81A4)!), Does.Contain(expected));
        Assert.That(Encoding.UTF8.GetString(labels.LabelOf("usr/etcx", 0x81A4)!), Does.Contain("x_t"));
    }

    /// <summary>
    /// With an attribute whose name comes after the label's, ostree makes a commit that is damaged as soon as it is checked out; ours is
    /// sound.
    /// </summary>
    [Test, CancelAfter(Patience)]
    public async Task A_labelled_file_with_other_attributes_is_sound_where_it_is_checked_out(CancellationToken cancellationToken)
    {
        _bench.Tree.CreateFile("etc2", "x"u8, 0x1A4);
        _bench.Tree.SetAttribute("etc2", "user.zoo", "1"u8);
        _bench.Tree.SetAttribute("etc2", "security.capability", Capability);
        TinyPolicy.Write(_bench.Root);
        using var labels = Open();

        var (commit, archive) = await _bench.CommitAsync(CommitBench.Request with { Labels = labels }, cancellationToken);

        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
        Assert.That(
            new ObjectMetadata(0, 0, 0, [new("security.ima", [1]), new("user.zoo", [2])]).With([3]).Attributes.Select(a => a.Key),
            Is.EqualTo(["security.ima", "security.selinux", "user.zoo"])
        );
    }

    [Test, CancelAfter(Patience)]
    public async Task What_was_deflated_ahead_serves_a_labelled_commit(CancellationToken cancellationToken)
    {
        Grow(Names);
        using (var layers = new DeflatedLayers(Path.Combine(_bench.Directory, "deflated"), []))
        {
            TreePath[] files = [.. Names.Where(n => n[^1] != '/').Select(TreePath.FromString)];
            layers.Fill(_bench.Tree, [new(Digest.Of("p"), "p", files)], _bench.Step, TimeProvider.System, CancellationToken.None);
            TinyPolicy.Write(_bench.Root);
            using var labels = Open();
            var request = CommitBench.Request with { Labels = labels };

            var (with, _) = await _bench.CommitAsync(request, cancellationToken, layers);
            var (without, _) = await _bench.CommitAsync(request, cancellationToken);

            Assert.That(with, Is.EqualTo(without));
        }
    }

    [TestCase("/usr(/.* a_u:object_r:x_t:s0\n", "usr"), TestCase("one\n", ""), TestCase("/a b c d e\n", "")]
    public void A_policy_that_libselinux_does_not_read_is_an_error(string contexts, string at)
    {
        _bench.Tree.CreateFile("file_contexts", Encoding.UTF8.GetBytes(contexts), 0x1A4);

        var refused = Assert.Throws<PipelineException>(() =>
        {
            using var labels = FileContexts.Open(_bench.Tree, "file_contexts", false, _bench.Directory);
            labels.LabelOf(at.Length == 0 ? "x" : at, 0x41ED);
        });

        Assert.That(refused!.Diagnostics.Select(d => d.Code), Is.EqualTo(["PL2146"]));
    }

    /// <summary>A link of the tree that names a file of this machine leads to the tree's own file, or nowhere.</summary>
    [Test]
    public void A_link_to_a_policy_of_this_machine_is_not_followed()
    {
        using var outside = new TemporaryDirectory();
        File.WriteAllText(outside.File("local"), "/x a_u:object_r:outside_t:s0\n");
        _bench.Tree.CreateFile("file_contexts", "/x a_u:object_r:inside_t:s0\n"u8, 0x1A4);
        _bench.Tree.Symlink("file_contexts.local", Encoding.UTF8.GetBytes(outside.File("local")));
        using var labels = FileContexts.Open(_bench.Tree, "file_contexts", false, _bench.Directory);

        Assert.That(Encoding.UTF8.GetString(labels.LabelOf("x", 0x81A4)!), Does.Contain("inside_t"));
    }

    /// <summary>cap_net_raw=ep, as capabilities(7) lays it out.</summary>
    private static byte[] Capability => [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private FileContexts Open() =>
        FileContexts.Open(_bench.Tree, SelinuxPolicy.Find(_bench.Tree)!.Contexts, etcBelowUsr: false, _bench.Directory);

    private IEnumerable<string> AttributesOf(string path) => _bench.Tree.Attributes(path).Select(a => a.Key);

    private void Grow(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            TreePath path = name;
            _bench.Tree.MakeDirectories(name[^1] == '/' ? path : path.Parent);
            if (name[^1] != '/')
            {
                _bench.Tree.CreateFile(path, Encoding.UTF8.GetBytes(name), 0x1ED);
            }
        }
    }
}
