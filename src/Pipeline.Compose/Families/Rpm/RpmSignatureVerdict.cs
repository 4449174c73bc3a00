namespace Pipeline.Compose.Families.Rpm;

/// <summary>What became of a signature when it was checked.</summary>
internal enum RpmSignatureState
{
    /// <summary>No keys were given.</summary>
    NotChecked,

    /// <summary>Made by one of the keys.</summary>
    Good,

    /// <summary>Made by a key that was not given, or one that gpgv cannot read.</summary>
    UnknownKey,

    /// <summary>Made by one of the keys, but expired, revoked or weak.</summary>
    NotTrusted,

    /// <summary>Made over something else, or damaged.</summary>
    Bad,
}

/// <summary>A signature and what became of it.</summary>
/// <param name="Signature">Which.</param>
/// <param name="State">What became of it.</param>
/// <param name="Key">Fingerprint of the key where gpgv gives it, else its id, else <c>null</c>.</param>
/// <param name="Reason">Why it is not good, or <c>null</c>.</param>
internal sealed record RpmSignatureVerdict(RpmSignature Signature, RpmSignatureState State, string? Key, string? Reason)
{
    /// <summary>Judges one signature by gpgv's status lines (GnuPG, doc/DETAILS), never by its exit status.</summary>
    /// <param name="signature">The one that gpgv was given.</param>
    /// <param name="status">What it wrote to its status descriptor.</param>
    public static RpmSignatureVerdict Of(RpmSignature signature, string status)
    {
        const string prefix = "[GNUPG:] ";
        var lines = status
            .Split('\n')
            .Where(l => l.StartsWith(prefix, StringComparison.Ordinal))
            .Select(l => l[prefix.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length > 0)
            .ToLookup(w => w[0], StringComparer.Ordinal);
        string? Word(string line, int index) => lines[line].FirstOrDefault() is { } words && index < words.Length ? words[index] : null;

        // A packet that holds several signatures, or none that gpgv knows, is none of ours.
        if (lines["NEWSIG"].Count() > 1 || lines["VALIDSIG"].Count() > 1)
        {
            return new(signature, RpmSignatureState.Bad, null, "it is more than one signature");
        }

        foreach (
            var (line, reason) in ((string, string)[])
                [("EXPSIG", "it is expired"), ("EXPKEYSIG", "its key is expired"), ("REVKEYSIG", "its key is revoked")]
        )
        {
            if (lines.Contains(line))
            {
                return new(signature, RpmSignatureState.NotTrusted, Word("VALIDSIG", 1) ?? Word(line, 1), reason);
            }
        }

        // VALIDSIG's fields: fingerprint, dates, version, reserved, key and hash algorithm, class, fingerprint of the primary key.
        if (lines.Contains("GOODSIG") && lines.Contains("VALIDSIG") && !lines.Contains("BADSIG"))
        {
            return Word("VALIDSIG", 8) is "8" or "9" or "10"
                ? new(signature, RpmSignatureState.Good, Word("VALIDSIG", 10) ?? Word("VALIDSIG", 1), null)
                : new(signature, RpmSignatureState.NotTrusted, Word("VALIDSIG", 1), "it signs a weak digest");
        }

        return lines.Contains("NO_PUBKEY") ? new(signature, RpmSignatureState.UnknownKey, Word("NO_PUBKEY", 1), "its key was not given")
            : lines.Contains("BADSIG") ? new(signature, RpmSignatureState.Bad, Word("BADSIG", 1), "it does not fit the package")
            : lines.Contains("ERRSIG") ? new(signature, RpmSignatureState.UnknownKey, Word("ERRSIG", 1), "gpgv cannot check it")
            : new(signature, RpmSignatureState.Bad, null, "gpgv finds no signature in it");
    }
}
