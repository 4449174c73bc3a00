using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>A file that the minimal image shares with the full one.</summary>
/// <param name="Minimal">Its first sector in the minimal image.</param>
/// <param name="Full">Its first sector in the full image.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record SharedExtent(uint Minimal, uint Full, uint Length)
{
    /// <summary>Its first byte in the minimal image.</summary>
    public long Start => Minimal * (long)IsoImage.Sector;

    /// <summary>The first byte behind it in the minimal image.</summary>
    public long End => Start + Length;
}

/// <summary>
/// <c>/coreos/miniso.dat</c>: how a live ISO without its root file system is made of the full one. Files that both have are listed, the
/// rest is in an xz stream. Format 1 of coreos-installer: bincode with variable integers.
/// </summary>
internal sealed class MinimalIso
{
    /// <summary>Where it is.</summary>
    public const string Document = "coreos/miniso.dat";

    /// <summary>Most bytes of the file.</summary>
    public const int Largest = 1 << 20;
    private const uint Version = 1;
    private const int MostFiles = 65_536;
    private const long LargestImage = 64L << 30;
    private const ulong XzMemory = 256UL << 20;
    private readonly ValueList<SharedExtent> _files;
    private readonly Digest _digest;
    private readonly byte[] _rest;

    private MinimalIso(ValueList<SharedExtent> files, Digest digest, byte[] rest) => (_files, _digest, _rest) = (files, digest, rest);

    /// <summary>Reads the file.</summary>
    /// <exception cref="PipelineException">PL3120.</exception>
    public static MinimalIso Read(string image, byte[] bytes)
    {
        PipelineException Bad(string what) => new(LiveDiagnostics.BadMinimal(image, what));
        try
        {
            var reader = new Fields(bytes);
            if (!reader.Take(8).SequenceEqual("MINISO\0\0"u8))
            {
                throw Bad("is empty: the image was made without a minimal one");
            }

            var version = reader.Number();
            if (version != Version)
            {
                throw Bad($"has format {version}, known is {Version}");
            }

            reader.Take(reader.Length(256));
            var files = new List<SharedExtent>();
            for (var left = reader.Length(MostFiles); left > 0; left--)
            {
                files.Add(new(reader.Sector(), reader.Sector(), reader.Sector()));
            }

            var digest = Digest.FromHash(reader.Take(32));
            var rest = reader.Take(reader.Length(Largest)).ToArray();
            return files.Count == 0 ? throw Bad("names no file")
                : files[^1].End > LargestImage ? throw Bad("makes too large an image")
                : files.Zip(files.Skip(1)).Any(f => f.First.End > f.Second.Start) ? throw Bad("has files that overlap")
                : new([.. files], digest, rest);
        }
        catch (InvalidDataException e)
        {
            throw Bad(e.Message);
        }
    }

    /// <summary>Makes what the file says of the two images.</summary>
    /// <param name="full">The full image.</param>
    /// <param name="minimal">The image without root file system. What it does not share with the full one is kept as it is.</param>
    public static byte[] Pack(IsoImage full, IsoImage minimal)
    {
        var files = minimal
            .Entries.Where(e => !e.IsDirectory && e.Length > 0)
            .Select(e =>
                full.Find(e.Path) is { } other && IsSame(full, other, minimal, e)
                    ? new SharedExtent(Sector(e.Offset), Sector(other.Offset), checked((uint)e.Length))
                    : null
            )
            .OfType<SharedExtent>()
            .Distinct()
            .OrderBy(f => f.Minimal)
            .ToArray();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var rest = new MemoryStream();
        var at = 0L;
        foreach (var (start, end) in files.Select(f => (f.Start, f.End)).Append((minimal.Length, minimal.Length)))
        {
            Copy(
                minimal,
                at,
                start - at,
                b =>
                {
                    hash.AppendData(b);
                    rest.Write(b);
                }
            );
            Copy(minimal, start, end - start, hash.AppendData);
            at = end;
        }

        var made = new MemoryStream();
        made.Write("MINISO\0\0"u8);
        Write(made, Version);
        var name = Encoding.ASCII.GetBytes("pipeline");
        Write(made, (ulong)name.Length);
        made.Write(name);
        Write(made, (ulong)files.Length);
        foreach (var file in files)
        {
            Write(made, file.Minimal);
            Write(made, file.Full);
            Write(made, file.Length);
        }

        made.Write(hash.GetHashAndReset());
        var packed = Xz.Compress(rest.ToArray());
        Write(made, (ulong)packed.Length);
        made.Write(packed);
        return made.ToArray();
    }

