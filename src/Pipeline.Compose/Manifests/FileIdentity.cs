using Pipeline.Host.Files;

namespace Pipeline.Compose.Manifests;

/// <summary>What makes two paths the same file: device and inode.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>The identity of what <paramref name="path"/> leads to, or <c>null</c> when there is nothing.</summary>
    public static FileIdentity? Of(string path)
    {
        try
        {
            return UnixFile.StatusOfTarget(path) is { } status ? new(status.Device, status.Inode) : null;
        }
        catch (IOException)
        {
            return null; // whoever reads the file reports why it cannot be read
        }
    }
}
