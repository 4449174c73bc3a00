using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>An OpenPGP signature of a package.</summary>
/// <param name="Tag">The header tag that has it.</param>
/// <param name="CoversPayload">Whether it is over header and payload; otherwise over the header, which has the payload's digest.</param>
/// <param name="Packet">The signature as an OpenPGP packet.</param>
internal sealed record RpmSignature(RpmTag Tag, bool CoversPayload, ReadOnlyMemory<byte> Packet)
{
    /// <summary>The tag's name, as <c>rpm</c> writes it.</summary>
    public string Name =>
        Tag switch
        {
            RpmTag.SignatureDsa => "DSAHEADER",
            RpmTag.SignatureRsa => "RSAHEADER",
            RpmTag.OpenPgp => "OPENPGP",
            RpmSignatureTag.Pgp => "SIGPGP",
            _ => "SIGGPG",
        };
}

/// <summary>The OpenPGP signatures of a package; format 6 can have several of one kind.</summary>
internal static class RpmSignatures
{
    private const int Most = 64;
    private const int MostBytes = 256 << 10;

    /// <summary>Those over the header first; a signature that is there in two tags is listed once.</summary>
    /// <exception cref="BadPackageException">Absurdly many or large, or not readable.</exception>
    public static IReadOnlyList<RpmSignature> Read(RpmPackageFile package)
    {
        var found = new List<RpmSignature>();
        foreach (var text in package.Signature.Texts(RpmTag.OpenPgp, Most))
        {
            Add(RpmTag.OpenPgp, false, FromBase64(text));
        }

        Add(RpmTag.SignatureRsa, false, package.Signature.Binary(RpmTag.SignatureRsa));
        Add(RpmTag.SignatureDsa, false, package.Signature.Binary(RpmTag.SignatureDsa));
        Add(RpmSignatureTag.Pgp, true, package.Signature.Binary(RpmSignatureTag.Pgp));
        Add(RpmSignatureTag.Gpg, true, package.Signature.Binary(RpmSignatureTag.Gpg));
        return found;

        void Add(RpmTag tag, bool payload, ReadOnlyMemory<byte> packet)
        {
            if (packet.Length > MostBytes)
            {
                throw BadPackageException.TooLarge($"a signature has {packet.Length} bytes");
            }

            if (!packet.IsEmpty && !found.Any(f => f.CoversPayload == payload && f.Packet.Span.SequenceEqual(packet.Span)))
            {
                found.Add(new(tag, payload, packet));
            }
        }
    }

    private static byte[] FromBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw BadPackageException.Damaged("a signature is not base64");
        }
    }
}
