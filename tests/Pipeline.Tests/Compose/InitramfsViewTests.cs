using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InitramfsViewTests : IDisposable
{
    private readonly TemporaryDirectory _tree = new();

    public InitramfsViewTests()
    {
        Write("usr/bin/dracut", "#!/bin/bash\ntype -P cpio\n");
        Write("usr/bin/cpio", "\0ELF");
        Write("usr/bin/jq", "\0ELF");
        Write("usr/sbin/mkfs.ext4", "\0ELF");
        Write("usr/lib/dracut/modules.d/99fs/module-setup.sh", "# jq would be nice here\ninst_multiple -o mkfs.$fs\n");
        Write("usr/lib/modules/6.1/ext4.ko", "module");
        Write("usr/lib/x86_64-linux-gnu/libc.so.6", "library");
        Write("usr/lib/systemd/system/a.service", "[Service]\nExecStart=/usr/bin/a\n");
        Write("usr/lib/kernel/install.d/90-loaderentry.install", "echo \"could not find device tree blob\"\n");
        Write("etc/dracut.conf", "hostonly=no\n");
        Write("var/lib/dpkg/status", "Package: a\n");
    }

    public void Dispose() => _tree.Dispose();

    [TestCase("usr/lib/modules/6.1/ext4.ko")]
    [TestCase("usr/lib/x86_64-linux-gnu/libc.so.6")]
    [TestCase("usr/lib/systemd/system/a.service")]
    [TestCase("usr/bin/cpio")]
    [TestCase("usr/sbin/mkfs.ext4", Description = "named with a variable in it")]
    [TestCase("etc/dracut.conf")]
    public void What_dracut_could_read_counts_with_its_bytes(string path)
    {
        var before = Look();

        Write(path, File.ReadAllText(At(path)) + "x");

        Assert.That(Look(), Is.Not.EqualTo(before));
    }

    [TestCase("usr/lib/modules/6.1/new.ko")]
    [TestCase("usr/lib/systemd/system/new.service")]
    [TestCase("usr/lib/firmware/new.bin")]
    [TestCase("usr/sbin/mkfs.xfs")]
    [TestCase("usr/bin/a", Description = "a unit runs it")]
    [TestCase("opt/new")]
    public void What_comes_into_its_sight_counts(string path)
    {
        var before = Look();

        Write(path, "\0new");

        Assert.That(Look(), Is.Not.EqualTo(before));
    }

    [TestCase("usr/bin/jq")]
    [TestCase("usr/bin/tree")]
    [TestCase("usr/share/man/man1/jq.1.gz")]
    [TestCase("usr/share/doc/jq/copyright")]
    [TestCase("var/lib/dpkg/status")]
    public void What_is_hidden_from_it_does_not(string path)
    {
        Write("usr/share/man/man1/here", "");
        Write("usr/share/doc/here", "");
        var before = Look();

        Write(path, "\0other");

        Assert.That(Look(), Is.EqualTo(before));
    }

    [Test]
    public void A_mode_and_a_target_count_and_a_time_does_not()
    {
        File.CreateSymbolicLink(At("usr/lib/link"), "modules");
        var before = Look();
        File.SetLastWriteTimeUtc(At("etc/dracut.conf"), DateTime.UnixEpoch);
        var time = Look();
        UnixFile.SetMode(At("etc/dracut.conf"), FileModes.PrivateFile);
        var mode = Look();
        File.Delete(At("usr/lib/link"));
        File.CreateSymbolicLink(At("usr/lib/link"), "systemd");
        var target = Look();

        Assert.That(time, Is.EqualTo(before));
        Assert.That(new[] { before, mode, target }, Is.Unique);
    }

    [Test]
    public void A_program_behind_the_alternatives_is_shown_with_its_link()
    {
        Write("usr/lib/dracut/dracut-functions.sh", "awk '{ print }'\n");
        Write("usr/bin/mawk", "\0ELF");
        Write("usr/bin/gawk", "\0ELF");
        Directory.CreateDirectory(At("etc/alternatives"));
        File.CreateSymbolicLink(At("usr/bin/awk"), "/etc/alternatives/awk");
        File.CreateSymbolicLink(At("etc/alternatives/awk"), "/usr/bin/mawk");

        using var tree = TreeHandle.Open(_tree.Path);
        TreePath[] shown = ["awk", "cpio", "dracut", "mawk"];
        Assert.That(InitramfsView.Of(tree).Shown["usr/bin"], Is.EquivalentTo(shown));
    }

    [TestCase("inst_multiple fsck.$type", "fsck.xfs", true)]
    [TestCase("for p in /usr/sbin/lvm*; do", "lvmpolld", true)]
    [TestCase("\"ip${v}tables-save\"", "ip6tables-save", true)]
    [TestCase("$prefix-resize", "ext-resize", true)]
    [TestCase("mkfs.{ext4,xfs}", "mkfs.btrfs", true)]
    [TestCase("run \"mkfs.\"$fs", "mkfs.xfs", true)]
    [TestCase("PROGRAM=\"/usr/bin/scsi_id --export\"", "scsi_id", true)]
    [TestCase("use jq.", "jq", true)]
    [TestCase("  # jq", "jq", false)]
    [TestCase("jquery", "jq", false)]
    [TestCase("\techo \"    - Deactivate block device tree.\"", "tree", false)]
    [TestCase("echo 'no device tree!' >&2", "tree", false)]
    [TestCase("echo \"tree\"", "tree", true)]
    [TestCase("echo \"walk the tree\"", "tree", true)]
    [TestCase("echo \"run $(tree .) now.\"", "tree", true)]
    [TestCase("echo 'run tree.' | sh", "tree", true)]
    [TestCase("echo \"a\" && tree \"b .\"", "tree", true)]
    [TestCase("echo \".", "tree", false)]
    [TestCase("x=\"jq\"", "ajq", false)]
    public void A_program_is_spoken_of_by_its_name_or_a_piece_of_it(string text, string program, bool expected)
    {
        var names = new ProgramNames();

        names.Read(text);

        Assert.That(names.Mentions(program), Is.EqualTo(expected));
    }

    private Digest Look()
    {
        using var tree = TreeHandle.Open(_tree.Path);
        return InitramfsView.Of(tree).Digest;
    }

    private string At(string path) => _tree.File(path);

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), content);
    }
}
