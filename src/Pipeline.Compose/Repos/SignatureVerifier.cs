using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>gpgv: checks signed documents against exactly the given keys.</summary>
internal sealed class SignatureVerifier(IToolRunner tools, string temporary)
{
    /// <summary>Named relative to the directory: gpgv takes a keyring with a colon in its path for an address.</summary>
    private const string Keys = "keys.gpg";

    /// <summary>The signed text.</summary>
    /// <param name="repo">Names the repository in errors.</param>
    /// <param name="document">InRelease as fetched.</param>
    /// <param name="keyring">The keys as binary packets.</param>
    /// <param name="cancellationToken">Ends gpgv.</param>
    /// <exception cref="PipelineException">PL1110 (class 5) when no signature is good.</exception>
    public async Task<byte[]> VerifyAsync(
        string repo,
        ReadOnlyMemory<byte> document,
        ReadOnlyMemory<byte> keyring,
        CancellationToken cancellationToken
    )
    {
        if (!document.Span.StartsWith("-----BEGIN PGP SIGNED MESSAGE-----"u8))
        {
            throw new PipelineException(RepositoryDiagnostics.NotSigned(repo, "it is not signed"));
        }

        using var directory = new TemporaryDirectory(temporary);
        var (input, output) = (directory.File("InRelease"), directory.File("signed"));
        await File.WriteAllBytesAsync(input, document, cancellationToken);
        if (await ProblemAsync(directory, keyring, ["--output", output, input], "Signed-By", cancellationToken) is { } problem)
        {
            throw new PipelineException(RepositoryDiagnostics.NotSigned(repo, problem));
        }

        return File.Exists(output)
            ? await RegularFile.ReadAsync(output, cancellationToken)
            : throw new PipelineException(RepositoryDiagnostics.NotSigned(repo, "gpgv gave no signed text"));
    }

    /// <summary>Checks a document whose signature is a file of its own.</summary>
    /// <param name="repo">Names the repository in errors.</param>
    /// <param name="document">What is signed.</param>
    /// <param name="signature">One or more signatures, armoured or binary.</param>
    /// <param name="keyring">The keys as binary packets.</param>
    /// <param name="cancellationToken">Ends gpgv.</param>
    /// <exception cref="PipelineException">PL1110 (class 5) when no signature is good.</exception>
    public async Task VerifyDetachedAsync(
        string repo,
        ReadOnlyMemory<byte> document,
        ReadOnlyMemory<byte> signature,
        ReadOnlyMemory<byte> keyring,
        CancellationToken cancellationToken
    )
    {
        using var directory = new TemporaryDirectory(temporary);
        var (text, asc) = (directory.File("document"), directory.File("document.asc"));
        await File.WriteAllBytesAsync(text, document, cancellationToken);
        await File.WriteAllBytesAsync(asc, signature, cancellationToken);
        if (await ProblemAsync(directory, keyring, [asc, text], "gpgkey", cancellationToken) is { } problem)
        {
            throw new PipelineException(RepositoryDiagnostics.NotSigned(repo, problem, "gpgkey"));
        }
    }

    /// <summary>Runs gpgv; why the document is not trusted, or <c>null</c>.</summary>
    private async Task<string?> ProblemAsync(
        TemporaryDirectory directory,
        ReadOnlyMemory<byte> keyring,
        ValueList<string> arguments,
        string field,
        CancellationToken cancellationToken
    )
    {
        await File.WriteAllBytesAsync(directory.File(Keys), keyring, cancellationToken);
        var result = await tools.RunAsync(
            new("gpgv", ["--homedir", directory.Path, "--status-fd", "1", "--keyring", $"./{Keys}", .. arguments])
            {
                WorkingDirectory = directory.Path,
                Accepted = [0, 1, 2],
                OutputLimit = 1024 * 1024,
                MissingHint = "install the package 'gpgv'",
            },
            cancellationToken
        );
        return SignatureStatus.Problem(result.Text, field);
    }
}

/// <summary>
/// Reads gpgv's status lines, not its exit status: a document may carry signatures of keys that the ring does not have. At least one
/// signature must be good, by a key that is neither expired nor revoked, over SHA-256 or better; none may be bad.
/// </summary>
internal static class SignatureStatus
{
    /// <summary>Why the document is not trusted, or <c>null</c> when it is.</summary>
    /// <param name="status">What gpgv wrote to its status descriptor.</param>
    /// <param name="field">Where a repository names its keys, for messages.</param>
    /// <remarks>
    /// GnuPG 2.x, doc/DETAILS: NEWSIG begins a signature; VALIDSIG's fields are fingerprint, dates, version, reserved, key and hash
    /// algorithm, class, primary fingerprint.
    /// </remarks>
    public static string? Problem(string status, string field = "Signed-By")
    {
        var good = false;
        var current = new HashSet<string>(StringComparer.Ordinal);
        string? reason = null;
        foreach (var line in status.Split('\n').Where(l => l.StartsWith("[GNUPG:] ", StringComparison.Ordinal)))
        {
            var words = line["[GNUPG:] ".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words.FirstOrDefault())
            {
                case "NEWSIG":
                    current.Clear();
                    break;
                case "BADSIG":
                    return $"the signature of key {Word(words, 1)} does not fit its text";
                case "EXPSIG" or "EXPKEYSIG" or "REVKEYSIG" or "GOODSIG":
                    current.Add(words[0]);
                    reason ??= words[0] switch
                    {
                        "EXPSIG" => $"the signature of key {Word(words, 1)} is expired",
                        "EXPKEYSIG" => $"key {Word(words, 1)} is expired",
                        "REVKEYSIG" => $"key {Word(words, 1)} is revoked",
                        _ => null,
                    };
                    break;
                case "ERRSIG" or "NO_PUBKEY":
                    reason ??= $"it is signed by key {Word(words, 1)}, which '{field}' does not have";
                    break;
                case "VALIDSIG" when current is { Count: 1 } && current.Contains("GOODSIG"):
                    // 8, 9 and 10 are SHA-256, SHA-384 and SHA-512 (RFC 9580, section 9.5).
                    var strong = Word(words, 8) is "8" or "9" or "10";
                    good |= strong;
                    reason ??= strong ? null : $"key {Word(words, 1)} signed with a weak digest (algorithm {Word(words, 8)})";
                    break;
                default:
                    break;
            }
        }

        return good ? null : reason ?? "it has no valid signature";
    }

    private static string Word(string[] words, int index) => index < words.Length ? words[index] : "?";
}
