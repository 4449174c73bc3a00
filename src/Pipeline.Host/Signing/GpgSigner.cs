using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Signing;

/// <summary>
/// Signs with the machine's gpg and its agent. Whether a signature was made is read from gpg's status lines, not from its exit code.
/// </summary>
public sealed class GpgSigner : ISigner
{
    private readonly IToolRunner _tools;
    private readonly string? _home;

    /// <summary>A signer with one key.</summary>
    /// <param name="tools">Runs gpg.</param>
    /// <param name="fingerprint">The key; a primary key's signs with its own signing subkey.</param>
    /// <param name="home">gpg's home directory, or <c>null</c> for the user's.</param>
    /// <exception cref="PipelineException">PL0382 not a whole fingerprint (class 2).</exception>
    public GpgSigner(IToolRunner tools, string fingerprint, string? home = null)
    {
        _tools = tools;
        _home = home;
        Fingerprint = Fingerprints.Require(fingerprint);
    }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> SignAsync(string file, SignatureForm form, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var output = directory.File("signature");
        var result = await _tools.RunAsync(
            Command([
                "--status-fd",
                "1",
                "--digest-algo",
                "SHA512",
                "--local-user",
                Fingerprint,
                "--output",
                output,
                form == SignatureForm.Clear ? "--clear-sign" : "--detach-sign",
                "--",
                file,
            ]),
            cancellationToken
        );
        var made = Fingerprints.Lines(result.Text, "SIG_CREATED").ToArray();
        if (made is not [[_, var type, _, var hash, _, _, var key, ..]] || !File.Exists(output))
        {
            throw new PipelineException(SigningDiagnostics.NoKey("gpg", Fingerprint, Why(result)));
        }

        if (!Fingerprints.IsStrong(hash) || type != (form == SignatureForm.Clear ? "C" : "D"))
        {
            throw new PipelineException(SigningDiagnostics.BadSignature("gpg", Fingerprint, $"type {type}, hash algorithm {hash}"));
        }

        if (key != Fingerprint && !await IsSubkeyAsync(key, cancellationToken))
        {
            throw new PipelineException(SigningDiagnostics.BadSignature("gpg", Fingerprint, $"it is of key {key}"));
        }

        return await File.ReadAllBytesAsync(output, cancellationToken);
    }

    /// <summary>Whether a key belongs to the certificate that was asked for.</summary>
    private async Task<bool> IsSubkeyAsync(string key, CancellationToken cancellationToken)
    {
        var listing = await _tools.RunAsync(Command(["--with-colons", "--list-keys", Fingerprint]), cancellationToken);
        return listing
            .Text.Split('\n')
            .Any(l => l.StartsWith("fpr:", StringComparison.Ordinal) && l.Split(':') is { Length: > 9 } f && f[9] == key);
    }

    private ToolCommand Command(IEnumerable<string> arguments) =>
        new("gpg", ["--batch", "--no-tty", "--yes", "--pinentry-mode", "error", .. arguments])
        {
            Accepted = [0, 1, 2],
            Environment = _home is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["GNUPGHOME"] = _home },
            MissingHint = "install gnupg",
        };

    private static string Why(ToolResult result) =>
        result.ErrorTail.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last : $"exit code {result.ExitCode}";
}
