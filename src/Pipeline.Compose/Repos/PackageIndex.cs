using System.IO.Compression;
using System.Text;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Fetching;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>
/// The compact form of one Packages index: a line per package, essential ones named in the head. Made once per index digest and
/// searched as bytes, because a solve needs a few hundred of 60 000 lines.
/// </summary>
internal sealed class PackageIndex
{
    private const ulong MemoryLimit = 256UL << 20;
    private const string Format = "pipeline-index 2";
    private readonly byte[] _bytes;
    private readonly int _body;

    private PackageIndex(IndexFile file, byte[] bytes)
    {
        File = file;
        _bytes = bytes;
        var head = bytes.AsSpan().IndexOf((byte)'\n');
        _body = head + 1 + bytes.AsSpan(head + 1).IndexOf((byte)'\n') + 1;
        Essential = Encoding
            .UTF8.GetString(bytes, head + 1, _body - head - 2)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .ToValueList();
    }

    /// <summary>What it was made from.</summary>
    public IndexFile File { get; }

    /// <summary>Names of the essential packages, sorted.</summary>
    public ValueList<string> Essential { get; }

    /// <summary>Opens the compact form, making it when it is missing.</summary>
    /// <param name="file">The index, in the store.</param>
    /// <param name="store">Holds it.</param>
    /// <param name="directory">Where compact forms are kept.</param>
    /// <param name="plain">Receives the unpacked text when it had to be read, so that it is unpacked once.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static async Task<PackageIndex> OpenAsync(
        IndexFile file,
        ContentStore store,
        string directory,
        Action<byte[]> plain,
        CancellationToken cancellationToken
    )
    {
        var path = Path.Combine(directory, $"{file.Digest.Hex}.idx");
        if (System.IO.File.Exists(path))
        {
            var bytes = await System.IO.File.ReadAllBytesAsync(path, cancellationToken);
            if (bytes.AsSpan().StartsWith(Encoding.UTF8.GetBytes(Format + "\n")))
            {
                return new(file, bytes);
            }
        }

        var text = Unpack(file, store);
        plain(text);
        var made = Make(text);
        await AtomicFile.WriteAsync(path, made, cancellationToken);
        return new(file, made);
    }

    /// <summary>The rows with the given digests.</summary>
    public Dictionary<Digest, PackageRow> Find(IReadOnlySet<Digest> wanted)
    {
        var found = new Dictionary<Digest, PackageRow>();
        var starts = wanted.Select(d => d.Hex[..16]).ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> start = stackalloc char[16];
        foreach (var line in Lines())
        {
            Encoding.ASCII.GetChars(_bytes.AsSpan(line.Start.Value, 16), start);
            if (starts.Contains(start) && PackageRow.Read(_bytes.AsSpan(line)) is var row && wanted.Contains(row.Digest))
            {
                found.TryAdd(row.Digest, row);
            }
        }

        return found;
    }

    /// <summary>All rows whose name is among <paramref name="names"/>.</summary>
    public IEnumerable<PackageRow> FindNames(IReadOnlySet<string> names) =>
        Lines().Where(l => names.Contains(NameAt(l))).Select(l => PackageRow.Read(_bytes.AsSpan(l)));

    /// <summary>Every package name, with repetitions.</summary>
    public IEnumerable<string> Names() => Lines().Select(NameAt);

    /// <summary>The unpacked text of an index.</summary>
    /// <exception cref="PipelineException">PL1116 (class 5): damaged, or larger than its Release says.</exception>
    public static byte[] Unpack(IndexFile file, ContentStore store)
    {
        try
        {
            using var source = System.IO.File.OpenRead(store.PathOf(file.Digest));
            using Stream stream = file.Compression switch
            {
                IndexCompression.Xz => new LzmaStream(source, MemoryLimit, leaveOpen: true),
                IndexCompression.Gzip => new GZipStream(source, CompressionMode.Decompress),
                _ => source,
            };
            var text = new MemoryStream((int)Math.Min(file.Length, 128 * 1024 * 1024));
            var buffer = new byte[256 * 1024];
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                if (text.Length + read > file.Length)
                {
                    throw new PipelineException(
                        RepositoryDiagnostics.BadIndex(file.Repo, $"unpacks to more than the {file.Length} bytes its Release says")
                    );
                }

                text.Write(buffer, 0, read);
            }

            return text.Capacity == text.Length ? text.GetBuffer() : text.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new PipelineException(RepositoryDiagnostics.BadIndex(file.Repo, $"cannot be unpacked: {e.Message}"), e);
        }
    }

    private static byte[] Make(byte[] text)
    {
        var lines = new StringBuilder();
        var essential = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var row in PackagesParser.Read(text))
        {
            lines.Append(row.Line).Append('\n');
            if (row.Essential)
            {
                essential.Add(row.Name);
            }
        }

        return Encoding.UTF8.GetBytes($"{Format}\n{string.Join(' ', essential)}\n{lines}");
    }

    private string NameAt(Range line)
    {
        const int name = 65;
        var rest = _bytes.AsSpan(line)[name..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'\t')]);
    }

    private IEnumerable<Range> Lines()
    {
        for (var start = _body; start < _bytes.Length; )
        {
            var end = start + _bytes.AsSpan(start).IndexOf((byte)'\n');
            yield return start..end;
            start = end + 1;
        }
    }
}
