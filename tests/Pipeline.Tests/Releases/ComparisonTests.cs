using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Differences;

namespace Pipeline.Tests.Releases;

/// <summary>What two builds differ in, from their listings.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ComparisonTests
{
    private static readonly string One = new('1', 64);
    private static readonly string Two = new('2', 64);

    [Test]
    public void Files_differ_by_what_differs_in_them()
    {
        var before = Files(
            Line("-00644", 0, 3, One, "/same"),
            Line("-00644", 0, 3, One, "/gone"),
            Line("-00644", 0, 3, One, "/mode"),
            Line("-00644", 0, 3, One, "/owner"),
            Line("-00644", 0, 3, One, "/size"),
            Line("-00644", 0, 3, One, "/content"),
            Line("-00644", 0, 3, One, "/attributes"),
            Line("l00777", 0, 0, One, "/link -> a"),
            Line("-00644", 0, 3, One, "/type"),
            Line("d00755", 0, 0, One + " " + One, "/directory")
        );
        var after = Files(
            Line("-00644", 0, 3, One, "/same"),
            Line("-00644", 0, 3, One, "/new"),
            Line("-04755", 0, 3, Two, "/mode"),
            Line("-00644", 7, 3, Two, "/owner"),
            Line("-00644", 0, 4, Two, "/size"),
            Line("-00644", 0, 3, Two, "/content"),
            Line("-00644", 0, 3, Two, "/attributes"),
            Line("l00777", 0, 0, Two, "/link -> b"),
            Line("d00755", 0, 0, Two + " " + Two, "/type"),
            Line("d00700", 0, 0, Two + " " + Two, "/directory")
        );

        var difference = Comparison.Of(Content(before), Content(after), (a, _) => a.Path != "/content");

        Assert.That(
            difference.Files.Select(f => $"{f.Kind} {f.Path} {string.Join(' ', f.What)}".Trim()),
            Is.EqualTo([
                "Changed /attributes attributes",
                "Changed /content content",
                "Changed /directory mode",
                "Removed /gone",
                "Changed /link target",
                "Changed /mode mode",
                "Added /new",
                "Changed /owner owner",
                "Changed /size content",
                "Changed /type type mode",
            ])
        );
        Assert.That(difference.Files.Single(f => f.Path == "/mode").After, Is.EqualTo("-04755 0:0 3"));
    }

    [TestCase("/usr/lib/systemd/system/a.service", "Added a.service")]
    [TestCase("/usr/lib/systemd/system/a.service.d/10-b.conf", "Added a.service")]
    [TestCase("/usr/etc/systemd/system/multi-user.target.wants/a.timer", "Enabled a.timer")]
    [TestCase("/usr/lib/systemd/system/README", "")]
    [TestCase("/usr/lib/systemd/systemd", "")]
    public void Units_are_told_apart_from_what_starts_them(string path, string expected)
    {
        var difference = Comparison.Of(Content(Files()), Content(Files(Line("-00644", 0, 3, One, path))), (_, _) => true);

        Assert.That(string.Join(' ', difference.Units.Select(u => $"{u.Kind} {u.Name}")), Is.EqualTo(expected));
    }

    [Test]
    public void Packages_go_up_and_down_and_come_and_go()
    {
        var before = Content(Files()) with
        {
            Packages = Packages("a 1.0-1", "b 2.0-1", "c 1", "same 3"),
            KernelArguments = ["quiet", "x=1"],
        };
        var after = Content(Files()) with
        {
            Packages = Packages("a 1.10-1", "b 1:1.0-1", "d 1", "same 3"),
            KernelArguments = ["quiet", "x=2"],
        };

        var up = Comparison.Of(before, after, (_, _) => true);
        var down = Comparison.Of(after, before, (_, _) => true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(up.Packages!.Select(p => $"{p.Kind} {p.Name}"), Is.EqualTo(["Upgraded a", "Upgraded b", "Removed c", "Added d"]));
            Assert.That(
                down.Packages!.Select(p => $"{p.Kind} {p.Name}"),
                Is.EqualTo(["Downgraded a", "Downgraded b", "Added c", "Removed d"])
            );
            Assert.That(
                up.Packages!.Select(p => p.Changelog),
                Is.EqualTo(["log of 1.10-1", "log of 1:1.0-1", null, "log of 1"]),
                "of the newer version"
            );
            Assert.That(down.Packages![0].Changelog, Is.EqualTo("log of 1.10-1"), "of the newer version");
            Assert.That(up.KernelArguments.Select(k => $"{k.Kind} {k.Text}"), Is.EqualTo(["Removed x=1", "Added x=2"]));
            Assert.That(Comparison.Of(Content(Files()), after, (_, _) => true).Packages, Is.Null);
        }
    }

    [TestCase("1.0", "1.0", 0)]
    [TestCase("1.0", "1.1", -1)]
    [TestCase("1.9", "1.10", -1)]
    [TestCase("1.0~rc1", "1.0", -1)]
    [TestCase("1.0~rc1", "1.0~rc2", -1)]
    [TestCase("1.0-1", "1.0-1+b1", -1)]
    [TestCase("1:0.1", "9", 1)]
    [TestCase("2.0a", "2.0", 1)]
    [TestCase("2.0a", "2.0+", -1)]
    [TestCase("1.007", "1.7", 0)]
    [TestCase("1.0-2", "1.0-10", -1)]
    [TestCase("", "~", 1)]
    public void Versions_are_compared_as_dpkg_does(string a, string b, int expected)
    {
        Assert.That(Math.Sign(PackageVersions.Compare(a, b)), Is.EqualTo(expected));
        Assert.That(Math.Sign(PackageVersions.Compare(b, a)), Is.EqualTo(-expected));
    }

    [FsCheck.NUnit.Property]
    public bool Any_texts_have_one_order(string? a, string? b) =>
        Math.Sign(PackageVersions.Compare(a ?? "", b ?? "")) == -Math.Sign(PackageVersions.Compare(b ?? "", a ?? ""));

    [TestCase("0")]
    [TestCase("-00644 0 0 3 abc /usr/a")]
    [TestCase("-00644 0 0 3 fbf7cf77a1b50d9f074cb6e9ef6ddb65b6532ea89e4f4ca1b07a05b4cd1be259 usr/a")]
    [TestCase("c00644 0 0 3 fbf7cf77a1b50d9f074cb6e9ef6ddb65b6532ea89e4f4ca1b07a05b4cd1be259 /dev/a")]
    public void A_line_that_is_none_of_a_listing_is_refused(string line) =>
        Assert.That(
            () => ListedFile.Parse(Line("-00644", 0, 3, One, "/a") + "\n" + line + "\n"),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL6140").And.Property("Exit").EqualTo(ExitClass.Refused)
        );

    private static string Line(string mode, int user, long size, string sums, string path) =>
        string.Create(CultureInfo.InvariantCulture, $"{mode} {user} 0 {size, 6} {sums} {path}");

    private static SortedDictionary<string, ListedFile> Files(params string[] lines) => ListedFile.Parse(string.Join('\n', lines));

    private static Dictionary<string, ListedPackage> Packages(params string[] items) =>
        items.Select(i => i.Split(' ')).ToDictionary(i => i[0], i => new ListedPackage(i[1], $"log of {i[1]}"));

    private static ComparedContent Content(SortedDictionary<string, ListedFile> files) =>
        new(new("1", null, One, files.Count, 0), files, null, [], new Dictionary<string, long>());
}
