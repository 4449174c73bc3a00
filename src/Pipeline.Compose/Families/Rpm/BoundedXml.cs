using System.Xml;
using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Reads XML that others wrote: no document type is followed, no entity of its own expanded, nothing fetched.</summary>
internal static class BoundedXml
{
    private const int MaxDepth = 64;

    /// <summary>A reader of a document.</summary>
    /// <param name="text">The document; its own encoding counts.</param>
    /// <param name="limit">Most characters.</param>
    public static XmlReader Open(ReadOnlyMemory<byte> text, long limit) =>
        XmlReader.Create(
            new MemoryStream(text.ToArray(), writable: false),
            new()
            {
                DtdProcessing = DtdProcessing.Ignore,
                XmlResolver = null,
                IgnoreComments = true,
                IgnoreProcessingInstructions = true,
                IgnoreWhitespace = true,
                MaxCharactersFromEntities = 0x10000,
                MaxCharactersInDocument = limit,
                CloseInput = true,
            }
        );

    /// <summary>Reads an index; one without an element is empty.</summary>
    /// <param name="repo">Names the repository in errors.</param>
    /// <param name="what">What the index holds, for errors.</param>
    /// <param name="text">The document.</param>
    /// <param name="limit">Most characters.</param>
    /// <param name="read">Reads it from its first element on.</param>
    /// <exception cref="PipelineException">PL1116 (class 5): the document is not well formed, or beyond a bound.</exception>
    public static IReadOnlyList<T> ReadIndex<T>(
        string repo,
        string what,
        ReadOnlyMemory<byte> text,
        long limit,
        Func<XmlReader, IReadOnlyList<T>> read
    )
    {
        try
        {
            using var xml = Open(text, limit);
            return xml.MoveToContent() == XmlNodeType.Element ? read(xml) : [];
        }
        catch (XmlException e)
        {
            throw new PipelineException(
                RepositoryDiagnostics.BadIndex(repo, $"with the {what} is not readable: {e.Message.Split('\n')[0]}"),
                e
            );
        }
    }

    /// <summary>
    /// Goes through the elements inside the one the reader is at: their names, while the reader stands at them. What is done with each must
    /// move the reader behind it. In the end the reader is behind the last of them.
    /// </summary>
    /// <exception cref="XmlException">The document is not well formed, or nested too deeply.</exception>
    public static IEnumerable<string> Children(this XmlReader reader)
    {
        if (reader.Depth > MaxDepth)
        {
            throw new XmlException("it is nested too deeply");
        }

        var (depth, empty) = (reader.Depth, reader.IsEmptyElement);
        reader.Read();
        while (!empty && reader.NodeType is not XmlNodeType.None && reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element && reader.Depth == depth + 1)
            {
                yield return reader.LocalName;
            }
            else if (!reader.Read())
            {
                yield break;
            }
        }
    }

    /// <summary>The text of the element the reader is at; the reader moves behind it.</summary>
    public static string Text(this XmlReader reader) => reader.ReadElementContentAsString().Trim();
}
