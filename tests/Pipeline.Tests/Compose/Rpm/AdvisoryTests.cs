using System.Text;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Locks;
using Pipeline.Compose.Solving;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.TestKit.Rpm;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>updateinfo.xml: what is read of it, when it is fetched, what is recorded.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class AdvisoryTests
{
    private const string Updates = """
        <?xml version="1.0" encoding="UTF-8"?>
        <updates>
          <update from="x" status="stable" type="security" version="2.0"><id>TEST-2024-2</id><title>lib</title>
            <severity>Important</severity><description>&lt;b&gt;</description>
            <references>
              <reference href="https://example.com/CVE-2024-1" id="CVE-2024-1" title="" type="cve"/>
              <reference href="https://example.com/1" id="1" title="CVE-2024-9 lib: crash" type="bugzilla"/>
            </references>
            <pkglist><collection short="F"><name>F</name>
              <package name="lib" version="1.10" release="1.fc40" epoch="1" arch="x86_64"><filename>l.rpm</filename></package>
              <package name="lib" version="1.10" release="1.fc40" epoch="1" arch="s390x"><filename>l.rpm</filename></package>
            </collection></pkglist></update>
          <update type="enhancement"><id>TEST-2024-1</id>
            <pkglist><collection>
              <package name="app" version="2.0" release="1" epoch="0" arch="noarch"/></collection></pkglist></update>
          <update type="bugfix"><id>TEST-2024-3</id>
            <pkglist><collection>
              <package name="lib" version="1.2" release="3.fc40" epoch="1" arch="x86_64"/></collection></pkglist></update>
          <note/>
        </updates>
        """;

    [Test]
    public async Task Advisories_of_locked_packages_are_recorded_and_fetched_only_for_that(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few(), new() { Updates = Updates });
        var locked = await bench.LockAsync(cancellationToken);
        Assert.That(bench.Repository.Server.Requests.Select(r => r.ToString()), Has.None.Contains("updateinfo"));

        var described = await new LockStep(bench.Services()).DescribeAsync(bench.Request(), locked, cancellationToken);
        var offline = await new LockStep(bench.Services()).DescribeAsync(bench.Request(offline: true), locked, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Repository.Server.Requests.Select(r => r.ToString()), Has.One.Contains("updateinfo"));
            Assert.That(
                JsonTextWriter.Canonical(described.RepositoryMetadata),
                Is.EqualTo(
                    """{"rpmostree.advisories":[["TEST-2024-1",3,0,["app-2.0-1.noarch"],{}],"""
                        + """["TEST-2024-2",1,3,["lib-1:1.10-1.fc40.x86_64"],"""
                        + """{"cve_references":[["https://example.com/CVE-2024-1","CVE-2024-1"]]}]],"rpmostree.rpmmd-repos":["""
                        + """{"id":"tiny","timestamp":1704164645}]}"""
                )
            );
            Assert.That(offline.RepositoryMetadata, Is.EqualTo(described.RepositoryMetadata));
        }
    }

    [Test]
    public async Task A_manifest_may_ask_for_neither(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few(), new() { Updates = Updates });
        bench.Manifest("packages: [app]\nadvisories-metadata: disabled\nrepo-metadata: disabled");

        var locked = await bench.LockAsync(cancellationToken);
        var described = await new LockStep(bench.Services()).DescribeAsync(bench.Request(), locked, cancellationToken);

        Assert.That(described.RepositoryMetadata.Members, Is.Empty);
        Assert.That(bench.Repository.Server.Requests.Select(r => r.ToString()), Has.None.Contains("updateinfo"));
    }

    [Test]
    public async Task A_repository_without_advisories_has_none(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());

        var locked = await bench.LockAsync(cancellationToken);
        var described = await new LockStep(bench.Services()).DescribeAsync(bench.Request(), locked, cancellationToken);

        Assert.That(described.RepositoryMetadata.Find("rpmostree.advisories"), Is.EqualTo(new JsonTextArray([])));
    }

    [Test]
    public async Task Advisories_that_lie_about_their_size_are_refused(CancellationToken cancellationToken)
    {
        var lie = new RpmOptions
        {
            Updates = Updates,
            Claim = (type, member) => (type, member) == ("updateinfo", "open-size") ? "268435457" : null,
        };
        await using var bench = new RpmBench(RpmBench.Few(), lie);
        var locked = await bench.LockAsync(cancellationToken);

        var e = ResolveBench.Fails(() => new LockStep(bench.Services()).DescribeAsync(bench.Request(), locked, cancellationToken));

        Assert.That((e.Exit, e.Message), Is.EqualTo((ExitClass.Refused, e.Message)));
        Assert.That(e.Message, Does.Contain("claims 268435457 bytes"));
    }

    [TestCase("<updates><update type=\"security\"><id>x</id>")]
    [TestCase("<!DOCTYPE u [<!ENTITY a \"b\">]><updates><update><id>&a;</id></update></updates>")]
    public void A_text_that_is_not_whole_is_refused(string text) =>
        Assert.That(
            () => UpdateInfoReader.Read("r", Encoding.UTF8.GetBytes(text), new HashSet<string>()),
            Throws.TypeOf<PipelineException>().With.Property(nameof(PipelineException.Exit)).EqualTo(ExitClass.Refused)
        );

    [TestCase("")]
    [TestCase("a\nb")]
    public void An_advisory_without_a_usable_name_is_left_out(string id) => Assert.That(Read(id, "https://example.com/1"), Is.Empty);

    [Test]
    public void An_endless_name_is_left_out() => Assert.That(Read(new('x', 1001), "https://example.com/1"), Is.Empty);

    [Test]
    public void An_endless_reference_is_left_out_alone()
    {
        var found = Read("id", new('x', 1001)).Single();
        Assert.That((found.Id, found.References.Count), Is.EqualTo(("id", 0)));
    }

    private static IReadOnlyList<Advisory> Read(string id, string url) =>
        UpdateInfoReader.Read(
            "r",
            Encoding.UTF8.GetBytes(
                $"<updates><update><id>{id}</id><references><reference href=\"{url}\" title=\"t\" type=\"cve\"/></references><pkglist>"
                    + "<collection><package name=\"n\" version=\"1\" release=\"2\" arch=\"a\"/></collection></pkglist></update></updates>"
            ),
            new HashSet<string> { "n-1-2.a" }
        );
}
