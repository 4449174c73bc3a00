using System.Xml;

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
