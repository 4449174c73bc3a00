using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>Signature → index digest → package digest; nothing unverified stays.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class TrustTests
{
    public static IEnumerable<TestCaseData> Lies() =>
        [
            new(new TinyOptions { Key = null }, "it is not signed") { TestName = "An_unsigned_index_is_refused" },
            new(new TinyOptions { Key = new TestSigningKey() }, "which 'Signed-By' does not have")
            {
                TestName = "An_index_signed_by_another_key_is_refused",
            },
            new(new TinyOptions { WeakSignature = true }, "PL1110") { TestName = "A_signature_over_SHA_1_is_refused" },
            new(new TinyOptions { SignatureExpires = TimeSpan.FromDays(30) }, "is expired")
            {
                TestName = "An_expired_signature_is_refused",
            },
            new(new TinyOptions { ValidUntil = new DateTimeOffset(2024, 1, 9, 0, 0, 0, TimeSpan.Zero) }, "expired on 2024-01-09")
            {
                TestName = "An_expired_Release_is_refused",
            },
            new(new TinyOptions { Date = new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero) }, "in the future")
            {
                TestName = "A_Release_from_the_future_is_refused",
            },
            new(new TinyOptions { ClaimedSuite = "oldtiny" }, "suite 'oldtiny'") { TestName = "A_Release_of_another_suite_is_refused" },
            new(new TinyOptions { OnlyMd5 = true }, "has no SHA256 list") { TestName = "A_Release_with_only_MD5_is_refused" },
        ];

    [TestCaseSource(nameof(Lies))]
    public async Task Refused(TinyOptions options, string expected)
    {
        await using var bench = new ResolveBench(ResolveBench.Few(), options);

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused), e.Message);
            Assert.That(e.Message, Does.Contain(expected));
            Assert.That(bench.CachedFiles(), Is.Zero);
        }
    }

    [Test]
    public async Task A_key_that_expired_is_refused(CancellationToken cancellationToken)
    {
        using var key = new TestSigningKey(TimeSpan.FromDays(100));
        await using var bench = new ResolveBench(ResolveBench.Few(), new() { Key = key });
        TinyRepository.WriteSources(bench.Directory.Path, key);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL1110")), e.Message);
    }

    [Test]
    public async Task Text_around_the_signed_part_is_not_believed(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        const string path = "/dists/tiny/InRelease";
        var signed = System.Text.Encoding.UTF8.GetString(bench.Repository.Server.Get(path));
        bench.Repository.Server.Put(
            path,
            System.Text.Encoding.UTF8.GetBytes(signed.Replace("Suite: tiny", "Suite: evil", StringComparison.Ordinal))
        );

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(e.Message, Does.Contain("does not fit its text"));
    }

    [Test]
    public async Task A_good_index_gives_the_packages_and_what_they_need(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());

        var locked = await bench.LockAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(locked.Lockfile.Packages.Select(p => p.Name), Is.EquivalentTo(["app", "base-files", "lib"]));
            Assert.That(
                locked.Lockfile.Packages.Select(p => p.Name).ToList().IndexOf("lib"),
                Is.LessThan(locked.Lockfile.Packages.Select(p => p.Name).ToList().IndexOf("app"))
            );
            Assert.That(locked.Lockfile.Generated, Is.EqualTo(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero)));
            Assert.That(locked.Lockfile.Packages.Single(p => p.Essential).Name, Is.EqualTo("base-files"));
        }
    }

    [Test]
    public async Task An_armoured_key_works_as_file_and_in_the_field(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var sources = bench.Directory.File("tiny.sources");
        var text = await File.ReadAllTextAsync(sources, cancellationToken);
        await File.WriteAllTextAsync(bench.Directory.File("tiny.pgp"), TestSigningKey.Shared.ArmouredPublicKey(), cancellationToken);
        var fromFile = await bench.LockAsync(cancellationToken);
        var field = string.Join(
            '\n',
            TestSigningKey.Shared.ArmouredPublicKey().TrimEnd('\n').Split('\n').Select(l => l.Length == 0 ? " ." : $" {l}")
        );
        await File.WriteAllTextAsync(
            sources,
            text.Replace("Signed-By: tiny.pgp", $"Signed-By:\n{field}", StringComparison.Ordinal),
            cancellationToken
        );

        var fromField = await bench.LockAsync(cancellationToken);

        Assert.That(fromField.LockText, Is.EqualTo(fromFile.LockText));
    }

    [TestCase("/Packages.gz", "index")]
    [TestCase("/by-hash/", "index")]
    public async Task An_index_with_a_wrong_digest_is_fetched_once_more_and_refused(string suffix, string what)
    {
        await using var bench = new ResolveBench(ResolveBench.Few(), new() { ByHash = suffix == "/by-hash/" });
        bench.Repository.Server.Break(suffix == "/by-hash/" ? "" : suffix, Fault.WrongByte);
        bench.Repository.Server.Repair();
        foreach (var path in bench.Repository.Server.Paths.Where(p => p.Contains(suffix, StringComparison.Ordinal)))
        {
            bench.Repository.Server.Break(path, Fault.WrongByte);
        }

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused), what);
            Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL1302"));
            Assert.That(
                bench
                    .Repository.Server.Requests.Where(r => r.Contains(suffix, StringComparison.Ordinal))
                    .Select(r => r.EndsWith("no-cache", StringComparison.Ordinal)),
                Is.EqualTo([false, true])
            );
            Assert.That(bench.CachedFiles(), Is.Zero);
        }
    }

    [TestCase(Fault.WrongByte, ExitClass.Refused)]
    [TestCase(Fault.Longer, ExitClass.Refused)]
    [TestCase(Fault.Truncate, ExitClass.OutsideWorld)]
    [TestCase(Fault.Stall, ExitClass.OutsideWorld)]
    [TestCase(Fault.Drop, ExitClass.OutsideWorld)]
    [TestCase(Fault.ServerError, ExitClass.OutsideWorld)]
    [TestCase(Fault.NotFound, ExitClass.OutsideWorld)]
    public async Task A_package_that_does_not_arrive_whole_is_not_kept(Fault fault, ExitClass expected)
    {
        await using var bench = new ResolveBench(ResolveBench.Few()) { Silence = ResolveBench.SilenceFor(fault) };
        bench.Repository.Server.Break("lib_1.2+b1_all.deb", fault);

        var e = ResolveBench.Fails(() => bench.FetchAsync(CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(expected), e.Message);
            Assert.That(e.Message, Does.Contain("lib_1.2%2Bb1_all.deb"));
            Assert.That(bench.WrongInCache(), Is.Empty);
        }
    }

    [TestCase(Fault.Truncate)]
    [TestCase(Fault.Stall)]
    [TestCase(Fault.Drop)]
    [TestCase(Fault.ServerError)]
    public async Task The_index_of_a_broken_network_is_class_4_after_bounded_retries(Fault fault)
    {
        await using var bench = new ResolveBench(ResolveBench.Few()) { Silence = ResolveBench.SilenceFor(fault) };
        bench.Repository.Server.Break("/InRelease", fault);

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.OutsideWorld), e.Message);
            Assert.That(e.Message, Does.Contain("failed after 3 attempts"));
        }
    }

    [TestCase(Fault.Truncate)]
    [TestCase(Fault.Stall)]
    [TestCase(Fault.Drop)]
    [TestCase(Fault.ServerError)]
    public async Task What_heals_within_the_attempts_is_not_an_error(Fault fault)
    {
        await using var bench = new ResolveBench(ResolveBench.Few()) { Silence = ResolveBench.SilenceFor(fault) };
        bench.Repository.Server.Break("lib_1.2+b1_all.deb", fault, times: 2);
        bench.Repository.Server.Break("/InRelease", fault, times: 1);

        var files = await bench.FetchAsync(CancellationToken.None);

        Assert.That(files, Has.Count.EqualTo(3));
    }

    [TestCase("/InRelease")]
    [TestCase("lib_1.2+b1_all.deb")]
    public async Task A_damaged_cache_on_the_way_is_passed_by(string suffix)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Repository.Server.Break(suffix, Fault.WrongByteInCache);

        var files = await bench.FetchAsync(CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(files, Has.Count.EqualTo(3));
            Assert.That(bench.Repository.Server.Requests, Has.Some.Contains($"{suffix} no-cache"));
        }
    }

    [Test]
    public async Task An_older_index_than_the_known_one_is_not_taken(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(
            [.. ResolveBench.Few(), TinyRepository.Package("lib", "2.0")],
            new() { Date = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero) }
        );
        var first = await bench.LockAsync(cancellationToken);
        bench.Repository.Publish(ResolveBench.Few(), new() { Date = new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero) });

        var second = await bench.LockAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.LockText, Is.EqualTo(first.LockText));
            Assert.That(bench.Reporter.Lines, Has.Some.Contains("PL1118"));
        }
    }

    // Status lines as gpgv writes them for an InRelease with several signatures, of which the ring has only some keys.
    [TestCase("NEWSIG\nERRSIG AAAA 1 8 01 1 9\nNO_PUBKEY AAAA\nNEWSIG\nGOODSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", null)]
    [TestCase("NEWSIG\nGOODSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 10 01 P", null)]
    [TestCase("NEWSIG\nGOODSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 2 01 P", "weak digest")]
    [TestCase("NEWSIG\nGOODSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 1 01 P", "weak digest")]
    [TestCase("NEWSIG\nREVKEYSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "is revoked")]
    [TestCase("NEWSIG\nEXPKEYSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "is expired")]
    [TestCase("NEWSIG\nEXPSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "is expired")]
    [TestCase("NEWSIG\nGOODSIG BBBB x\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P\nNEWSIG\nBADSIG CCCC y", "does not fit")]
    [TestCase("NEWSIG\nGOODSIG BBBB x\nNEWSIG\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "no valid signature")]
    [TestCase("VALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "no valid signature")]
    [TestCase("", "no valid signature")]
    public void Signatures_are_judged_by_their_status_lines(string status, string? problem)
    {
        var lines = string.Join('\n', status.Split('\n').Select(l => $"[GNUPG:] {l}"));

        Assert.That(SignatureStatus.Problem(lines), problem is null ? Is.Null : Does.Contain(problem));
    }
}
