using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>The parts of an <c>.rpm</c> file of format 4 or 6: lead, signature header, header, payload.</summary>
/// <param name="Signature">Digests and signatures.</param>
/// <param name="Header">All that is known of the package.</param>
/// <param name="HeaderOffset">Where the header starts; what is signed goes from here to the end.</param>
/// <param name="PayloadOffset">Where the compressed archive starts.</param>
/// <param name="PayloadSize">Bytes of it.</param>
internal sealed record RpmPackageFile(RpmHeader Signature, RpmHeader Header, long HeaderOffset, long PayloadOffset, long PayloadSize)
{
    private const int LeadSize = 96;
    private const int MostSignatureEntries = 256;
    private const int MostSignatureData = 64 << 20;
    private const int MostEntries = 65535;

    /// <summary>Every rpm file begins so.</summary>
    public static ReadOnlySpan<byte> Magic => [0xed, 0xab, 0xee, 0xdb];

    /// <summary>4 or 6.</summary>
    public long Format => Header.Number(RpmTag.RpmFormat) ?? 4;

    /// <summary>Reads everything but the payload.</summary>
    /// <param name="file">Can seek.</param>
    /// <param name="limits">Bounds of the header.</param>
    /// <exception cref="BadPackageException">Not a package of format 4 or 6, damaged, or with absurd sizes.</exception>
    public static RpmPackageFile Read(Stream file, LayerLimits limits)
    {
        file.Position = 0;
        Span<byte> lead = stackalloc byte[LeadSize];
        if (file.ReadAtLeast(lead, LeadSize, throwOnEndOfStream: false) < LeadSize || !lead.StartsWith(Magic))
        {
            throw BadPackageException.Damaged("not an RPM package");
        }

        // Version and type; the rest of the lead means nothing since format 3 (rpm 6.0, docs/manual/format_lead.md).
        if (lead[4] is not (3 or 4) || (lead[6], lead[7]) is not (0, 0))
        {
            throw BadPackageException.Damaged(lead[7] == 1 ? "a source package" : "not a binary RPM package of format 4 or 6");
        }

        var data = Math.Min(limits.Control, MostSignatureData);
        var signature = RpmHeader.Read(file, RpmTag.HeaderSignatures, MostSignatureEntries, data);
        var start = file.Position + (-file.Position & 7);
        if (start > file.Length)
        {
            throw BadPackageException.Damaged("the package is cut off before its header");
        }

        file.Position = start;
        var header = RpmHeader.Read(file, RpmTag.HeaderImmutable, MostEntries, limits.Control);
        return header.Number(RpmTag.RpmFormat) is null or 4 or 6
            ? new(signature, header, start, file.Position, file.Length - file.Position)
            : throw BadPackageException.Damaged("not an RPM package of format 4 or 6");
    }

    /// <summary>The compressed archive.</summary>
    public Stream OpenPayload(Stream file) => new SliceStream(file, PayloadOffset, PayloadSize);

    /// <summary>Header and archive, which the older signatures are over.</summary>
    public Stream OpenSigned(Stream file) => new SliceStream(file, HeaderOffset, PayloadOffset - HeaderOffset + PayloadSize);
}
