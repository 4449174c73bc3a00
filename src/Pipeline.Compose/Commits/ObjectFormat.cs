using System.Buffers.Binary;
using System.Security.Cryptography;
using Pipeline.Host.Files.Trees;

namespace Pipeline.Compose.Commits;

/// <summary>Owner, mode and extended attributes of a file, link or directory as an object has them.</summary>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group.</param>
/// <param name="Mode">Type and permission bits, as <c>st_mode</c>.</param>
/// <param name="Attributes">Extended attributes by name in the order of bytes.</param>
internal sealed record ObjectMetadata(uint UserId, uint GroupId, uint Mode, IReadOnlyList<KeyValuePair<string, byte[]>> Attributes)
{
    /// <summary>The attribute that holds the label of SELinux.</summary>
    public const string Label = "security.selinux";

    /// <summary>
    /// The same with a label. <c>ostree commit</c> puts it last, whatever else there is, and then finds a checkout of the commit damaged;
    /// here it is in its place, which differs only for attributes with later names (<c>user.*</c>).
    /// </summary>
    public ObjectMetadata With(byte[]? label) =>
        label is null
            ? this
            : this with
            {
                Attributes = [.. Attributes.Append(new(Label, label)).OrderBy(a => TreePath.FromString(a.Key))],
            };
}

/// <summary>A name in a directory object.</summary>
/// <param name="Name">UTF-8.</param>
/// <param name="Checksum">Of the file, or of the directory's own object.</param>
/// <param name="Metadata">Checksum of a directory's metadata; <c>null</c> for a file.</param>
internal sealed record NamedObject(byte[] Name, byte[] Checksum, byte[]? Metadata);

/// <summary>The bytes of OSTree's objects: <c>ostree-core.h</c>, the formats of each object type and of archive mode.</summary>
internal static class ObjectFormat
{
    /// <summary>Largest directory or commit object that OSTree's clients accept.</summary>
    public const int LargestMetadata = 128 << 20;

    private const int PrefixSize = 8;

    /// <summary>What is hashed before a file's content: <c>(uuuusa(ayay))</c>. A link has no content.</summary>
    public static byte[] FileHeader(ObjectMetadata file, ReadOnlySpan<byte> target) =>
        Prefixed(GVariant.Tuple(OwnerAndMode(file), GVariant.UInt32(0), GVariant.Text(target), Attributes(file)));

    /// <summary>What stands before the deflated content in archive mode: <c>(tuuuusa(ayay))</c>.</summary>
    public static byte[] ArchiveHeader(ObjectMetadata file, ReadOnlySpan<byte> target, long size) =>
        Prefixed(
            GVariant.Tuple(GVariant.UInt64((ulong)size), OwnerAndMode(file), GVariant.UInt32(0), GVariant.Text(target), Attributes(file))
        );

    /// <summary>A directory's metadata: <c>(uuua(ayay))</c>.</summary>
    public static byte[] DirectoryMetadata(ObjectMetadata directory) =>
        GVariant.Tuple(OwnerAndMode(directory), Attributes(directory)).Bytes;

    /// <summary>A directory: <c>(a(say)a(sayay))</c>, files and directories each in the order of the bytes of their names.</summary>
    public static byte[] Directory(IReadOnlyList<NamedObject> files, IReadOnlyList<NamedObject> directories) =>
        GVariant.Tuple(GVariant.Array(1, [.. files.Select(Named)]), GVariant.Array(1, [.. directories.Select(Named)])).Bytes;

    /// <summary>A commit without parent, subject and body: <c>(a{sv}aya(say)sstayay)</c>.</summary>
    /// <param name="metadata">Values with their types, in this order.</param>
    /// <param name="time">The commit's time.</param>
    /// <param name="tree">Checksum of the root directory.</param>
    /// <param name="root">Checksum of the root directory's metadata.</param>
    public static byte[] Commit(
        IReadOnlyList<(string Name, GVariant Value, string Type)> metadata,
        DateTimeOffset time,
        byte[] tree,
        byte[] root
    ) =>
        GVariant
            .Tuple(
                GVariant.Array(
                    sizeof(ulong),
                    [.. metadata.Select(m => GVariant.Tuple(GVariant.Text(m.Name), GVariant.Variant(m.Value, m.Type)))]
                ),
                GVariant.Octets([]),
                GVariant.Array(1, []),
                GVariant.Text(""),
                GVariant.Text(""),
                GVariant.UInt64((ulong)time.ToUnixTimeSeconds()),
                GVariant.Octets(tree),
                GVariant.Octets(root)
            )
            .Bytes;

    /// <summary>The checksum of content without commit metadata, as <c>ostree show</c> prints it.</summary>
    public static byte[] ContentChecksum(byte[] tree, byte[] root) => SHA256.HashData([.. tree, .. root]);

    /// <summary>The name of an object in a repository.</summary>
    public static string PathOf(string checksum, string type) => $"objects/{checksum.AsSpan(0, 2)}/{checksum.AsSpan(2)}.{type}";

    private static GVariant OwnerAndMode(ObjectMetadata of) =>
        GVariant.Tuple(GVariant.UInt32(of.UserId), GVariant.UInt32(of.GroupId), GVariant.UInt32(of.Mode));

    /// <summary>Type <c>a(ayay)</c>; a name ends with NUL.</summary>
    private static GVariant Attributes(ObjectMetadata of) =>
        GVariant.Array(1, [.. of.Attributes.Select(a => GVariant.Tuple(GVariant.Text(a.Key), GVariant.Octets(a.Value)))]);

    private static GVariant Named(NamedObject named) =>
        named.Metadata is null
            ? GVariant.Tuple(GVariant.Text(named.Name), GVariant.Octets(named.Checksum))
            : GVariant.Tuple(GVariant.Text(named.Name), GVariant.Octets(named.Checksum), GVariant.Octets(named.Metadata));

    /// <summary>A file's header begins with its size in network order, and four bytes that bring it to a multiple of eight.</summary>
    private static byte[] Prefixed(GVariant header)
    {
        var bytes = new byte[PrefixSize + header.Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)header.Bytes.Length);
        header.Bytes.CopyTo(bytes, PrefixSize);
        return bytes;
    }
}
