using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Pipeline.Host.Files.Trees;

/// <summary>
/// A place in a tree as the kernel sees it: bytes, relative to the root, without empty components and <c>.</c>. A name need not be UTF-8;
/// every byte of it is kept. <c>..</c> may be part of it: the kernel resolves it and never leaves the root.
/// </summary>
public readonly struct TreePath : IEquatable<TreePath>, IComparable<TreePath>
{
    private readonly byte[]? _bytes;

    private TreePath(byte[] bytes) => _bytes = bytes;

    /// <summary>The root itself.</summary>
    public static TreePath Root => default;

    /// <summary>The components joined by <c>/</c>; empty for the root.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Whether this is the root.</summary>
    public bool IsRoot => Bytes.IsEmpty;

    /// <summary>Whether it has at most one component.</summary>
    public bool IsName => !Bytes.Contains((byte)'/');

    /// <summary>Everything but the last component.</summary>
    public TreePath Parent => Bytes.LastIndexOf((byte)'/') is > 0 and var slash ? new(Bytes[..slash].ToArray()) : Root;

    /// <summary>The last component.</summary>
    public TreePath Name => IsName ? this : new(Bytes[(Bytes.LastIndexOf((byte)'/') + 1)..].ToArray());

    /// <summary>As text. Bytes that are no UTF-8 become U+FFFD, so never make a path of it again.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Whether it is UTF-8, so that <see cref="Text"/> loses nothing.</summary>
    public bool IsText => Utf8.IsValid(Bytes);

    /// <summary>A path of UTF-8 text; a leading <c>/</c> means the root of the tree.</summary>
    /// <exception cref="ArgumentException">It contains NUL.</exception>
    public static implicit operator TreePath(string path) => FromString(path);

    /// <summary>One path below another.</summary>
    public static TreePath operator /(TreePath left, TreePath right) => Combine(left, right);

    /// <summary>Equal bytes.</summary>
    public static bool operator ==(TreePath left, TreePath right) => left.Equals(right);

    /// <summary>Other bytes.</summary>
    public static bool operator !=(TreePath left, TreePath right) => !left.Equals(right);

    /// <summary>Order of bytes.</summary>
    public static bool operator <(TreePath left, TreePath right) => left.CompareTo(right) < 0;

    /// <summary>Order of bytes.</summary>
    public static bool operator >(TreePath left, TreePath right) => left.CompareTo(right) > 0;

    /// <summary>Order of bytes.</summary>
    public static bool operator <=(TreePath left, TreePath right) => left.CompareTo(right) <= 0;

    /// <summary>Order of bytes.</summary>
    public static bool operator >=(TreePath left, TreePath right) => left.CompareTo(right) >= 0;

    /// <summary>A path of UTF-8 text.</summary>
    /// <exception cref="ArgumentException">It contains NUL.</exception>
    public static TreePath FromString(string path) => FromBytes(Encoding.UTF8.GetBytes(path));

    /// <summary>A path of bytes, for example the target of a link below its directory.</summary>
    /// <exception cref="ArgumentException">It contains NUL.</exception>
    public static TreePath FromBytes(ReadOnlySpan<byte> path)
    {
        if (path.Contains((byte)0))
        {
            throw new ArgumentException("a path cannot contain NUL", nameof(path));
        }

        var clean = new byte[path.Length];
        var length = 0;
        foreach (var range in path.Split((byte)'/'))
        {
            var part = path[range];
            if (part.IsEmpty || part.SequenceEqual("."u8))
            {
                continue;
            }

            if (length > 0)
            {
                clean[length++] = (byte)'/';
            }

            part.CopyTo(clean.AsSpan(length));
            length += part.Length;
        }

        return length == 0 ? Root : new(clean[..length]);
    }

    /// <summary>One path below another.</summary>
    public static TreePath Combine(TreePath left, TreePath right)
    {
        if (left.IsRoot || right.IsRoot)
        {
            return left.IsRoot ? right : left;
        }

        var bytes = new byte[left.Bytes.Length + 1 + right.Bytes.Length];
        left.Bytes.CopyTo(bytes);
        bytes[left.Bytes.Length] = (byte)'/';
        right.Bytes.CopyTo(bytes.AsSpan(left.Bytes.Length + 1));
        return new(bytes);
    }

    /// <summary>The path with <paramref name="suffix"/> at the end of its last component.</summary>
    public TreePath WithSuffix(string suffix) => FromBytes([.. Bytes, .. Encoding.UTF8.GetBytes(suffix)]);

    /// <summary>Where a link at this path leads: from the root when absolute, else from the directory of the link.</summary>
    public TreePath Follow(ReadOnlySpan<byte> target) => target.StartsWith("/"u8) ? FromBytes(target) : Combine(Parent, FromBytes(target));

    /// <summary>The components, outermost first.</summary>
    public IEnumerable<TreePath> Components()
    {
        for (var start = 0; start < (_bytes?.Length ?? 0); )
        {
            var length = Bytes[start..].IndexOf((byte)'/');
            var end = length < 0 ? Bytes.Length : start + length;
            yield return new(Bytes[start..end].ToArray());
            start = end + 1;
        }
    }

    /// <inheritdoc/>
    public bool Equals(TreePath other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TreePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(TreePath other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>For messages: absolute, at most 200 characters, with <c>\xNN</c> for bytes that are no text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("/");
        for (var rest = Bytes; rest.Length > 0 && text.Length < 200; )
        {
            var ok = Rune.DecodeFromUtf8(rest, out var rune, out var used) == System.Buffers.OperationStatus.Done;
            if (ok && !Rune.IsControl(rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (var b in rest[..used])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
                }
            }

            rest = rest[used..];
        }

        return text.ToString();
    }
}
