namespace Pipeline.CloudEmulators.Aws;

/// <summary>
/// The bytes of snapshots: one sparse file each, beside it one byte per block that says whether the block was ever written.
/// </summary>
/// <param name="directory">Where they are.</param>
internal sealed class SnapshotFiles(string directory)
{
    /// <summary>Bytes of a block of the EBS direct APIs.</summary>
    public const int BlockSize = 512 * 1024;

    /// <summary>Blocks of a GiB.</summary>
    public const int BlocksPerGiB = 2048;

    private const byte Known = 1;
    private const byte Changed = 2;

    /// <summary>Path of a snapshot's bytes, a raw disk.</summary>
    public string Raw(string id) => Path.Combine(directory, id + ".raw");

    /// <summary>Makes an empty snapshot of that many GiB.</summary>
    public void Create(string id, int gib)
    {
        Directory.CreateDirectory(directory);
        using (var raw = new FileStream(Raw(id), FileMode.Create, FileAccess.Write))
        {
            raw.SetLength((long)gib * BlocksPerGiB * BlockSize);
        }

        using var map = new FileStream(Map(id), FileMode.Create, FileAccess.Write);
        map.SetLength((long)gib * BlocksPerGiB);
    }

    /// <summary>Writes a block and notes it.</summary>
    public void Write(string id, int index, ReadOnlySpan<byte> block)
    {
        using (var raw = File.OpenHandle(Raw(id), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(raw, block, (long)index * BlockSize);
        }

        using var map = File.OpenHandle(Map(id), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(map, [Changed], index);
    }

    /// <summary>Reads a block; <c>null</c> when it was never written.</summary>
    public byte[]? Read(string id, int index)
    {
        if (!IsWritten(id, index))
        {
            return null;
        }

        var block = new byte[BlockSize];
        using var raw = File.OpenHandle(Raw(id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var read = 0;
        while (read < block.Length && RandomAccess.Read(raw, block.AsSpan(read), ((long)index * BlockSize) + read) is > 0 and var n)
        {
            read += n;
        }

        return block;
    }

    /// <summary>Whether a block was written.</summary>
    public bool IsWritten(string id, int index)
    {
        var flag = new byte[1];
        using var map = File.OpenHandle(Map(id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return RandomAccess.Read(map, flag, index) == 1 && flag[0] != 0;
    }

    /// <summary>The blocks that were written, in order.</summary>
    public IReadOnlyList<int> Written(string id)
    {
#pragma warning disable CA3003 // the id is one that was made here: it was found in the state
        var map = File.ReadAllBytes(Map(id));
#pragma warning restore CA3003
        return [.. Enumerable.Range(0, map.Length).Where(i => map[i] != 0)];
    }

    /// <summary>
    /// Gives a raw file that was put in place from elsewhere its size in GiB, and notes the blocks that are not all zero.
    /// </summary>
    public async Task AdoptAsync(string id, int gib, CancellationToken cancellationToken)
    {
        await using var raw = new FileStream(Raw(id), FileMode.Open, FileAccess.ReadWrite);
        raw.SetLength((long)gib * BlocksPerGiB * BlockSize);
        var map = new byte[gib * BlocksPerGiB];
        var block = new byte[BlockSize];
        for (var i = 0; i < map.Length; i++)
        {
            await raw.ReadExactlyAsync(block, cancellationToken);
            map[i] = block.AsSpan().ContainsAnyExcept((byte)0) ? Known : (byte)0;
        }

        await File.WriteAllBytesAsync(Map(id), map, cancellationToken);
    }

    /// <summary>The blocks that were written since it was made from its parent, in order.</summary>
    public IReadOnlyList<int> ChangedBlocks(string id)
    {
        var map = File.ReadAllBytes(Map(id));
        return [.. Enumerable.Range(0, map.Length).Where(i => map[i] == Changed)];
    }

    /// <summary>Makes a snapshot that has the blocks of another.</summary>
    public void Copy(string from, string to, int gib)
    {
        Create(to, gib);
        foreach (var index in Written(from))
        {
            Write(to, index, Read(from, index)!);
        }

        var map = File.ReadAllBytes(Map(to));
        File.WriteAllBytes(Map(to), [.. map.Select(b => b == 0 ? b : Known)]);
    }

    /// <summary>Removes the files; fine when there are none.</summary>
    public void Delete(string id)
    {
        if (Directory.Exists(directory))
        {
            File.Delete(Raw(id));
            File.Delete(Map(id));
        }
    }

    private string Map(string id) => Path.Combine(directory, id + ".blocks");
}
