using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// Packages without contents, for the rpm of a tree whose files are laid already. rpm has to be told not to look at digests and signatures
/// of them; those of the packages were checked when they were unpacked.
/// </summary>
internal static class RpmStandIn
{
    private const uint Ghost = (uint)RpmFileFlags.Ghost;

    /// <summary>An archive with nothing in it but its end, not compressed.</summary>
    private static readonly byte[] Empty = Encoding.ASCII.GetBytes(
        $"070701{new string('0', 32)}00000001{new string('0', 48)}0000000b00000000TRAILER!!!\0\0\0\0"
    );

    /// <summary>
    /// What only this package's archive has: with a header that does not name them, rpm takes the archive as it is, without compression.
    /// </summary>
    private static readonly HashSet<RpmTag> OfArchive =
    [
        RpmTag.PayloadCompressor,
        RpmTag.PayloadSha256,
        RpmTag.PayloadDigestAlgorithm,
        RpmTag.PayloadSha256Alternate,
        RpmTag.PayloadSha512,
        RpmTag.PayloadSha512Alternate,
        RpmTag.PayloadSha3,
        RpmTag.PayloadSha3Alternate,
        RpmTag.PayloadSize,
        RpmTag.PayloadSizeAlternate,
    ];

    /// <summary>Scripts that run before any file is laid.</summary>
    private static readonly HashSet<RpmTag> Early = [RpmTag.PreIn, RpmTag.PreInProgram, RpmTag.PreTrans, RpmTag.PreTransProgram];

    /// <summary>Scripts that run afterwards, and triggers.</summary>
    private static readonly HashSet<RpmTag> Late =
    [
        RpmTag.PostIn,
        RpmTag.PostInProgram,
        RpmTag.PostTrans,
        RpmTag.PostTransProgram,
        RpmTag.TriggerScripts,
        RpmTag.TriggerProgram,
        RpmTag.TriggerName,
        RpmTag.TriggerVersion,
        RpmTag.TriggerFlags,
        RpmTag.TriggerIndex,
        RpmTag.FileTriggerScripts,
        RpmTag.FileTriggerProgram,
        RpmTag.FileTriggerName,
        RpmTag.FileTriggerIndex,
        RpmTag.FileTriggerFlags,
        RpmTag.TransFileTriggerScripts,
        RpmTag.TransFileTriggerProgram,
        RpmTag.TransFileTriggerName,
        RpmTag.TransFileTriggerIndex,
        RpmTag.TransFileTriggerFlags,
    ];

    /// <summary>
    /// The package with its own headers and no archive: <c>rpm -i --justdb</c> writes the same record into its database as for the package.
    /// </summary>
    public static byte[] ForDatabase(RpmHeader signature, RpmHeader header) => Join(signature.Bytes.Span, header.Bytes.Span, []);

    /// <summary>
    /// A package that installs no file, because all of them are ghosts: <c>rpm -i</c> runs its scripts and everybody's triggers for its
    /// files, in rpm's order and by rpm's rules. The record of it in the database is not the package's and has to be thrown away.
    /// </summary>
    /// <param name="header">The package's header.</param>
    /// <param name="early">The scripts that run before files are laid; otherwise the later ones and the triggers.</param>
    /// <param name="skipped">Further tags that are left out, by a policy.</param>
    public static byte[] ForScripts(RpmHeader header, bool early, IReadOnlySet<RpmTag> skipped)
    {
        var others = early ? Late : Early;
        var copy = header.Copy(tag => !OfArchive.Contains(tag) && !others.Contains(tag) && !skipped.Contains(tag), RpmTag.FileFlags, Ghost);
        return Join(SignatureOf(copy), copy, Empty);
    }

    /// <summary>A signature header with one digest of the header.</summary>
    private static byte[] SignatureOf(byte[] header)
    {
        var digest = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(header)) + "\0");
        byte[] region = [0, 0, 0, (byte)RpmTag.HeaderSignatures, 0, 0, 0, 7];
        return
        [
            .. (ReadOnlySpan<byte>)[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 81],
            .. region,
            .. (ReadOnlySpan<byte>)[0, 0, 0, 65, 0, 0, 0, 16],
            .. (ReadOnlySpan<byte>)[0, 0, 1, 0x11, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1],
            .. digest,
            .. region,
            .. (ReadOnlySpan<byte>)[0xff, 0xff, 0xff, 0xe0, 0, 0, 0, 16],
        ];
    }

    private static byte[] Join(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> header, ReadOnlySpan<byte> archive) =>
        [
            .. RpmPackageFile.Magic,
            .. (ReadOnlySpan<byte>)[3, 0, 0, 0, 0, 0],
            .. new byte[66],
            .. (ReadOnlySpan<byte>)[0, 1, 0, 5],
            .. new byte[16],
            .. signature,
            .. new byte[-signature.Length & 7],
            .. header,
            .. archive,
        ];
}
