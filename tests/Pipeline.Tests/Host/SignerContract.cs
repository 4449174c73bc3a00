using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Signing;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host;

/// <summary>What every signer promises; gpgv is the judge.</summary>
public abstract class SignerContract
{
    private const string Text = "Origin: Test\n- a line that begins with a dash\n";

    /// <summary>Scratch space of one test.</summary>
    protected TemporaryDirectory Scratch { get; private set; } = null!;

    /// <summary>Runs gpgv and whatever signs.</summary>
    protected static IToolRunner Tools { get; } = new ToolRunner();

    /// <summary>A signer, and the path of its public key as a binary keyring.</summary>
    protected abstract Task<(ISigner Signer, string PublicKey)> OpenAsync(CancellationToken cancellationToken);

    [SetUp]
    public void MakeScratch() => Scratch = new();

    [TearDown]
    public void DropScratch() => Scratch.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task A_signature_is_of_the_key_and_of_the_file([Values] SignatureForm form, CancellationToken cancellationToken)
    {
        var (signer, publicKey) = await OpenAsync(cancellationToken);
        var file = Scratch.File("document");
        await File.WriteAllTextAsync(file, Text, cancellationToken);
        var signature = Scratch.File("document.sig");
        await File.WriteAllBytesAsync(signature, await signer.SignAsync(file, form, cancellationToken), cancellationToken);

        await CheckAsync(publicKey, signer.Fingerprint, signature, form, file, cancellationToken);

        await File.AppendAllTextAsync(file, "one more line\n", cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await FailsAsync(signer.Fingerprint), Is.EqualTo("PL0381"), "another file");
            await File.WriteAllTextAsync(file, Text, cancellationToken);
            Assert.That(await FailsAsync(new string('A', 40)), Is.EqualTo("PL0381"), "another key");
        }

        async Task<string> FailsAsync(string fingerprint) =>
            (
                await Assert.ThrowsAsync<PipelineException>(() =>
                    CheckAsync(publicKey, fingerprint, signature, form, file, cancellationToken)
                )
            )!
                .Diagnostics[0]
                .Code;
    }

    [Test, CancelAfter(120_000)]
    public async Task A_clear_signed_document_can_be_read(CancellationToken cancellationToken)
    {
        var (signer, _) = await OpenAsync(cancellationToken);
        var file = Scratch.File("document");
        await File.WriteAllTextAsync(file, Text, cancellationToken);

        var signed = Encoding.UTF8.GetString((await signer.SignAsync(file, SignatureForm.Clear, cancellationToken)).Span);

        Assert.That(signed, Does.StartWith("-----BEGIN PGP SIGNED MESSAGE-----\n").And.Contain("\nOrigin: Test\n"));
    }

    [Test, CancelAfter(120_000)]
    public async Task The_fingerprint_is_whole(CancellationToken cancellationToken) =>
        Assert.That((await OpenAsync(cancellationToken)).Signer.Fingerprint, Does.Match("^([0-9A-F]{40}|[0-9A-F]{64})$"));

    private static Task CheckAsync(
        string publicKey,
        string fingerprint,
        string signature,
        SignatureForm form,
        string file,
        CancellationToken cancellationToken
    ) => SignatureCheck.RequireAsync(Tools, "the signer", publicKey, fingerprint, signature, form, file, cancellationToken);
}

/// <summary>The contract by gpg and its agent, in a home of its own.</summary>
[TestFixture, NonParallelizable]
public sealed class GpgSignerTests : SignerContract
{
    private GpgHome? _home;

    [TearDown]
    public async Task StopAgent()
    {
        if (_home is not null)
        {
            await _home.DisposeAsync();
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_key_that_is_not_there_is_named(CancellationToken cancellationToken)
    {
        _home = await GpgHome.CreateAsync(Tools, cancellationToken);
        var signer = new GpgSigner(Tools, new string('A', 40), _home.Path);
        var file = Scratch.File("document");
        await File.WriteAllTextAsync(file, "text\n", cancellationToken);
        var e = (await Assert.ThrowsAsync<PipelineException>(() => signer.SignAsync(file, SignatureForm.Detached, cancellationToken)))!;

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.MissingTool, "PL0380")));
        Assert.That(e.Diagnostics[0].Message, Does.Contain(new string('A', 40)));
    }

    [TestCase(""), TestCase("1234ABCD"), TestCase("GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG")]
    public void A_short_id_is_refused(string text) =>
        Assert.That(Assert.Throws<PipelineException>(() => new GpgSigner(Tools, text))!.Diagnostics[0].Code, Is.EqualTo("PL0382"));

    protected override async Task<(ISigner Signer, string PublicKey)> OpenAsync(CancellationToken cancellationToken)
    {
        _home = await GpgHome.CreateAsync(Tools, cancellationToken);
        return (new GpgSigner(Tools, _home.Fingerprint, _home.Path), _home.PublicKey);
    }
}

