using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Evidence;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary>Only recorded evidence of exactly this build makes a tested build.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TestedBuildTests
{
    private const string Id = "44.20260720.3.1";
    private static readonly string Commit = Digest.Of("commit").Hex;
    private static readonly string Image = Digest.Of("image").Hex;

    [Test]
    public void A_record_of_the_build_proves_which_tests_passed_and_which_did_not_run()
    {
        var reasons = new DiagnosticBag();
        var proof = Prove(
            Record([("basic", "PASS", ""), ("net.slow", "SKIP", "denied until 2026-12-01"), ("disk", "WARN", "known")]),
            new(["basic"]),
            reasons
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reasons.Items, Is.Empty);
            Assert.That(proof!.Id, Is.EqualTo(Id));
            Assert.That(proof.Commit, Is.EqualTo(Commit));
            Assert.That(proof.Passed.Select(t => t.Name), Is.EqualTo(["basic"]));
            Assert.That(proof.Skipped, Is.EqualTo([new TestEvidence("net.slow", TestOutcome.Skip, "denied until 2026-12-01")]));
            Assert.That(proof.Warned.Select(t => t.Reason), Is.EqualTo(["known"]));
        }
    }

    [Test]
    public void All_reasons_are_given_at_once()
    {
        var record = Record(
            [("basic", "FAIL", "exit status 1"), ("disk", "SKIP", "not for qemu")],
            commit: Digest.Of("other").Hex,
            unreported: "lost"
        );
        var reasons = Codes(record, new(["disk", "never"]));

        Assert.That(reasons, Is.EqualTo(["PL6122", "PL6124", "PL6123", "PL6125", "PL6126", "PL6126"]));
    }

    [Test]
    public void Without_a_record_nothing_is_proven() => Assert.That(Codes(null, TestPolicy.Any), Is.EqualTo(["PL6120"]));

    [TestCase("not JSON"), TestCase("{}"), TestCase("""{"step":"kola","stepVersion":1,"inputs":[{"name":"x"}],"tests":[]}""")]
    [TestCase("""{"step":"kola","stepVersion":1,"inputs":[],"tests":[{"name":"x","result":"17"}]}""")]
    public void What_is_no_record_is_no_evidence(string text) => Assert.That(Codes(text, TestPolicy.Any), Is.EqualTo(["PL6121"]));

    [Test]
    public void Another_image_than_the_tested_one_is_refused() =>
        Assert.That(Codes(Record([("basic", "PASS", "")], image: Digest.Of("other").Hex), TestPolicy.Any), Is.EqualTo(["PL6122"]));

    [Test]
    public void Inputs_that_were_edited_are_found_by_their_digest() =>
        Assert.That(
            Codes(Record([("basic", "PASS", "")]).Replace("\"test basic\"", "\"test better\"", StringComparison.Ordinal), TestPolicy.Any),
            Is.EqualTo(["PL6121", "PL6124"])
        );

    [Test]
    public void A_run_without_a_pass_is_no_proof() =>
        Assert.That(Codes(Record([("disk", "SKIP", "not for qemu")]), TestPolicy.Any), Is.EqualTo(["PL6125"]));

    [Test]
    public void A_policy_can_refuse_warnings() =>
        Assert.That(
            Codes(Record([("basic", "PASS", ""), ("disk", "WARN", "known")]), TestPolicy.Any with { AllowWarnings = false }),
            Is.EqualTo(["PL6127"])
        );

    [Test]
    public void A_proof_cannot_be_made_by_hand() => Assert.That(typeof(TestedBuild).GetConstructors(), Is.Empty, "no public constructor");

    [Test, CancelAfter(60_000)]
    public async Task Release_metadata_of_a_production_stream_demands_it(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            directory.File("meta.json"),
            $$"""
            {"name": "os", "buildid": "{{Id}}", "ostree-commit": "{{Commit}}", "ostree-version": "{{Id}}",
             "ostree-timestamp": "2026-01-01T00:00:00Z", "coreos-assembler.basearch": "x86_64", "images": {
               "ostree": {"path": "os-{{Id}}-ostree.x86_64.tar", "sha256": "{{Commit}}"},
               "qemu": {"path": "os-{{Id}}-qemu.x86_64.qcow2", "sha256": "{{Image}}"} } }
            """,
            cancellationToken
        );
        string[] call = ["release", "metadata", "meta.json", "--stream", "stable", "--base-url", "https://example.com/prod/streams"];
        string[] devel = [.. call.Select(w => w == "stable" ? "testing-devel" : w)];
        var without = await CliRun.Of(call, directory.Path);
        var free = await CliRun.Of(devel, directory.Path);
        var demanded = await CliRun.Of([.. devel, "--require-tested"], directory.Path);
        Directory.CreateDirectory(directory.File("steps"));
        await File.WriteAllTextAsync(directory.File("steps/kola.json"), Record([("basic", "PASS", "")]), cancellationToken);
        var with = await CliRun.Of(call, directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((without.ExitCode, without.Output), Is.EqualTo(((int)ExitClass.Refused, "")));
            Assert.That(without.Error, Does.Contain("PL6120").And.Contain("steps/kola.json").And.Contain("--allow-untested REASON"));
            Assert.That((free.ExitCode, demanded.ExitCode), Is.EqualTo((0, (int)ExitClass.Refused)));
            Assert.That(with.ExitCode, Is.Zero, with.Error);
        }
    }

    private static TestedBuild? Prove(string? record, TestPolicy policy, DiagnosticBag reasons)
    {
        const string identity = $"\"buildid\":\"{Id}\",\"ostree-version\":\"{Id}\"";
        var images = $"\"images\":{{\"qemu\":{{\"path\":\"a\",\"sha256\":\"{Image}\"}}}}";
        var text = $"{{{identity},\"ostree-commit\":\"{Commit}\",{images}}}";
        var meta = (JsonTextObject)JsonText.Parse("meta.json", Encoding.UTF8.GetBytes(text), new())!;
        return TestedBuildGate.Prove(meta, "steps/kola.json", record is null ? null : Encoding.UTF8.GetBytes(record), policy, reasons);
    }

    private static string[] Codes(string? record, TestPolicy policy)
    {
        var reasons = new DiagnosticBag();
        var proof = Prove(record, policy, reasons);
        Assert.That(proof, Is.Null);
        Assert.That(reasons.Items.Select(r => r.Exit), Is.All.EqualTo(ExitClass.Refused));
        return [.. reasons.Items.Select(r => r.Code)];
    }

    /// <summary>A record as kola writes it.</summary>
    private static string Record(
        (string Name, string Result, string Reason)[] tests,
        string? commit = null,
        string? image = null,
        string? unreported = null
    ) => KolaRecord.Text(Id, commit ?? Commit, image ?? Image, tests, unreported);
}
