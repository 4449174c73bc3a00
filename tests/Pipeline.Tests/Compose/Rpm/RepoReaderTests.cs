using Pipeline.Compose.Families.Rpm;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary><c>.repo</c> files and repositories in manifests: what acts, what is refused with its reason.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class RepoReaderTests
{
    // Acts.
    [TestCase("enabled=0", "")]
    [TestCase("type=rpm-md", "")]
    [TestCase("gpgcheck=1\nrepo_gpgcheck=true", "")]
    [TestCase("priority=5\nexcludepkgs=o*, b\nincludepkgs=app lib", "")]
    // Of no effect on a compose.
    [TestCase("metadata_expire=7d\nskip_if_unavailable=True\nfailovermethod=priority\ncountme=1", "")]
    // Refused with a reason.
    [TestCase("gpgcheck=0", "turns off 'gpgcheck'")]
    [TestCase("repo_gpgcheck=0", "turns off 'repo_gpgcheck'")]
    [TestCase("repo_gpgcheck=maybe", "'repo_gpgcheck' has the value 'maybe'")]
    [TestCase("sslverify=0", "'sslverify' cannot be turned off")]
    [TestCase("proxy=http://p:1", "'proxy' is not read")]
    [TestCase("username=u", "a manifest holds no secrets")]
    [TestCase("sslclientcert=/c", "'sslclientcert' is not supported")]
    [TestCase("cost=5", "'cost' is not supported")]
    [TestCase("prio=5", "unknown key 'prio'")]
    [TestCase("priority=first", "'priority' has the value 'first'")]
    [TestCase("type=apt", "'type' has the value 'apt'")]
    [TestCase("excludepkgs=$(id)", "has the pattern '$(id)'")]
    [TestCase("gpgkey=a.pgp", "'gpgkey' is given twice")]
    [TestCase("nonsense", "'nonsense' has no '='")]
    [TestCase("[tiny]\nbaseurl=http://x/", "is defined twice")]
    [TestCase("[main]\nassumeyes=1", "is not the id of a repository")]
    [TestCase("[open\nx=1", "is not a section")]
    public async Task A_key_acts_or_is_refused(string more, string expected)
    {
        await using var bench = new RpmBench(RpmBench.Few(), more: more);
        if (expected.Length == 0)
        {
            Assert.That(await bench.NamesAsync(CancellationToken.None), Is.EqualTo(["app", "lib"]));
            return;
        }

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                e.Exit,
                Is.EqualTo(expected.StartsWith("turns off", StringComparison.Ordinal) ? ExitClass.Refused : ExitClass.BadInput)
            );
            Assert.That(e.Message, Does.Contain(expected));
            Assert.That(e.Diagnostics[0].Span!.File, Is.EqualTo("tiny.repo"));
            Assert.That(e.Diagnostics[0].Hint, Is.Not.Null);
        }
    }

    [TestCase("baseurl=${mirror:tiny}", "metalink=https://example.com/metalink?repo=$basearch", "'metalink' is not followed")]
    [TestCase("baseurl=${mirror:tiny}", "mirrorlist=https://example.com/list", "'mirrorlist' is not followed")]
    [TestCase("baseurl=${mirror:tiny}", "", "has no 'baseurl'")]
    [TestCase("baseurl=${mirror:tiny}", "baseurl=file:///srv/repo", "only http and https")]
    [TestCase("baseurl=${mirror:tiny}", "baseurl=https://example.com/$releasever/", "variable '$releasever' has no value")]
    [TestCase("gpgkey=tiny.pgp", "", "'gpgkey' is missing")]
    [TestCase("gpgkey=tiny.pgp", "gpgkey=https://example.com/key", "keys travel with the manifest")]
    [TestCase("gpgkey=tiny.pgp", "gpgkey=../key.pgp", "key '../key.pgp' does not exist")]
    [TestCase("gpgkey=tiny.pgp", "gpgkey=/etc/pki/key", "keys travel with the manifest")]
    [TestCase("gpgkey=tiny.pgp", "gpgkey=file:///etc/pki/rpm-gpg/nowhere", "key 'nowhere' does not exist")]
    public async Task A_repository_needs_an_address_and_keys(string before, string now, string expected)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        bench.Mirrors.Clear();
        bench.Mirrors["elsewhere"] = "http://127.0.0.1:1";
        var path = bench.Directory.File("tiny.repo");
        var text = (await File.ReadAllTextAsync(path)).Replace(before, now, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text.Replace("${mirror:tiny}", "http://127.0.0.1:1/x", StringComparison.Ordinal));

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        Assert.That((e.Exit, e.Diagnostics[0].Span!.File), Is.EqualTo((ExitClass.BadInput, "tiny.repo")), e.Message);
        Assert.That(e.Message, Does.Contain(expected));
    }

    [Test]
    public async Task A_mirror_for_the_repository_itself_takes_the_place_of_a_metalink(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        var path = bench.Directory.File("tiny.repo");
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        await File.WriteAllTextAsync(
            path,
            text.Replace("baseurl=${mirror:tiny}", "metalink=https://example.com/", StringComparison.Ordinal),
            cancellationToken
        );

        Assert.That((await bench.LockAsync(cancellationToken)).Repositories.Items.Single().BaseUrl, Is.EqualTo(bench.Repository.Url));
    }

    [Test]
    public async Task Variables_of_yum_and_of_the_manifest_are_replaced(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        bench.Mirrors.Clear();
        bench.Mirrors["other"] = bench.Repository.Url;
        var path = bench.Directory.File("tiny.repo");
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        await File.WriteAllTextAsync(
            path,
            text.Replace("${mirror:tiny}", "${mirror:other}/$releasever/$basearch/${flavour}/$arch", StringComparison.Ordinal),
            cancellationToken
        );
        bench.Manifest("packages: [app]\nreleasever: 40\nrepovars: {flavour: os}");

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(e.Message, Does.Contain($"{bench.Repository.Url}/40/x86_64/os/x86_64/repodata/repomd.xml"));
    }

    [Test]
    public async Task Without_repos_every_enabled_one_beside_the_manifest_is_used(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        RpmTestRepo(bench.Directory.File("off.repo"), "[off]\nenabled=0\nbaseurl=http://127.0.0.1:1/\n");
        await File.WriteAllTextAsync(bench.Directory.File("m.yaml"), "packages: [app]\n", cancellationToken);

        Assert.That((await bench.LockAsync(cancellationToken)).Repositories.Items.Select(r => r.Id), Is.EqualTo(["tiny"]));
    }

    [TestCase("{id: own, type: rpm, baseurl: 'URL', gpgkey: tiny.pgp, excludepkgs: [x, y]}", "")]
    [TestCase("{id: own, type: rpm, baseurl: 'URL', gpgkey: tiny.pgp, gpgcheck: 0}", "turns off 'gpgcheck'")]
    [TestCase("{id: own, type: rpm, baseurl: 'URL'}", "'gpgkey' is missing")]
    [TestCase("{id: own, type: deb, uris: 'URL'}", "is of type 'deb'")]
    [TestCase("{id: own, baseurl: 'URL'}", "has no known 'type'")]
    [TestCase("{type: rpm, baseurl: 'URL'}", "has no usable 'id'")]
    [TestCase("{id: own, type: rpm, baseurl: {a: b}}", "has a 'baseurl' that is no text")]
    public async Task A_manifest_can_define_a_repository_itself(string repo, string expected)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        bench.Manifest("packages: [app]", repo.Replace("URL", bench.Repository.Url, StringComparison.Ordinal));
        if (expected.Length == 0)
        {
            Assert.That(
                (await bench.LockAsync(CancellationToken.None)).Lockfile.Packages.Select(p => p.Repo).Distinct(),
                Is.EqualTo(["own"])
            );
            return;
        }

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        Assert.That(e.Message, Does.Contain(expected).And.StartsWith("m.yaml:3:"));
    }

    [Test]
    public void Continued_lines_belong_to_their_key_and_comments_to_none()
    {
        var problems = new DiagnosticBag();

        var sections = RepoFile.Parse("f", "\ufeff; c\n[a]\n# c\nBaseURL = x\n  y\n\tz\nname=n\n\n[b]\n", problems);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Items, Is.Empty);
            Assert.That(sections.Select(s => (s.Id, s.Lines.Count)), Is.EqualTo([("a", 2), ("b", 0)]));
            Assert.That(sections[0].Find("baseurl")!.Words, Is.EqualTo(["x", "y", "z"]));
        }
    }

    [Test]
    public void A_file_of_nonsense_has_a_bounded_number_of_problems()
    {
        var problems = new DiagnosticBag();

        RepoFile.Parse("f", string.Concat(Enumerable.Repeat("nonsense\n", 10_000)), problems);

        Assert.That(problems.Items, Has.Count.EqualTo(20));
    }

    private static void RpmTestRepo(string path, string text) => File.WriteAllText(path, text);
}
