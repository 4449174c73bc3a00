using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class MergedTreeTests
{
    [Test]
    public void Two_packages_with_one_file_are_a_conflict_that_names_both()
    {
        var e = Assert.Throws<PipelineException>(() => Merge(Package("a", File("usr/f", 1)), Package("b", File("usr/f", 2))))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
            Assert.That(e.Message, Does.Contain("PL2101").And.Contain("'/usr/f'").And.Contain("'a'").And.Contain("'b'"));
        }
    }

    [Test]
    public void The_same_object_twice_is_no_conflict() =>
        Assert.That(
            Merge(Package("a", File("usr/f", 1)), Package("b", File("usr/f", 1))).Nodes.Single(n => n.Path == "usr/f").Owner!.Name,
            Is.EqualTo("a")
        );

    [Test]
    public void Who_replaces_wins_in_either_order()
    {
        var old = Package("old", File("usr/f", 1));
        var young = Package("young", "Replaces: old (<< 2)\n", "", File("usr/f", 2));

        foreach (var tree in new[] { Merge(old, young), Merge(young, old) })
        {
            Assert.That(tree.Nodes.Single(n => n.Path == "usr/f").Owner!.Name, Is.EqualTo("young"));
        }
    }

    [Test]
    public void A_diverting_package_waits_for_its_diversion()
    {
        var tree = Merge(
            Package("plain", File("usr/f", 1)),
            Package("diverter", "", "#!/bin/sh\ndpkg-divert --add --rename /usr/f\n", File("usr/f", 2))
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tree.Nodes.Single(n => n.Path == "usr/f").Owner!.Name, Is.EqualTo("plain"));
            Assert.That(tree.Deferred.Single().Owner!.Name, Is.EqualTo("diverter"));
        }
    }

    [Test]
    public void A_link_of_another_package_is_followed_inside_the_root()
    {
        var tree = Merge(
            Package(
                "base-files",
                new LayerEntry
                {
                    Path = "var/run",
                    Kind = TarKind.Symlink,
                    Target = "../../../run",
                }
            ),
            Package("b", File("var/run/f", 1))
        );

        Assert.That(tree.Nodes.Select(n => n.Path), Does.Contain("run/f").And.Not.Contain("var/run/f"));
    }

    [TestCase("etc", "/outside", "a link to '/outside' at '/etc'")]
    [TestCase("var/lib/dpkg/info", "/outside", "a link to '/outside' at '/var/lib/dpkg/info'")]
    [TestCase("usr/sbin/update-grub", "/oldroot/new", "a link to '/oldroot/new' at '/usr/sbin/update-grub'")]
    [TestCase("home", "etc", "only a directory or the link to 'var/home' may be")]
    [TestCase("lib64", "etc", "only the link to 'usr/lib64' may be")]
    public void A_package_that_puts_something_else_at_a_path_of_the_composer_is_refused_wherever_it_comes(
        string path,
        string target,
        string expected
    )
    {
        var evil = Package("evil", Link(path, target));
        var good = Package("good", Directory(path, 0x1ed));
        foreach (
            var layers in (PackageLayer[][])
                [
                    [evil],
                    [evil, good],
                    [good, evil],
                ]
        )
        {
            var e = Assert.Throws<PipelineException>(() => Merge(layers))!;

            Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused));
            Assert.That(e.Message, Does.Contain("PL2117: package 'evil' put ").And.Contain(expected));
        }
    }

    [Test]
    public void A_path_of_the_composer_is_found_behind_a_link_of_another_package()
    {
        var e = Assert.Throws<PipelineException>(() =>
            Merge(Package("a", Link("usr/share/all", "/")), Package("evil", Link("usr/share/all/etc", "/outside")))
        )!;

        Assert.That(e.Message, Does.Contain("package 'evil' put a link to '/outside' at '/etc'"));
    }

    [Test]
    public void A_file_below_the_file_of_another_package_is_a_conflict()
    {
        var e = Assert.Throws<PipelineException>(() => Merge(Package("a", File("opt/f", 1)), Package("b", File("opt/f/g", 2))))!;

        Assert.That(e.Message, Does.Contain("PL2101").And.Contain("'/opt/f'").And.Contain("'a'").And.Contain("'b'"));
    }

    [Test]
    public void A_file_with_the_name_that_a_configuration_file_has_first_is_a_conflict()
    {
        var owner = Package("owner", File("etc/f", 1));
        owner.Layer.Control["conffiles"] = "/etc/f\n"u8.ToArray();

        var e = Assert.Throws<PipelineException>(() => Merge(owner, Package("b", File("etc/f.dpkg-new", 2))))!;

        Assert.That(e.Message, Does.Contain("PL2101").And.Contain("'/etc/f.dpkg-new'").And.Contain("'owner'").And.Contain("'b'"));
    }

    [TestCase("var/lib/dpkg/info/victim.postinst")]
    [TestCase("var/lib/dpkg/diversions")]
    [TestCase("var/lib/dpkg/updates/0000")]
    public void A_package_with_files_in_dpkgs_database_is_refused(string path)
    {
        using var directory = new TemporaryDirectory();
        using var root = TreeHandle.Open(directory.Path);

        var e = Assert.Throws<PipelineException>(() => DpkgDatabase.Write(Merge(Package("evil", File(path, 1))), root))!;

        Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused));
        Assert.That(e.Message, Does.Contain("PL2119: package 'evil' ships").And.Contain(path));
        Assert.That(root.Entries(TreePath.Root), Is.Empty);
    }

    [Test]
    public void A_package_that_is_not_in_dpkgs_database_at_all_is_not_installed()
    {
        const string status = "Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: install ok unpacked\n";

        Assert.That(DpkgDatabase.NotInstalled(status, ["a", "b", "c"]), Is.EqualTo(["b", "c"]));
        Assert.That(DpkgDatabase.NotInstalled("", ["a"]), Is.EqualTo(["a"]), "a script may have removed the file");
    }

    [Test]
    public void The_first_directory_keeps_its_mode()
    {
        var tree = Merge(Package("a", Directory("srv/d", 0x1c0)), Package("b", Directory("srv/d", 0x1ed)));

        Assert.That(tree.Nodes.Single(n => n.Path == "srv/d").Entry.Mode, Is.EqualTo(0x1c0));
    }

    [Test]
    public void Base_files_comes_first_whatever_the_order()
    {
        var tree = Merge(Package("a", Directory("srv", 0x1ff)), Package("base-files", Directory("srv", 0x1ed)));

        Assert.That(tree.Nodes.Single(n => n.Path == "srv").Entry.Mode, Is.EqualTo(0x1ed));
    }

    [Test]
    public void Without_documentation_only_copyright_files_stay()
    {
        var tree = MergedTree.Of(
            [
                Package(
                    "a",
                    File("usr/share/doc/a/copyright", 1),
                    File("usr/share/doc/a/README", 2),
                    File("usr/share/man/man1/a.1.gz", 3),
                    File("usr/share/locale/de/a.mo", 4),
                    File("usr/share/a", 5)
                ),
            ],
            DebFamily.Instance.Merging,
            documentation: false
        );

        Assert.That(
            tree.Nodes.Where(n => n.Entry.Kind == TarKind.File).Select(n => n.Path),
            Is.EqualTo(["usr/share/a", "usr/share/doc/a/copyright"])
        );
    }

    [Test]
    public void Parents_come_before_children_and_are_made_when_nobody_ships_them()
    {
        var paths = Merge(Package("a", File("opt/x/y/z", 1))).Nodes.Select(n => n.Path).ToList();

        Assert.That(paths.IndexOf("opt"), Is.LessThan(paths.IndexOf("opt/x")).And.GreaterThanOrEqualTo(0));
        Assert.That(paths.IndexOf("opt/x/y"), Is.LessThan(paths.IndexOf("opt/x/y/z")));
    }

    [Test]
    public void Os_release_gets_the_version_where_the_placeholder_was()
    {
        var text = OsRelease.Stamped(
            "PRETTY_NAME=\"Debian 13 (trixie)\"\nVERSION_ID=\"13\"\nVERSION=\"13 (trixie)\"\n",
            "13",
            "13.20260101.0.dev0"
        );

        Assert.That(
            text,
            Is.EqualTo(
                "PRETTY_NAME=\"Debian 13.20260101.0.dev0 (trixie)\"\nVERSION_ID=\"13\"\n"
                    + "VERSION=\"13.20260101.0.dev0 (trixie)\"\nOSTREE_VERSION='13.20260101.0.dev0'\n"
            )
        );
        Assert.That(() => OsRelease.Stamped("VERSION=12\n", "13", "x"), Throws.TypeOf<PipelineException>());
    }

    private static MergedTree Merge(params PackageLayer[] layers) => MergedTree.Of(layers, DebFamily.Instance.Merging, documentation: true);

    private static LayerEntry File(string path, int content) =>
        new()
        {
            Path = path,
            Kind = TarKind.File,
            Mode = 0x1a4,
            Object = Digest.Of($"{content}").Hex,
        };

    private static LayerEntry Link(string path, string target) =>
        new()
        {
            Path = path,
            Kind = TarKind.Symlink,
            Target = target,
        };

    private static LayerEntry Directory(string path, int mode) =>
        new()
        {
            Path = path,
            Kind = TarKind.Directory,
            Mode = mode,
        };

    private static PackageLayer Package(string name, params LayerEntry[] entries) => Package(name, "", "", entries);

    private static PackageLayer Package(string name, string fields, string preinst, params LayerEntry[] entries) =>
        HandmadeLayer.Package(name, fields, ("preinst", preinst), entries);
}
