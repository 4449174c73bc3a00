using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Commits;

/// <summary>A package whose contents may be deflated ahead.</summary>
/// <param name="Package">sha256 of its file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Objects">Where its files lie in the store, each once.</param>
internal sealed record DeflatableLayer(Digest Package, string Name, IReadOnlyList<TreePath> Objects);

/// <summary>
/// Deflated contents of packages, one file per package: <c>cache/layers/&lt;map&gt;/deflated-&lt;how&gt;/&lt;package&gt;</c>. A commit
/// still reads and hashes every file of its tree; it takes from here the compressed form of exactly the content that it hashed.
/// </summary>
/// <remarks>
/// A file holds the contents, then checksum, offset and length of each, then the sha256 and the number of these entries.
/// </remarks>
internal sealed class DeflatedLayers : IDisposable
{
    private const int ChecksumSize = 32;
    private const int EntrySize = ChecksumSize + 2 * sizeof(long);
    private const int TrailerSize = ChecksumSize + sizeof(long);
    private const int Thread = 50; // beside those that unpack
    private const string Unsure = ".new";
    private readonly string _root;
    private readonly Dictionary<Digest, SafeFileHandle> _files = [];
    private readonly ConcurrentDictionary<Digest, FileSlice> _found = new();
    private readonly List<Digest> _unsure = [];

    /// <summary>Opens what there is of some packages, and removes what killed runs left; the compose lock is held.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="packages">Digests of the packages of the tree.</param>
    public DeflatedLayers(string root, IEnumerable<Digest> packages)
    {
        _root = root;
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var leftover in Directory.EnumerateFiles(root, "*" + Unsure).ToArray())
        {
            File.Delete(leftover);
        }

        foreach (var package in packages.Distinct())
        {
            if (File.Exists(PathOf(package)))
            {
                TryOpen(package);
            }
        }
    }

    /// <summary>Whether the contents of a package are there.</summary>
    public bool Has(Digest package) => _files.ContainsKey(package);

    /// <summary>The deflated content of an object, or <c>null</c>. Safe for several threads.</summary>
    public FileSlice? Find(ReadOnlySpan<byte> checksum) => _found.TryGetValue(Digest.FromHash(checksum), out var slice) ? slice : null;

    /// <summary>Deflates what is missing, package by package, until it is cancelled; the rest is left to the commit.</summary>
    /// <param name="store">The files of all packages.</param>
    /// <param name="layers">The packages of the tree.</param>
    /// <param name="step">Receives the parts.</param>
    /// <param name="time">Their clock.</param>
    /// <param name="stop">Ends it after the package that is under way.</param>
    public void Fill(TreeHandle store, IEnumerable<DeflatableLayer> layers, IStep step, TimeProvider time, CancellationToken stop)
    {
        using var reader = new ContentReader();
        foreach (var layer in layers.Where(l => !_files.ContainsKey(l.Package)))
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }

            var started = time.GetTimestamp();
            Fill(store, layer, reader);
            step.Part(Thread, $"deflate {layer.Name}", time.GetElapsedTime(started));
        }
    }

    /// <summary>Gives what was made its names, once the bytes are durable. Nothing may be filling.</summary>
    public void Keep()
    {
        if (_unsure.Count > 0)
        {
            AtomicFile.SyncFileSystem(_root);
            foreach (var package in _unsure)
            {
                UnixFile.Rename(PathOf(package) + Unsure, PathOf(package));
            }

            _unsure.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }

        foreach (var package in _unsure)
        {
            File.Delete(PathOf(package) + Unsure);
        }
    }

    private void Fill(TreeHandle store, DeflatableLayer layer, ContentReader reader)
    {
        var stream = new FileStream(
            PathOf(layer.Package) + Unsure,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete,
            bufferSize: 0
        );
        _files.Add(layer.Package, stream.SafeFileHandle);
        _unsure.Add(layer.Package);
        var index = new MemoryStream();
        long at = 0;
        foreach (var path in layer.Objects)
        {
            var status = store.Status(path, TreeLinks.Refused)!.Value;
            if (status.Size > ContentReader.Whole)
            {
                continue;
            }

            var checksum = reader.Read(store, path, CommitTree.MetadataOf(store, path, status));
            var deflated = reader.Deflate();
            RandomAccess.Write(stream.SafeFileHandle, deflated, at);
            WriteEntry(index, checksum, at, deflated.Length);
            _found[Digest.FromHash(checksum)] = new(stream.SafeFileHandle, at, deflated.Length);
            at += deflated.Length;
        }

        var entries = index.ToArray();
        Span<byte> trailer = stackalloc byte[TrailerSize];
        SHA256.HashData(entries, trailer);
        BinaryPrimitives.WriteInt64LittleEndian(trailer[ChecksumSize..], entries.Length / EntrySize);
        RandomAccess.Write(stream.SafeFileHandle, entries, at);
        RandomAccess.Write(stream.SafeFileHandle, trailer, at + entries.Length);
    }

    private static void WriteEntry(MemoryStream index, byte[] checksum, long at, long length)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        checksum.CopyTo(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry[ChecksumSize..], at);
        BinaryPrimitives.WriteInt64LittleEndian(entry[(ChecksumSize + sizeof(long))..], length);
        index.Write(entry);
    }

    /// <summary>Reads the entries of a file; a damaged one is removed, and made again.</summary>
    private void TryOpen(Digest package)
    {
        var file = RegularFile.Open(PathOf(package));
        if (Entries(file) is not { } entries)
        {
            file.Dispose();
            File.Delete(PathOf(package));
            return;
        }

        _files.Add(package, file);
        for (var i = 0; i < entries.Length; i += EntrySize)
        {
            var entry = entries.AsSpan(i, EntrySize);
            _found.TryAdd(
                Digest.FromHash(entry[..ChecksumSize]),
                new(
                    file,
                    BinaryPrimitives.ReadInt64LittleEndian(entry[ChecksumSize..]),
                    BinaryPrimitives.ReadInt64LittleEndian(entry[(ChecksumSize + sizeof(long))..])
                )
            );
        }
    }

    private static byte[]? Entries(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        Span<byte> trailer = stackalloc byte[TrailerSize];
        if (length < TrailerSize || RandomAccess.Read(file, trailer, length - TrailerSize) != TrailerSize)
        {
            return null;
        }

        var count = BinaryPrimitives.ReadInt64LittleEndian(trailer[ChecksumSize..]);
        if (count < 0 || count > (length - TrailerSize) / EntrySize)
        {
            return null;
        }

        var entries = new byte[count * EntrySize];
        var read = RandomAccess.Read(file, entries, length - TrailerSize - entries.Length);
        return read == entries.Length && SHA256.HashData(entries).AsSpan().SequenceEqual(trailer[..ChecksumSize]) ? entries : null;
    }

    private string PathOf(Digest package) => Path.Combine(_root, package.Hex);
}
