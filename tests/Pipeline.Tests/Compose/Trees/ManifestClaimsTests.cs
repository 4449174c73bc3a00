using Pipeline.Compose.Manifests;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Trees;

/// <summary>What a manifest names and a tree has not is an error at its place.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ManifestClaimsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TreeHandle _tree;

    public ManifestClaimsTests()
    {
        foreach (
            var path in (string[])
                ["etc/systemd/system/local.timer", "usr/lib/systemd/system/ssh.service", "usr/lib/systemd/system/getty@.service"]
        )
        {
            Put(path, "[Unit]\n");
        }

        Put("usr/lib/systemd/system/multi-user.target", "[Unit]\n");
        Directory.CreateDirectory(_directory.File("tree/usr/lib/systemd/system/folder.service"));
        UnixFile.Symlink("/dev/null", _directory.File("tree/etc/systemd/system/masked.service"));
        Put("etc/passwd", "root:x:0:0::/root:/bin/sh\nsshd:x:74:74::/:/bin/false\n");
        Put("etc/group", "root:x:0:\nsudo:x:27:\n");
        _tree = TreeHandle.Open(_directory.File("tree"));
    }

    public void Dispose()
    {
        _tree.Dispose();
        _directory.Dispose();
    }

    [TestCase("units: [ssh.service, local.timer, getty@tty1.service, getty@.service, masked.service]")]
    [TestCase("default-target: multi-user.target")]
    [TestCase("etc-group-members: [sudo]")]
    [TestCase("schema: compose/v1\ncheck-passwd: {type: data, entries: {sshd: 74}}")]
    [TestCase("schema: compose/v1\ncheck-passwd: {type: data, entries: {gone: 64999}}\nignore-removed-users: [gone]")]
    [TestCase("schema: compose/v1\ncheck-passwd: {type: data, entries: {gone: 64999}}\nignore-removed-users: ['*']")]
    // What rpm-ostree accepts is no error in a treefile.
    [TestCase("check-passwd: {type: data, entries: {gone: 64999}}")]
    public void What_the_tree_has_may_be_named(string keys) => Assert.That(() => Require(keys), Throws.Nothing);

    [Test]
    public void Everything_that_is_not_there_is_named_at_once_with_its_place()
    {
        const string keys = """
            schema: compose/v1
            units: [sshd.service, ssh.service, nothing-like-it.socket, serial-getty@ttyS0.service, folder.service]
            default-target: multiuser.target
            etc-group-members: [wheel, sudoo]
            check-passwd: {type: data, entries: {sshd: 74, nobody: 64998}}
            check-groups: {type: data, entries: {gone: 64999}}
            """;

        var failure = Assert.Throws<PipelineException>(() => Require(keys))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                failure.Diagnostics.Select(d => $"{d.Span}: {d.Code} {d.Message}"),
                Is.EqualTo([
                    "m.yaml:2:9: PL2127 'units' enables 'sshd.service', and the tree has no such unit",
                    "m.yaml:2:36: PL2127 'units' enables 'nothing-like-it.socket', and the tree has no such unit",
                    "m.yaml:2:60: PL2127 'units' enables 'serial-getty@ttyS0.service', and the tree has no such unit",
                    "m.yaml:2:88: PL2127 'units' enables 'folder.service', and the tree has no such unit",
                    "m.yaml:3:17: PL2128 'default-target' is 'multiuser.target', and the tree has no such unit",
                    "m.yaml:4:21: PL2129 the tree has no group 'wheel'",
                    "m.yaml:4:28: PL2129 the tree has no group 'sudoo'",
                    "m.yaml:5:48: PL2129 the tree has no user 'nobody'",
                    "m.yaml:6:38: PL2129 the tree has no group 'gone'",
                ])
            );
            Assert.That(failure.Diagnostics[0].Hint, Does.Contain("'ssh.service'"));
            Assert.That(failure.Diagnostics[1].Hint, Is.EqualTo("add the package that has it, or an overlay with the unit"));
            Assert.That(failure.Diagnostics[4].Hint, Is.EqualTo("did you mean 'multi-user.target'?"));
            Assert.That(failure.Diagnostics[6].Hint, Is.EqualTo("did you mean 'sudo'?"));
            Assert.That(failure.Diagnostics[8].Hint, Does.EndWith("write ignore-removed-groups: [gone]"));
            Assert.That(failure.Exit, Is.EqualTo(ExitClass.BadInput));
        }
    }

    private void Require(string keys)
    {
        File.WriteAllText(_directory.File("m.yaml"), keys + "\npackages: [a]\nrepos: [r]\n");
        var read = ManifestReader.Read(
            new()
            {
                Path = _directory.File("m.yaml"),
                Display = "m.yaml",
                Architecture = Arch.X86_64,
            }
        );
        new ManifestClaims(read.Manifest, _tree).Require();
    }

    private void Put(string path, string text)
    {
        var file = _directory.File($"tree/{path}");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
