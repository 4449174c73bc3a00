using Pipeline.Compose.Families.Rpm;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Signatures of RPM packages, judged by gpgv before anything is unpacked.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase), CancelAfter(60_000)]
public sealed class RpmSignatureTests : IDisposable
{
    private static readonly TinyPackage Package = new("tiny") { Files = [new("usr/f", "content")], Exact = true };

    private readonly TemporaryDirectory _directory = new();
    private static TestSigningKey Key => TestSigningKey.Shared;

    private readonly TestSigningKey _other = new();

    public void Dispose()
    {
        _other.Dispose();
        _directory.Dispose();
    }

    [Test]
    public Task A_signature_over_the_header_is_enough(CancellationToken cancellationToken) =>
        AcceptAsync(new(Package) { Signers = [Key.SignDetached] }, cancellationToken);

    [Test]
    public Task So_is_one_over_header_and_payload(CancellationToken cancellationToken) =>
        AcceptAsync(new(Package) { WholeSigner = Key.SignDetached }, cancellationToken);

    [Test]
    public Task One_of_several_of_format_6_is_enough(CancellationToken cancellationToken) =>
        AcceptAsync(new(Package) { Format = 6, Signers = [_other.SignDetached, Key.SignDetached] }, cancellationToken);

    [Test]
    public Task A_package_without_a_signature_is_refused(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package), "no signature", cancellationToken);

    [Test]
    public Task Another_key_is_refused_by_its_id(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package) { Signers = [_other.SignDetached] }, _other.Fingerprint[^16..], cancellationToken);

    [Test]
    public Task A_signature_over_another_header_is_refused(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package) { Signers = [h => Key.SignDetached([.. h, 0])] }, "does not fit", cancellationToken);

    [Test]
    public Task A_bad_signature_is_not_made_good_by_another(CancellationToken cancellationToken) =>
        RefuseAsync(
            new(Package) { Format = 6, Signers = [Key.SignDetached, h => Key.SignDetached([.. h, 0])] },
            "does not fit",
            cancellationToken
        );

    [Test]
    public Task A_weak_digest_is_refused(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package) { Signers = [h => Key.SignDetached(h, weak: true, expires: null)] }, "RSAHEADER", cancellationToken);

    [Test]
    public Task An_expired_signature_is_refused(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package) { Signers = [h => Key.SignDetached(h, weak: false, TimeSpan.FromDays(1))] }, "expired", cancellationToken);

    [Test]
    public async Task An_expired_key_is_refused(CancellationToken cancellationToken)
    {
        using var expired = new TestSigningKey(TimeSpan.FromDays(30));

        await RefuseAsync(new(Package) { Signers = [expired.SignDetached] }, "expired", cancellationToken, expired);
    }

    [Test]
    public Task Garbage_in_place_of_a_signature_is_refused(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package) { Signature = s => s.Bytes(268, [1, 2, 3]) }, "RSAHEADER", cancellationToken);

    [Test]
    public Task Two_signatures_in_one_place_are_refused(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package) { Signers = [h => [.. Key.SignDetached(h), .. Key.SignDetached(h)]] }, "more than one", cancellationToken);

    [Test]
    public Task A_header_without_a_digest_of_the_payload_does_not_vouch_for_it(CancellationToken cancellationToken) =>
        RefuseAsync(new(Package) { Signers = [Key.SignDetached], Header = h => h.Remove(5092) }, "covers all of it", cancellationToken);

    [Test]
    public Task With_such_a_header_the_payload_must_be_signed_too(CancellationToken cancellationToken) =>
        AcceptAsync(
            new(Package)
            {
                Signers = [Key.SignDetached],
                WholeSigner = Key.SignDetached,
                Header = h => h.Remove(5092),
            },
            cancellationToken
        );

    private async Task AcceptAsync(TinyRpm package, CancellationToken cancellationToken) =>
        await Verifier().RequireAsync("tiny", new MemoryStream(package.Build()), Key.PublicKey(), cancellationToken);

    private async Task RefuseAsync(TinyRpm package, string reason, CancellationToken cancellationToken, TestSigningKey? key = null)
    {
        var e = await Assert.ThrowsAsync<PipelineException>(() =>
            Verifier().RequireAsync("tiny", new MemoryStream(package.Build()), (key ?? Key).PublicKey(), cancellationToken)
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e!.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([("PL2006", ExitClass.Refused)]));
            Assert.That(e.Message, Does.Contain(reason));
        }
    }

    private RpmSignatureVerifier Verifier() => new(new ToolRunner(), _directory.Path);
}