/// <summary>The contract by a program of the site.</summary>
[TestFixture, NonParallelizable]
public sealed class ExternalSignerTests : SignerContract
{
    private GpgHome? _home;

    [TearDown]
    public async Task StopAgent()
    {
        if (_home is not null)
        {
            await _home.DisposeAsync();
        }
    }

    [TestCase("echo broken >&2; exit 3", "PL0380", "exit code 3: broken")]
    [TestCase("echo something", "PL0381", "0 valid signatures")]
    public async Task A_program_that_does_not_sign_is_not_believed(string script, string code, string why)
    {
        var key = Scratch.File("key.gpg");
        await File.WriteAllBytesAsync(key, TestSigningKey.Shared.PublicKey());
        var signer = new ExternalSigner(Tools, ["sh", "-c", script, "signer"], TestSigningKey.Shared.Fingerprint, key);
        var file = Scratch.File("document");
        await File.WriteAllTextAsync(file, "text\n");
        var e = (
            await Assert.ThrowsAsync<PipelineException>(() => signer.SignAsync(file, SignatureForm.Detached, CancellationToken.None))
        )!;

        Assert.That(e.Diagnostics[0].Code, Is.EqualTo(code));
        Assert.That(e.Diagnostics[0].Message, Does.Contain(why));
    }

    protected override async Task<(ISigner Signer, string PublicKey)> OpenAsync(CancellationToken cancellationToken)
    {
        _home = await GpgHome.CreateAsync(Tools, cancellationToken);
        const string script = """
            case $2 in detached) how=--detach-sign;; clear) how=--clear-sign;; *) exit 9;; esac
            exec gpg --homedir "$1" --batch --quiet --local-user "$3" --output - $how -- "$4"
            """;
        return (new ExternalSigner(Tools, ["sh", "-c", script, "signer", _home.Path], _home.Fingerprint, _home.PublicKey), _home.PublicKey);
    }
}

/// <summary>The contract by the fake of the test kit.</summary>
[TestFixture, Parallelizable, FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FakeSignerTests : SignerContract
{
    protected override async Task<(ISigner Signer, string PublicKey)> OpenAsync(CancellationToken cancellationToken)
    {
        var key = Scratch.File("key.gpg");
        await File.WriteAllBytesAsync(key, TestSigningKey.Shared.PublicKey(), cancellationToken);
        return (new FakeSigner(), key);
    }
}

/// <summary>A home of gpg with one key without passphrase.</summary>
internal sealed class GpgHome : IAsyncDisposable
{
    private readonly IToolRunner _tools;
    private readonly TemporaryDirectory _directory = new();

    private GpgHome(IToolRunner tools) => _tools = tools;

    public string Path => _directory.Path;

    public string PublicKey => _directory.File("public.gpg");

    public string Fingerprint { get; private set; } = "";

    public static async Task<GpgHome> CreateAsync(IToolRunner tools, CancellationToken cancellationToken)
    {
        var home = new GpgHome(tools);
        await home.GpgAsync(
            ["--passphrase", "", "--quick-generate-key", "Test <test@example.com>", "ed25519", "sign", "never"],
            cancellationToken
        );
        var listing = await home.GpgAsync(["--with-colons", "--list-keys"], cancellationToken);
        home.Fingerprint = listing.Split('\n').First(l => l.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
        await home.GpgAsync(["--output", home.PublicKey, "--export", home.Fingerprint], cancellationToken);
        return home;
    }

    public async ValueTask DisposeAsync()
    {
        await _tools.RunAsync(new("gpgconf", ["--homedir", Path, "--kill", "all"]) { Accepted = [0, 1, 2] }, CancellationToken.None);
        _directory.Dispose();
    }

    private async Task<string> GpgAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        (await _tools.RunAsync(new("gpg", ["--homedir", Path, "--batch", "--quiet", .. arguments]), cancellationToken)).Text;
}
