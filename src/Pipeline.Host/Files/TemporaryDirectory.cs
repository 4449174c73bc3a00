namespace Pipeline.Host.Files;

/// <summary>A directory of our own that goes away when disposed.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    /// <summary>
    /// Makes a fresh directory, mode 0700, below <paramref name="parent"/> (the system's temporary directory when <c>null</c>).
    /// </summary>
    public TemporaryDirectory(string? parent = null)
    {
        parent ??= System.IO.Path.GetTempPath();
        Directory.CreateDirectory(parent);
        Path = System.IO.Path.Combine(parent, $"pipeline-{Guid.NewGuid():n}");
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>A path inside.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    /// <remarks>Whatever is in it; moved into place by its owner is fine.</remarks>
    public void Dispose() => UnixFile.DeleteTree(Path);
}
