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

    /// <summary>Moves to the next element below <paramref name="depth"/>; <c>false</c> at its end.</summary>
    /// <exception cref="XmlException">The document is not well formed, or nested too deeply.</exception>
    public static bool NextChild(this XmlReader reader, int depth)
    {
        while (reader.NodeType is not XmlNodeType.None && reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element && reader.Depth == depth + 1)
            {
                return true;
            }

            if (!reader.Read())
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Enters the element the reader is at; <c>false</c> when it has no content, which is skipped then.</summary>
    public static bool Enter(this XmlReader reader)
    {
        if (reader.Depth > MaxDepth)
        {
            throw new XmlException("it is nested too deeply");
        }

        var empty = reader.IsEmptyElement;
        reader.Read();
        return !empty;
    }

    /// <summary>The text of the element the reader is at; the reader moves behind it.</summary>
    public static string Text(this XmlReader reader) => reader.ReadElementContentAsString().Trim();
}
