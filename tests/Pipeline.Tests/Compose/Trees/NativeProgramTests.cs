using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;
using Pipeline.Tests.Host.Trees;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Trees;

/// <summary>Which programs of this machine's architecture stand in for those of a foreign tree, and what is left afterwards.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class NativeProgramTests : TreeFixture
{
    private const int SetUser = 0b100_111_101_101;
    private const int Program = 0b111_101_101;
    private const int Data = 0b110_100_100;
    private readonly TreeHandle _native;

    public NativeProgramTests()
    {
        _native = TreeHandle.OpenOrMake($"{Root}.native");
        foreach (var path in (string[])["usr/bin", "usr/sbin", "usr/lib/x86_64-linux-gnu"])
        {
            _native.MakeDirectories(path);
            Tree.MakeDirectories(path.StartsWith("usr/lib", StringComparison.Ordinal) ? "usr/lib" : path);
        }
    }

    [TestCase("1.0", "1.0", ExpectedResult = true)]
    [TestCase("1.0+b2", "1.0", ExpectedResult = true)]
    [TestCase("1.0", "1.0+b1", ExpectedResult = true)]
    [TestCase("1.0+b1", "1.0+b12", ExpectedResult = true)]
    [TestCase("1.1", "1.0", ExpectedResult = false)]
    [TestCase("1.0+b", "1.0", ExpectedResult = false)]
    [TestCase("1.0+bpo1", "1.0", ExpectedResult = false)]
    public bool A_program_stands_in_when_it_was_made_from_the_same_source(string native, string foreign) =>
        Mounted(Package("dash", native, File("usr/bin/dash", Program)), foreign).Contains("/usr/bin/dash");

    [Test]
    public void Only_programs_of_the_list_that_are_ELF_files_without_set_id_bits_do()
    {
        var package = Package(
            "passwd",
            "1",
            File("usr/sbin/useradd", Program),
            File("usr/bin/passwd", SetUser),
            File("usr/bin/notes", Data),
            File("usr/sbin/adduser", Program, "#!/usr/bin/perl\n"),
            File("usr/share/tool", Program)
        );

        Assert.That(Mounted(package, "1"), Is.EqualTo(["/usr/lib/x86_64-linux-gnu", "/usr/sbin/useradd"]));
        Assert.That(Mounted(Package("other", "1", File("usr/sbin/useradd", Program)), "1"), Has.None.Contain("useradd"));
    }

    [Test]
    public void A_program_that_the_foreign_tree_has_as_a_link_or_not_at_all_stays_as_it_is()
    {
        var package = Package("dash", "1", File("usr/bin/dash", Program), File("usr/bin/sh", Program), File("usr/bin/gone", Program));
        var programs = Of(package, "1");
        Tree.Delete("usr/bin/sh");
        Tree.Delete("usr/bin/gone");
        Tree.Symlink("usr/bin/sh", "dash"u8);

        Assert.That(Paths(programs), Is.EqualTo(["/usr/lib/x86_64-linux-gnu", "/usr/bin/dash"]));
    }

    [Test]
    public void Mount_points_are_taken_away_again_whatever_the_tree_had()
    {
        var programs = Of(Package("dash", "1", File("usr/bin/dash", Program)), "1");
        var before = Listing();

        using (programs.Place(Tree))
        {
            Assert.That(Tree.Is(UnixKind.Directory, "usr/lib/x86_64-linux-gnu"), Is.True);
            Assert.That(
                System.Text.Encoding.UTF8.GetString(Tree.ReadLink("usr/lib64/ld-linux-x86-64.so.2")),
                Is.EqualTo("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
            );
            Assert.That(System.Text.Encoding.UTF8.GetString(Tree.ReadLink("lib64")), Is.EqualTo("usr/lib64"));
        }

        Assert.That(Listing(), Is.EqualTo(before));

        // POWER has the directory, with a loader of its own in it.
        Tree.MakeDirectories("usr/lib64");
        Tree.ReplaceLink("lib64", "usr/lib64");
        Tree.CreateFile("usr/lib64/ld64.so.2", "loader"u8, FileModes.Plain);
        before = Listing();
        programs.Place(Tree).Dispose();
        Assert.That(Listing(), Is.EqualTo(before));
    }

    protected override void Dispose(bool disposing)
    {
        _native.Dispose();
        base.Dispose(disposing);
    }

    private string Listing() =>
        string.Join('\n', Tree.Walk(TreePath.Root, TreeOrder.ParentsFirst).Select(e => $"{e.Path} {e.Status().Kind}"));

    private string[] Mounted(PackageLayer package, string foreign) => Paths(Of(package, foreign));

    private string[] Paths(NativePrograms programs) => [.. programs.Arrange(new("/tree"), Tree).ReadOnly.Select(r => r.Value)];

    private NativePrograms Of(PackageLayer package, string foreign)
    {
        foreach (var entry in package.Layer.Entries.Where(e => e.Kind == TarKind.File))
        {
            var content = entry.Target is null ? "\u007fELF native"u8.ToArray() : System.Text.Encoding.UTF8.GetBytes(entry.Target);
            foreach (var tree in (TreeHandle[])[_native, Tree])
            {
                tree.MakeDirectories(TreePath.FromString(entry.Path).Parent);
                tree.ReplaceFile(entry.Path, content, entry.Mode);
            }
        }

        return NativePrograms.Of(
            MergedTree.Of([package], DebFamily.Instance.Merging, documentation: false),
            _native,
            Arch.X86_64,
            DebFamily.Instance.NativePrograms,
            [package.Package with { Version = foreign }]
        );
    }

    private static LayerEntry File(string path, int mode, string? content = null) =>
        new()
        {
            Path = path,
            Kind = TarKind.File,
            Mode = mode,
            Size = 1,
            Object = new string('0', 64),
            Target = content,
        };

    private static PackageLayer Package(string name, string version, params LayerEntry[] entries) =>
        new(
            new LockedPackage
            {
                Name = name,
                Version = version,
                PackageArchitecture = "amd64",
                Digest = Digest.Of(name),
                Size = 1,
                Repo = "r",
                Location = $"{name}_{version}_amd64.deb",
            },
            new()
            {
                Entries = entries,
                Control = new()
                {
                    ["control"] = System.Text.Encoding.UTF8.GetBytes($"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"),
                },
            }
        );
}
