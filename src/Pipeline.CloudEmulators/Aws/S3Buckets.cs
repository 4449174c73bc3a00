#pragma warning disable CA3003 // file names are digests or numbers: no text of a request becomes a path
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>Objects by bucket and key, as files whose names are digests: no key becomes a path.</summary>
/// <param name="directory">Where they are.</param>
internal sealed class S3Buckets(string directory)
{
    /// <summary>Path of an object's bytes, or <c>null</c> when there is no such object.</summary>
    public string? Find(string bucket, string key) => File.Exists(Name(bucket, key)) ? Name(bucket, key) : null;

    /// <summary>Whether there is such a bucket.</summary>
    public bool Has(string bucket) => Directory.Exists(Folder(bucket));

    /// <summary>Makes a bucket; one that is there stays.</summary>
    public void Create(string bucket) => Directory.CreateDirectory(Folder(bucket));

    /// <summary>A new file beside the objects of a bucket, which <see cref="Put"/> makes an object.</summary>
    public string NewFile(string bucket) => Path.Combine(Folder(bucket), $"new-{Guid.NewGuid():n}");

    /// <summary>Makes a file an object, in place of the one that was there.</summary>
    public void Put(string bucket, string key, string file) => File.Move(file, Name(bucket, key), overwrite: true);

    /// <summary>Removes an object; fine when there is none.</summary>
    public void Delete(string bucket, string key) => File.Delete(Name(bucket, key));

    /// <summary>The folder for the parts of an upload; <c>null</c> when the upload is not known.</summary>
    public string? Parts(string bucket, string upload) => Directory.Exists(Upload(bucket, upload)) ? Upload(bucket, upload) : null;

    /// <summary>Begins an upload in parts.</summary>
    public string BeginParts(string bucket)
    {
        var upload = $"{Guid.NewGuid():n}";
        Directory.CreateDirectory(Upload(bucket, upload));
        return upload;
    }

    private string Upload(string bucket, string upload) => Path.Combine(Folder(bucket), "parts-" + Digest(upload));

    private string Folder(string bucket) => Path.Combine(directory, Digest(bucket));

    private string Name(string bucket, string key) => Path.Combine(Folder(bucket), Digest(key));

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
