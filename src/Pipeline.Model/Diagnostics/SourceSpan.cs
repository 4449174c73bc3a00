namespace Pipeline.Model.Diagnostics;

/// <summary>A place in a text file. Lines and columns count from 1; columns count UTF-16 code units.</summary>
/// <param name="File">The file as the user named it, or a label such as <c>&lt;stdin&gt;</c>.</param>
/// <param name="Line">Line of the first character.</param>
/// <param name="Column">Column of the first character.</param>
/// <param name="EndLine">Line of the first character after the place; 0 when unknown.</param>
/// <param name="EndColumn">Column of the first character after the place; 0 when unknown.</param>
public sealed record SourceSpan(string File, int Line, int Column, int EndLine = 0, int EndColumn = 0)
{
    /// <summary><c>file:line:column</c>, the form editors and CI annotate.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";
}
