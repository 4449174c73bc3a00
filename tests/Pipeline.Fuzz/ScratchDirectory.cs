using Pipeline.Host.Files;

namespace Pipeline.Fuzz;

/// <summary>Files for parsers that take a path; in memory where the machine has a file system for that.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private const string Memory = "/dev/shm";
    private readonly TemporaryDirectory _directory = new(Directory.Exists(Memory) ? Memory : null);

    /// <summary>Absolute path.</summary>
    public string Path => _directory.Path;

    /// <summary>Writes a file, replacing what was there, and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        var path = _directory.File(name);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();
}
