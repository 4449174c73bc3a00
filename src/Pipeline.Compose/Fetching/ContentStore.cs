using Pipeline.Model.Values;

namespace Pipeline.Compose.Fetching;

/// <summary>Files by sha256: <c>cache/sha256/ab/abcd…</c>. A file appears under its name only after all its bytes were checked.</summary>
internal sealed class ContentStore(string root)
{
    private readonly string _temporary = TemporaryOf(root);

    /// <summary>Where files grow.</summary>
    public static string TemporaryOf(string root) => System.IO.Path.Combine(root, "tmp");

    /// <summary>Where the file with <paramref name="digest"/> is or would be.</summary>
    public string PathOf(Digest digest) => System.IO.Path.Combine(root, digest.Hex[..2], digest.Hex);

    /// <summary>Whether it is there with the right size; a file that was cut by a crash of the machine is not.</summary>
    public bool Has(Digest digest, long size) => new FileInfo(PathOf(digest)) is { Exists: true } info && info.Length == size;

    /// <summary>
    /// A fresh path on the same file system to write to before <see cref="Commit"/>. Hold a <see cref="SharedCache"/> meanwhile.
    /// </summary>
    public string NewTemporary()
    {
        Directory.CreateDirectory(_temporary);
        return System.IO.Path.Combine(_temporary, Guid.NewGuid().ToString("n"));
    }

    /// <summary>Moves a checked file to its name, durable first: a name must never outlive a power cut without its bytes.</summary>
    public void Commit(string temporary, Digest digest)
    {
        var path = PathOf(digest);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
