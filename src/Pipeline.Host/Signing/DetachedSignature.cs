using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Signing;

/// <summary>Checks signatures that others made of files we fetched, with gpgv and exactly the given keys.</summary>
public static class DetachedSignature
{
    /// <summary>Requires a good signature of one of the keys over exactly the file, and no bad one.</summary>
    /// <param name="tools">Runs gpgv.</param>
    /// <param name="what">What is signed, for messages.</param>
    /// <param name="keys">The keys as binary packets.</param>
    /// <param name="signature">The signature, armoured or binary.</param>
    /// <param name="file">Path of what was signed.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="PipelineException">PL0383 it is not signed by them (class 5).</exception>
    public static async Task RequireAsync(
        IToolRunner tools,
        string what,
        ReadOnlyMemory<byte> keys,
        ReadOnlyMemory<byte> signature,
        string file,
        CancellationToken cancellationToken
    )
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory.File("keys.gpg"), keys, cancellationToken);
        await File.WriteAllBytesAsync(directory.File("signature"), signature, cancellationToken);

        // Named relative to the directory: gpgv takes a keyring with a colon in its path for an address.
        var result = await tools.RunAsync(
            new("gpgv", ["--status-fd", "1", "--keyring", "./keys.gpg", directory.File("signature"), Path.GetFullPath(file)])
            {
                WorkingDirectory = directory.Path,
                Accepted = [0, 1, 2],
                Environment = new Dictionary<string, string> { ["GNUPGHOME"] = directory.Path },
                OutputLimit = 1 << 20,
                MissingHint = "install gpgv",
            },
            cancellationToken
        );

        // GnuPG, doc/DETAILS: VALIDSIG has the fingerprint, dates, version, key and hash algorithm, class, and the primary's fingerprint.
        var valid = Fingerprints.Lines(result.Text, "VALIDSIG").Where(l => l.Length > 10).ToArray();
        var why =
            Fingerprints.Lines(result.Text, "BADSIG").Any() ? "the signature is of something else"
            : valid.Length == 0 ? "it has no valid signature of the given keys"
            : !valid.Any(l => Fingerprints.IsStrong(l[8])) ? "its hash algorithm is too weak"
            : null;
        if (why is not null)
        {
            throw new PipelineException(SigningDiagnostics.NotSigned(what, why));
        }
    }
}
