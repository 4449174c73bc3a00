using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Model.Contracts;

/// <summary>Reads and writes published JSON documents through their records.</summary>
public static class Contract
{
    /// <summary>Reads a document.</summary>
    /// <param name="file">Name for messages.</param>
    /// <param name="utf8">The bytes of the whole document.</param>
    /// <param name="problems">Receives every problem, with its pointer.</param>
    /// <returns>The document with its style, or <c>null</c> when it has an error.</returns>
    public static Document<T>? Read<T>(string file, ReadOnlyMemory<byte> utf8, DiagnosticBag problems)
        where T : ContractRecord
    {
        var local = new DiagnosticBag();
        var root = JsonText.Parse(file, utf8, local);
        var value = root is null || local.HasErrors ? null : Read<T>(root, local);
        foreach (var problem in local.Items)
        {
            problems.Add(problem);
        }

        return value is null || local.HasErrors ? null : new(value, JsonStyles.Detect(utf8.Span)) { Source = root as JsonTextObject };
    }

    /// <summary>Reads a node; <c>null</c> after an error.</summary>
    public static T? Read<T>(JsonTextNode root, DiagnosticBag problems)
        where T : ContractRecord => (T?)new RecordType(typeof(T)).Read(root, new(problems));

    /// <summary>A new document as text in <paramref name="style"/>.</summary>
    public static string Write(ContractRecord record, JsonStyle style) => JsonTextWriter.Write(ToNode(record), style);

    /// <summary>The record as a node with canonical tokens.</summary>
    /// <param name="record">What to write.</param>
    /// <param name="source">The object it was read from, whose order and unknown members stay; <c>null</c> for a new one.</param>
    public static JsonTextObject ToNode(ContractRecord record, JsonTextObject? source = null) => ContractWriter.ToNode(record, source);

    /// <summary>The node with canonical tokens.</summary>
    public static JsonTextNode Canonical(JsonTextNode node) => ContractWriter.Canonical(node);

    /// <summary>The JSON Schema (draft 7) of the documents whose root is <paramref name="type"/>.</summary>
    /// <param name="type">A record type.</param>
    /// <param name="title">What the document is called.</param>
    /// <param name="list">Whether the root is a list of such records.</param>
    public static string Schema(Type type, string title, bool list = false)
    {
        ContractType root = new RecordType(type);
        root = list ? (ContractType)Activator.CreateInstance(typeof(ListType<>).MakeGenericType(type), root, false)! : root;
        return JsonTextWriter.Write(SchemaDefinitions.Document(root, title), JsonStyle.Pretty);
    }
}

/// <summary>A document and the way it was laid out.</summary>
/// <param name="Value">What it says.</param>
/// <param name="Style">How it is printed.</param>
public sealed record Document<T>(T Value, JsonStyle Style)
    where T : ContractRecord
{
    /// <summary>
    /// The document as it was read; <c>null</c> for one that was made. An edited document keeps its form where its contents are the same.
    /// </summary>
    public JsonTextObject? Source { get; init; }

    /// <summary>The document as a node, in the form of <see cref="Source"/>.</summary>
    public JsonTextObject ToNode() => Contract.ToNode(Value, Source);

    /// <summary>The document's bytes as text.</summary>
    public string Print() => JsonTextWriter.Write(ToNode(), Style);
}
