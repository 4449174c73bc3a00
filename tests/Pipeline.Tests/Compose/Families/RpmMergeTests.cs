using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Files that several RPM packages have: what is shared, what conflicts. rpm itself is asked the same.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase), CancelAfter(60_000)]
internal sealed class RpmMergeTests : IDisposable
{
    private const int Ghost = 64;
    private static readonly TinyFile File = new("usr/share/f", "same\n");
    private static readonly TinyFile Folder = TinyFile.Directory("usr/share/f");
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<TestCaseData> Pairs()
    {
        yield return Case("equal files", Of(File), Of(File), conflicts: false);
        yield return Case("other content", Of(File), Of(File with { Content = "diff\n" }), conflicts: true);
        yield return Case("other size", Of(File), Of(File with { Content = "longer\n" }), conflicts: true);
        yield return Case("other mode", Of(File), Of(File with { Mode = 0b110_000_000 }), conflicts: true);
        yield return Case("set-user-id", Of(File), Of(File with { Mode = 0b100_110_100_100 }), conflicts: true);
        yield return Case("other owner", Of(File), Of(File) with { Owner = "daemon" }, conflicts: true);
        yield return Case("equal directories", Of(Folder), Of(Folder), conflicts: false);
        yield return Case("directories of other modes", Of(Folder), Of(Folder with { Mode = 0b111_000_000 }), conflicts: true);
        yield return Case("directories of other owners", Of(Folder), Of(Folder) with { Owner = "daemon" }, conflicts: true);
        yield return Case("equal links", Of(TinyFile.Link(File.Path, "a")), Of(TinyFile.Link(File.Path, "a")), conflicts: false);
        yield return Case("links to elsewhere", Of(TinyFile.Link(File.Path, "a")), Of(TinyFile.Link(File.Path, "b")), conflicts: true);
        yield return Case("a file and a link", Of(File), Of(TinyFile.Link(File.Path, "a")), conflicts: true);
        yield return Case("a file and a directory", Of(File), Of(Folder), conflicts: true);
        yield return Case("a link and a directory", Of(TinyFile.Link(File.Path, "a")), Of(Folder), conflicts: true);
        yield return Case("a file and a ghost", Of(File), Flagged(Of(File with { Content = "diff\n" }), Ghost), conflicts: false);
        yield return Case("configuration files", Flagged(Of(File), 1), Flagged(Of(File with { Content = "diff\n" }), 1), conflicts: true);
        yield return Case("programs of two colours", Coloured(File, 1), Coloured(File with { Content = "diff\n" }, 2), conflicts: false);
        yield return Case("programs of one colour", Coloured(File, 2), Coloured(File with { Content = "diff\n" }, 2), conflicts: true);
        yield return Case("a program and a text", Coloured(File, 2), Of(File with { Content = "diff\n" }), conflicts: true);

        static TestCaseData Case(string name, TinyRpm first, TinyRpm second, bool conflicts) =>
            new TestCaseData(first, second, conflicts).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Pairs))]
    public void Packages_share_what_is_equal_and_conflict_by_name(TinyRpm first, TinyRpm second, bool conflicts)
    {
        var codes = "";
        try
        {
            Merge(first, second);
        }
        catch (PipelineException e)
        {
            codes = string.Join(' ', e.Diagnostics.Select(d => d.Code));
            Assert.That(e.Message, Does.Contain("'/usr/share/f'").And.Contain("'one'").And.Contain("'two'"));
        }

        Assert.That(codes, Is.EqualTo(conflicts ? "PL2101" : ""));
    }

    [Test, Category(Tiers.System), TestCaseSource(nameof(Pairs))]
    public async Task Rpm_says_the_same(TinyRpm first, TinyRpm second, bool conflicts, CancellationToken cancellationToken)
    {
        var packages = new[] { Write(first, "one"), Write(second, "two") };
        ValueList<string> arguments = ["-i", "--test", "--nodeps", "--nosignature", "--force-debian", "--dbpath", _directory.File("db")];
        ValueList<string> colours = ["--define", "_transaction_color 3", "--define", "_prefer_color 2"];

        var result = await new ToolRunner().RunAsync(
            new("rpm", [.. arguments, .. colours, .. packages]) { Accepted = [0, 1, 2] },
            cancellationToken
        );

        Assert.That(result.ExitCode != 0, Is.EqualTo(conflicts), result.ErrorTail);
        Assert.That(result.ErrorTail, conflicts ? Does.Contain("conflicts between attempted installs") : Does.Not.Contain("conflicts"));
    }

    [Test]
    public void Of_two_colours_the_64_bit_program_is_laid_whichever_comes_first([Values] bool preferredFirst)
    {
        var (small, large) = (Coloured(File, 1), Coloured(File with { Content = "64\n" }, 2));

        var tree = preferredFirst ? Merge(large, small) : Merge(small, large);

        Assert.That(tree.Nodes.Single(n => n.Path == File.Path).Owner!.Name, Is.EqualTo(preferredFirst ? "one" : "two"));
    }

    [Test]
    public void Ghosts_are_not_laid_and_documentation_and_languages_only_when_they_are_wanted()
    {
        TinyFile[] files = [new("a", "ghost"), new("b", "doc"), new("c", "license"), new("d", "german"), new("e", "all")];
        var package = new TinyRpm(new("one") { Files = files })
        {
            Flags = new Dictionary<string, int>
            {
                ["a"] = Ghost,
                ["b"] = 2,
                ["c"] = 128,
            },
            Header = h => h.Texts(1097, ["", "", "", "de|fr", ""]),
        };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Laid(documentation: true), Is.EqualTo("b c d e"));
            Assert.That(Laid(documentation: false), Is.EqualTo("c d e"));
            Assert.That(Laid(documentation: true, "en_GB"), Is.EqualTo("b c e"));
            Assert.That(Laid(documentation: true, "en", "fr_CA"), Is.EqualTo("b c d e"));
        }

        string Laid(bool documentation, params string[] languages) =>
            string.Join(
                ' ',
                MergedTree
                    .Of([Layer(package, "one")], RpmFamily.Instance.Merging, documentation, [.. languages])
                    .Nodes.Where(n => n.Owner is not null)
                    .Select(n => n.Path)
            );
    }

    [Test]
    public void A_link_in_the_place_of_a_directory_with_files_of_another_package_is_a_conflict()
    {
        var e = Assert.Throws<PipelineException>(() =>
            Merge(Of(new TinyFile("usr/share/d/f", "x")), Of(TinyFile.Link("usr/share/d", "e")))
        )!;

        Assert.That(e.Message, Does.Contain("PL2101").And.Contain("'/usr/share/d'").And.Contain("'one'").And.Contain("'two'"));
    }

    [TestCase("usr/lib/sysimage/rpm/rpmdb.sqlite")]
    [TestCase("usr/lib/sysimage/rpm/other")]
    [TestCase("var/lib/rpm/Packages")]
    public void A_package_with_files_of_the_database_is_refused(string path)
    {
        using var root = Pipeline.Host.Files.Trees.TreeHandle.OpenOrMake(_directory.File("root"));
        var tree = Merge(Of(new TinyFile(path, "x")), Of(File));

        var e = Assert.Throws<PipelineException>(() => RpmFamily.Instance.WriteDatabase(tree, root))!;

        Assert.That(e.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([("PL2119", ExitClass.Refused)]));
    }

    [TestCase("etc", "/var/tmp")]
    [TestCase("var", "/tmp")]
    [TestCase("var/lib/rpm", "/var/tmp")]
    [TestCase("usr/lib/sysimage/rpm", "/etc")]
    [TestCase("usr/lib/rpm/macros.d", "/etc")]
    [TestCase("usr/bin/dracut", "/etc/passwd")]
    [TestCase("etc/passwd", "../usr/lib/passwd")]
    public void A_package_that_ships_a_link_where_the_composer_works_is_refused(string path, string target)
    {
        var e = Assert.Throws<PipelineException>(() => Merge(Of(TinyFile.Link(path, target)), Of(File)))!;

        Assert.That(e.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([("PL2117", ExitClass.Refused)]), e.Message);
        Assert.That(e.Message, Does.Contain("package 'one'").And.Contain($"'/{path}'"));
    }

    [Test]
    public void The_usual_place_of_the_database_may_be_a_link_to_it() =>
        Assert.That(Merge(Of(TinyFile.Link("var/lib/rpm", "../../usr/lib/sysimage/rpm")), Of(File)).Packages, Has.Count.EqualTo(2));

    private static TinyRpm Of(TinyFile file) => new(new TinyPackage("one") { Files = [file] });

    private static TinyRpm Flagged(TinyRpm package, int flags) =>
        package with
        {
            Flags = new Dictionary<string, int> { [File.Path] = flags },
        };

    private static TinyRpm Coloured(TinyFile file, long colour) => Of(file) with { Header = h => h.Numbers(1140, [colour]) };

    private MergedTree Merge(TinyRpm first, TinyRpm second) =>
        MergedTree.Of([Layer(first, "one"), Layer(second, "two")], RpmFamily.Instance.Merging, documentation: true);

    private PackageLayer Layer(TinyRpm package, string name)
    {
        var file = (package with { Package = package.Package with { Name = name } }).Build();
        using var writer = new LayerObjects(_directory.File("objects")).NewWriter();
        var locked = new LockedPackage
        {
            Name = name,
            Version = "1.0-1",
            PackageArchitecture = "noarch",
            Digest = Digest.Of(file),
            Size = file.Length,
            Repo = "tiny",
            Location = "l",
        };
        var reader = new RpmReader((int)Pipeline.Host.Libc.geteuid(), (int)Pipeline.Host.Libc.getegid());
        return new(locked, reader.Read(new MemoryStream(file), writer, LayerLimits.Default, CancellationToken.None));
    }

    private string Write(TinyRpm package, string name)
    {
        var path = _directory.File($"{name}.rpm");
        System.IO.File.WriteAllBytes(path, (package with { Package = package.Package with { Name = name } }).Build());
        return path;
    }
}
