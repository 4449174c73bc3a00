using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Pipeline.TestKit.Rpm;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>Signature of repomd.xml → index digest → package digest; nothing unverified stays.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class RpmTrustTests
{
    private const string Huge = "9223372036854775807";

    public static IEnumerable<TestCaseData> Lies() =>
        [
            Lie("An_unsigned_repomd_is_refused", new() { Key = null }, "it is not signed"),
            Lie("A_repomd_signed_by_another_key_is_refused", new() { Key = new TestSigningKey() }, "which 'gpgkey' does not have"),
            Lie(
                "A_repomd_from_the_future_is_refused",
                new() { Date = new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero) },
                "in the future"
            ),
            Lie("A_repomd_with_only_SHA_1_is_refused", new() { DigestType = "sha" }, "has no SHA-256 of 'primary'"),
            Lie("An_index_named_twice_is_refused", new() { More = Twice() }, "names 'primary' twice"),
            Lie("An_index_that_leads_elsewhere_is_refused", Claims("location", "../../etc/passwd"), "no usable location"),
            Lie("A_zchunk_index_without_a_plain_twin_is_refused", Claims("location", "repodata/p.xml.zck"), "in the form '.zck'"),
            Lie("An_index_larger_than_2_to_the_63_is_refused", Claims("size", "9223372036854775808"), "no usable size"),
            Lie("An_index_that_claims_exabytes_is_refused", Claims("size", Huge), $"claims {Huge} bytes"),
            Lie("An_index_that_claims_to_unpack_to_exabytes_is_refused", Claims("open-size", Huge), $"claims {Huge} bytes"),
            Lie("An_index_with_a_negative_open_size_is_refused", Claims("open-size", "-1"), "no usable open-size"),
            Lie("An_index_that_unpacks_to_more_is_refused", Claims("open-size", "100"), "unpacks to more than the 100 bytes"),
            Lie("An_index_that_unpacks_to_less_is_refused", Claims("open-size", "1000000"), "instead of the 1000000 its repomd says"),
            Lie("An_index_with_another_text_is_refused", Claims("open-checksum", new string('0', 64)), "unpacks to another text"),
            Lie(
                "An_index_with_a_document_type_is_refused",
                new() { Change = (_, t) => t.Replace("<metadata", "<!DOCTYPE m [<!ENTITY a \"b\">]><metadata", StringComparison.Ordinal) },
                "has a document type"
            ),
            Lie(
                "An_index_in_another_encoding_is_refused",
                new() { Change = (_, t) => t.Replace("UTF-8", "UTF-16", StringComparison.Ordinal) },
                "has the encoding 'UTF-16'"
            ),
            Lie("An_index_that_is_cut_off_is_refused", new() { Change = (_, t) => t[..^30] }, "cannot be parsed"),
            Lie("A_repomd_without_a_time_is_refused", new() { Revision = "x", Date = DateTimeOffset.UnixEpoch }, "neither a time"),
        ];

    [TestCaseSource(nameof(Lies))]
    public async Task Refused(RpmOptions options, string expected)
    {
        await using var bench = new RpmBench(RpmBench.Few(), options);

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused), e.Message);
            Assert.That(e.Message, Does.Contain(expected));
        }
    }

    [Test]
    public async Task A_signature_of_another_repomd_is_refused(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        var signature = bench.Repository.Server.Get("/repodata/repomd.xml.asc");
        bench.Repository.Publish([.. RpmBench.Few(), new("new")]);
        bench.Repository.Server.Put("/repodata/repomd.xml.asc", signature);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((e.Exit, e.Message), Is.EqualTo((ExitClass.Refused, e.Message)));
        Assert.That(e.Message, Does.Contain("does not fit its text"));
        Assert.That(bench.CachedFiles(), Is.Zero);
    }

    [Test]
    public async Task A_repository_that_changes_between_repomd_and_signature_is_read_again(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        var old = bench.Repository.Server.Get("/repodata/repomd.xml");
        bench.Repository.Publish([.. RpmBench.Few(), new("new")], new() { Date = new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero) });
        var asked = 0;
        var fresh = bench.Repository.Server.Get("/repodata/repomd.xml");
        bench.Repository.Server.Answer("/repodata/repomd.xml", _ => Answer(asked++ == 0 ? old : fresh));

        var locked = await bench.LockAsync(cancellationToken);

        Assert.That((asked, locked.Lockfile.Generated.Month), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task An_older_repomd_than_the_known_one_is_not_taken(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few(), new() { Date = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero) });
        var first = await bench.LockAsync(cancellationToken);
        bench.Repository.Publish([.. RpmBench.Few().Skip(1)], new() { Date = new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero) });

        var second = await bench.LockAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.LockText, Is.EqualTo(first.LockText));
            Assert.That(bench.Reporter.Lines, Has.Some.Contains("PL1118"));
        }
    }

    [Test]
    public async Task An_older_repomd_at_another_address_is_noticed(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few(), new() { Date = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero) });
        await bench.LockAsync(cancellationToken);
        await using var other = new RpmRepodata();
        other.Publish(RpmBench.Few(), new() { Date = new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero) });
        bench.Mirrors["tiny"] = other.Url;

        await bench.LockAsync(cancellationToken);

        Assert.That(bench.Reporter.Lines, Has.Some.Contains("was seen at another address"));
    }

    [TestCase("9223372036854775808")]
    [TestCase("18446744073709551615")]
    [TestCase("1099511627777")]
    [TestCase("-1")]
    public async Task A_package_of_an_absurd_size_is_refused(string size)
    {
        await using var bench = new RpmBench([new("app") { ClaimedSize = size }]);

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL1405")), e.Message);
    }

    [TestCase("../../etc/passwd")]
    [TestCase("Packages/../../x.rpm")]
    [TestCase("/etc/passwd")]
    [TestCase("Packages//x.rpm")]
    public async Task A_package_whose_location_leads_elsewhere_is_refused(string location)
    {
        await using var bench = new RpmBench([new("app") { ClaimedLocation = location }]);

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL1405")), e.Message);
    }

    [TestCase(Fault.WrongByte, ExitClass.Refused)]
    [TestCase(Fault.Longer, ExitClass.Refused)]
    [TestCase(Fault.Truncate, ExitClass.OutsideWorld)]
    [TestCase(Fault.Stall, ExitClass.OutsideWorld)]
    [TestCase(Fault.Drop, ExitClass.OutsideWorld)]
    [TestCase(Fault.ServerError, ExitClass.OutsideWorld)]
    [TestCase(Fault.NotFound, ExitClass.OutsideWorld)]
    public async Task An_index_or_a_package_that_does_not_arrive_whole_is_not_kept(Fault fault, ExitClass expected)
    {
        await using var bench = new RpmBench(RpmBench.Few()) { Silence = ResolveBench.SilenceFor(fault) };
        bench.Repository.Server.Break("-primary.xml.gz", fault);
        var index = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));
        var kept = bench.CachedFiles();
        bench.Repository.Server.Repair();
        bench.Repository.Server.Break("app-2.0-1.noarch.rpm", fault);

        var package = ResolveBench.Fails(() => bench.FetchAsync(CancellationToken.None));

        Assert.That((index.Exit, kept, package.Exit), Is.EqualTo((expected, 0, expected)), $"{index.Message}\n{package.Message}");
    }

    [Test]
    public async Task A_damaged_cache_on_the_way_is_passed_by(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        bench.Repository.Server.Break("/repomd.xml", Fault.WrongByteInCache);

        Assert.That(await bench.NamesAsync(cancellationToken), Is.EqualTo(["app", "lib"]));
    }

    [Test]
    public async Task The_next_address_is_asked_when_one_does_not_answer_but_not_when_it_lies(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        await using var second = new RpmRepodata();
        second.Publish(RpmBench.Few());
        var repo = bench.Directory.File("tiny.repo");
        var text = await File.ReadAllTextAsync(repo, cancellationToken);
        bench.Mirrors.Clear();
        await File.WriteAllTextAsync(
            repo,
            text.Replace("${mirror:tiny}", $"{bench.Repository.Url}/\n        {second.Url}/", StringComparison.Ordinal),
            cancellationToken
        );
        bench.Repository.Server.Break("/repomd.xml", Fault.ServerError);
        var answered = (await bench.LockAsync(cancellationToken)).Repositories.Items.Single().BaseUrl;
        bench.Repository.Server.Repair();
        bench.Repository.Publish(RpmBench.Few(), new() { Key = null });

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((answered, e.Exit), Is.EqualTo((second.Url, ExitClass.Refused)));
    }

    private static TestCaseData Lie(string name, RpmOptions options, string expected) => new(options, expected) { TestName = name };

    private static RpmOptions Claims(string member, string value) =>
        new() { Claim = (type, m) => type == "primary" && m == member ? value : null };

    private static string Twice() =>
        $"<data type=\"primary\"><checksum type=\"sha256\">{new string('0', 64)}</checksum><location href=\"p.xml\"/><size>1</size></data>";

    private static byte[] Answer(byte[] content) =>
        [.. System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 x\r\nContent-Length: {content.Length}\r\n\r\n"), .. content];
}
