using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Signing;

/// <summary>Checks a signature that somebody made for us, with gpgv and exactly one keyring.</summary>
internal static class SignatureCheck
{
    private const string Keys = "keyring";

    /// <summary>Requires one good signature of the key over exactly the file.</summary>
    /// <param name="tools">Runs gpgv.</param>
    /// <param name="maker">Who made it, for messages.</param>
    /// <param name="keyring">Path of the public key, binary.</param>
    /// <param name="fingerprint">The key, or the primary key of the one that signed.</param>
    /// <param name="signature">Path of the signature or the signed document.</param>
    /// <param name="form">Which of the two it is.</param>
    /// <param name="file">What was signed.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="PipelineException">PL0381 it is none (class 5).</exception>
    public static async Task RequireAsync(
        IToolRunner tools,
        string maker,
        string keyring,
        string fingerprint,
        string signature,
        SignatureForm form,
        string file,
        CancellationToken cancellationToken
    )
    {
        using var directory = new TemporaryDirectory();
        var text = directory.File("text");
        string[] what = form == SignatureForm.Clear ? ["--output", text, Path.GetFullPath(signature)] : [.. Full(signature, file)];

        // Named relative to the directory: gpgv takes a keyring with a colon in its path for an address.
        File.CreateSymbolicLink(directory.File(Keys), Path.GetFullPath(keyring));
        var result = await tools.RunAsync(
            new("gpgv", ["--status-fd", "1", "--keyring", $"./{Keys}", .. what])
            {
                WorkingDirectory = directory.Path,
                Accepted = [0, 1, 2],
                Environment = new Dictionary<string, string> { ["GNUPGHOME"] = directory.Path },
                MissingHint = "install gpgv",
            },
            cancellationToken
        );

        // GnuPG, doc/DETAILS: VALIDSIG has the fingerprint, dates, version, key and hash algorithm, class, and the primary's fingerprint.
        var valid = Fingerprints.Lines(result.Text, "VALIDSIG").ToArray();
        var why =
            valid is not [{ Length: > 10 } line] ? $"gpgv finds {valid.Length} valid signatures"
            : line[1] != fingerprint && line[10] != fingerprint ? $"it is of key {line[10]}"
            : !Fingerprints.IsStrong(line[8]) ? $"hash algorithm {line[8]} is too weak"
            : form == SignatureForm.Clear && !await SaysAsync(text, file, cancellationToken) ? "it signs another text"
            : null;
        if (why is not null)
        {
            throw new PipelineException(SigningDiagnostics.BadSignature(maker, fingerprint, why));
        }
    }

    private static IEnumerable<string> Full(params string[] paths) => paths.Select(Path.GetFullPath);

    /// <summary>Whether the signed text is the file's; a clear signature says nothing about white space at the ends of lines.</summary>
    private static async Task<bool> SaysAsync(string signed, string file, CancellationToken cancellationToken)
    {
        static IEnumerable<string> Lines(string text) => text.TrimEnd('\n').Split('\n').Select(l => l.TrimEnd(' ', '\t', '\r'));

        return File.Exists(signed)
            && Lines(await File.ReadAllTextAsync(signed, cancellationToken))
                .SequenceEqual(Lines(await RegularFile.ReadTextAsync(file, cancellationToken)), StringComparer.Ordinal);
    }
}
