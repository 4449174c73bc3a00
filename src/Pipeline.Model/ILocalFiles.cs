namespace Pipeline.Model;

/// <summary>Files of a directory that a pure project may read by relative path; the implementation keeps every path inside.</summary>
public interface ILocalFiles
{
    /// <summary>Reads a whole file.</summary>
    /// <param name="path">Relative to the root, with <c>/</c>.</param>
    /// <param name="limit">Largest size in bytes that is read.</param>
    /// <exception cref="Diagnostics.PipelineException">Missing, too large, or outside the root (also through a symlink).</exception>
    byte[] Read(string path, int limit);

    /// <summary>All entries below a directory, depth first, names in ordinal order; symlinks are listed, not followed.</summary>
    /// <exception cref="Diagnostics.PipelineException">Missing or outside the root.</exception>
    IReadOnlyList<LocalFile> List(string path);
}

/// <summary>One entry of <see cref="ILocalFiles.List"/>.</summary>
/// <param name="Path">Relative to the listed directory, with <c>/</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Permission bits, for example 0755 octal.</param>
/// <param name="Target">A symlink's target as written; <c>null</c> for others.</param>
public sealed record LocalFile(string Path, LocalFileKind Kind, int Mode, string? Target);

/// <summary>Kinds of entries.</summary>
public enum LocalFileKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A device, socket or FIFO.</summary>
    Other,
}
