using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Layers;

/// <summary>
/// Regular files by the digest of content, mode, owner, group and attributes, so that a hard link of one is exactly the file a package
/// ships. Objects are never written again once they have their name; their modification time is always <see cref="Time"/>.
/// </summary>
internal sealed class LayerObjects
{
    /// <summary>Every object's modification time: the first second of 1970 (0 means "missing" to some programs).</summary>
    public const long Time = 1;

    internal const int Small = 1 << 20;
    private readonly string _root;

    /// <summary>
    /// Opens or makes the store in <paramref name="root"/>; only its owner can enter, because set-uid programs of old packages lie in it.
    /// </summary>
    public LayerObjects(string root)
    {
        _root = root;
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        for (var i = 0; i < 256; i++)
        {
            Directory.CreateDirectory(Path.Combine(root, i.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
        }

        Directory.CreateDirectory(Path.Combine(root, "tmp"));
    }

    /// <summary>A place for one package's files until all of it proved good.</summary>
    public ObjectWriter NewWriter() => new(this, $"{_root}/tmp");

    /// <summary>The store's directory.</summary>
    public string Root => _root;

    /// <summary>Where an object lies in the store.</summary>
    public static TreePath PlaceOf(string hex) => $"{hex.AsSpan(0, 2)}/{hex.AsSpan(2)}";

    /// <summary>Where an object lies on this machine.</summary>
    public string PathOf(string hex) => $"{_root}/{hex.AsSpan(0, 2)}/{hex.AsSpan(2)}";

    /// <summary>Removes what killed runs left half-written.</summary>
    public void CleanTemporary()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_root, "tmp")))
        {
            File.Delete(file);
        }
    }
}

/// <summary>Reads the next bytes of a file in a package; 0 at its end.</summary>
internal delegate int ReadContent(Span<byte> buffer);

/// <summary>Keeps the content of a file and says under which digest.</summary>
/// <param name="entry">The file.</param>
/// <param name="content">Reads its content; has to be called until it gives 0.</param>
internal delegate Digest StoreContent(TarEntry entry, ReadContent content);

/// <summary>
/// Collects the files of one package; they get their names only with <see cref="Commit"/>, and are gone when it never comes.
/// </summary>
internal sealed class ObjectWriter(LayerObjects store, string temporary) : IDisposable
{
    /// <summary>Files under way; one without a name in the store is not complete, and is never given any.</summary>
    private readonly Dictionary<string, string?> _pending = new(StringComparer.Ordinal);

    /// <summary>Gives every file its name.</summary>
    public void Commit()
    {
        foreach (var (from, to) in _pending.Where(p => p.Value is not null).ToArray())
        {
            UnixFile.Rename(from, to!);
            _pending.Remove(from);
        }
    }

    /// <summary>Removes every file that got no name, also one whose content was refused half-way.</summary>
    public void Dispose()
    {
        foreach (var from in _pending.Keys)
        {
            File.Delete(from);
        }
    }

    /// <summary>Stores the content of the current entry of <paramref name="tar"/>.</summary>
    public Digest Write(TarReader tar, TarEntry entry) => Write(tar.Read, entry);

    /// <summary>Stores a content.</summary>
    public Digest Write(ReadContent content, TarEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(ObjectIdentity.Header(entry.Mode, (int)entry.UserId, (int)entry.GroupId, entry.Attributes));
        var buffer = new byte[(int)Math.Min(entry.Size, LayerObjects.Small)];
        var filled = Fill(content, buffer);
        hash.AppendData(buffer, 0, filled);
        if (entry.Size <= LayerObjects.Small)
        {
            // Whole in memory: an object that is there already costs no write at all.
            var digest = Digest.FromHash(hash.GetHashAndReset());
            if (!File.Exists(store.PathOf(digest.Hex)))
            {
                var file = NewFile();
                using (var handle = File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite))
                {
                    RandomAccess.Write(handle, buffer.AsSpan(0, filled), 0);
                }

                Name(file, digest, entry);
            }

            return digest;
        }

        var large = NewFile();
        using (var handle = File.OpenHandle(large, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite))
        {
            long at = 0;
            while (filled > 0)
            {
                RandomAccess.Write(handle, buffer.AsSpan(0, filled), at);
                at += filled;
                filled = Fill(content, buffer);
                hash.AppendData(buffer, 0, filled);
            }
        }

        var id = Digest.FromHash(hash.GetHashAndReset());
        Name(large, id, entry);
        return id;
    }

    private static int Fill(ReadContent content, byte[] buffer)
    {
        var filled = 0;
        int read;
        while (filled < buffer.Length && (read = content(buffer.AsSpan(filled))) > 0)
        {
            filled += read;
        }

        return filled;
    }

    private string NewFile()
    {
        var file = $"{temporary}/{Guid.NewGuid():n}";
        _pending.Add(file, null);
        return file;
    }

    private void Name(string file, Digest digest, TarEntry entry)
    {
        UnixFile.SetOwner(file, (uint)entry.UserId, (uint)entry.GroupId);
        foreach (var (name, value) in entry.Attributes)
        {
            try
            {
                UnixFile.SetAttribute(file, name, Encoding.Latin1.GetBytes(value));
            }
            catch (IOException e)
            {
                throw BadPackageException.Attribute(entry.Path, name, Marshal.GetPInvokeErrorMessage(e.HResult).ToLowerInvariant());
            }
        }

        UnixFile.SetMode(file, entry.Mode);
        UnixFile.SetTimes(file, LayerObjects.Time);
        _pending[file] = store.PathOf(digest.Hex);
    }
}