    /// <summary>Writes the minimal image.</summary>
    /// <exception cref="PipelineException">PL3101, PL3120, PL3121.</exception>
    public async Task WriteAsync(IsoImage full, Stream target, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var both = new HashingStream(target, hash);
        await using var rest = new LzmaStream(new MemoryStream(_rest), XzMemory, leaveOpen: false);
        var at = 0L;
        try
        {
            foreach (var file in _files)
            {
                await RestAsync(file.Start - at);
                await full.CopyAsync(
                    file.Full * (long)IsoImage.Sector,
                    file.Length,
                    "a file of the minimal image",
                    both,
                    cancellationToken
                );
                at = file.End;
            }

            await RestAsync(long.MaxValue);
        }
        catch (InvalidDataException e)
        {
            throw new PipelineException(LiveDiagnostics.BadMinimal(full.File, e.Message));
        }

        var made = Digest.FromHash(hash.GetHashAndReset());
        if (made != _digest)
        {
            throw new PipelineException(LiveDiagnostics.MinimalDigest(full.File, _digest, made));
        }

        // Up to so many bytes of the stream, all of them when there is an end to reach.
        async Task RestAsync(long count)
        {
            var buffer = new byte[256 * 1024];
            var written = 0L;
            while (written < count)
            {
                var read = await rest.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count - written)), cancellationToken);
                if (read == 0)
                {
                    if (count == long.MaxValue)
                    {
                        return;
                    }

                    throw new InvalidDataException("ends too early");
                }

                written += read;
                if (written > LargestImage)
                {
                    throw new InvalidDataException("unpacks to too much");
                }

                await both.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
    }

    private static uint Sector(long offset) => checked((uint)(offset / IsoImage.Sector));

    private static bool IsSame(IsoImage one, IsoEntry first, IsoImage other, IsoEntry second)
    {
        const int chunk = 1 << 20;
        for (var done = 0L; done < first.Length && first.Length == second.Length; done += chunk)
        {
            var length = (int)Math.Min(chunk, first.Length - done);
            if (
                !one.Read(first.Offset + done, length, "a part of the image")
                    .AsSpan()
                    .SequenceEqual(other.Read(second.Offset + done, length, "a part of the image"))
            )
            {
                return false;
            }
        }

        return first.Length == second.Length;
    }

    private static void Copy(IsoImage image, long offset, long length, Action<byte[]> take)
    {
        const int chunk = 1 << 20;
        for (var done = 0L; done < length; done += chunk)
        {
            take(image.Read(offset + done, (int)Math.Min(chunk, length - done), "a part of the image"));
        }
    }

    /// <summary>bincode: one byte below 251, else a marker and 2, 4 or 8 bytes.</summary>
    private static void Write(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[9];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[1..], value);
        switch (value)
        {
            case < 251:
                stream.WriteByte((byte)value);
                break;
            case <= ushort.MaxValue:
                bytes[0] = 251;
                stream.Write(bytes[..3]);
                break;
            case <= uint.MaxValue:
                bytes[0] = 252;
                stream.Write(bytes[..5]);
                break;
            default:
                bytes[0] = 253;
                stream.Write(bytes);
                break;
        }
    }

    /// <summary>Fields one after another; an <see cref="InvalidDataException"/> when they end too early or are too large.</summary>
    private sealed class Fields(byte[] bytes)
    {
        private int _at;

        public ReadOnlySpan<byte> Take(int count)
        {
            if (count > bytes.Length - _at)
            {
                throw new InvalidDataException("is cut off");
            }

            _at += count;
            return bytes.AsSpan(_at - count, count);
        }

        public ulong Number() =>
            Take(1)[0] switch
            {
                251 => BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
                252 => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)),
                253 => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)),
                > 253 => throw new InvalidDataException("has a number of an unknown kind"),
                var small => small,
            };

        public int Length(int most) =>
            Number() is var count && count <= (ulong)most ? (int)count : throw new InvalidDataException("has too much");

        public uint Sector() =>
            Number() is var value && value <= uint.MaxValue
                ? (uint)value
                : throw new InvalidDataException("has a number that is too large");
    }
}
