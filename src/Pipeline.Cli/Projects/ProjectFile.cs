namespace Pipeline.Cli.Projects;

/// <summary>A file of a new project.</summary>
/// <param name="Path">Relative to the project's directory, with slashes.</param>
internal sealed record ProjectFile(string Path)
{
    /// <summary>Its text; <c>null</c> for a copy.</summary>
    public string? Text { get; init; }

    /// <summary>Absolute path of what is copied: a regular file, or a symbolic link, which is copied as one.</summary>
    public string? Source { get; init; }

    /// <summary>Whether everybody may execute it; a copy keeps its mode.</summary>
    public bool IsExecutable { get; init; }
}
