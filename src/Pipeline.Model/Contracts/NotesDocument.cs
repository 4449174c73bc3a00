using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary><c>release-notes/&lt;stream&gt;.yml</c> and its published JSON: what people should know about releases, newest first.</summary>
public sealed record NotesDocument : ContractRecord
{
    /// <summary>By version, newest first.</summary>
    [Member("releases")]
    public required ValueMap<NotesRelease> Releases { get; init; }
}

/// <summary>Notes on one release.</summary>
public sealed record NotesRelease : ContractRecord
{
    /// <summary>Written even when there are none.</summary>
    [Member("issues")]
    public required ValueList<NotesIssue> Issues { get; init; }
}

/// <summary>One note.</summary>
public sealed record NotesIssue : ContractRecord
{
    /// <summary>One line.</summary>
    [Member("text")]
    public required string Text { get; init; }

    /// <summary>Where to read more.</summary>
    [Member("url")]
    public required string Url { get; init; }
}
