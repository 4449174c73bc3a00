using System.Text;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Provisioning.Tree;

/// <summary>
/// Where a value came from: its place in the text and its path there. Made values carry the origin of what they were made from.
/// </summary>
/// <param name="Parent">The value it stands in; <c>null</c> for the root.</param>
/// <param name="Segment">Its name or index there.</param>
/// <param name="Span">Its place.</param>
internal sealed record Origin(Origin? Parent, string Segment, SourceSpan? Span)
{
    /// <summary>The root of a text.</summary>
    public static Origin Root(SourceSpan? span, bool pointer) => new(null, "", span) { Pointer = pointer };

    /// <summary>Paths are JSON pointers (RFC 6901), not dotted.</summary>
    public bool Pointer { get; init; }

    /// <summary><c>storage.files.0.path</c>, or <c>/storage/files/0/path</c> for JSON.</summary>
    public string Path
    {
        get
        {
            var segments = new Stack<string>();
            for (var o = this; o.Parent is not null; o = o.Parent)
            {
                segments.Push(o.Segment);
            }

            if (!Pointer)
            {
                return string.Join('.', segments);
            }

            var text = new StringBuilder();
            foreach (var segment in segments)
            {
                text.Append('/').Append(segment.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
            }

            return text.ToString();
        }
    }

    /// <summary>A value inside this one.</summary>
    public Origin Child(string segment, SourceSpan? span) => new(this, segment, span) { Pointer = Pointer };
}
