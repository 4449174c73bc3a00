using System.Text;
using Pipeline.Releases.Documents;
using Pipeline.Tests.Contracts;
using Pipeline.Tests.Published;

namespace Pipeline.Tests.Compose;

/// <summary>
/// The schema of a built <c>meta.json</c>: ours, made from the record, without further members; coreos-assembler's too where it is at hand.
/// </summary>
internal static class MetaSchema
{
    /// <summary>Everything that is wrong with a document; empty for a valid one.</summary>
    public static IReadOnlyList<string> Problems(ReadOnlySpan<byte> document)
    {
        var ours = Ours(document);
        return PublishedFolder.Schema() is { } schema
            ? [.. ours, .. new JsonSchemaCheck(schema, closed: false).Problems(Encoding.UTF8.GetString(document))]
            : ours;
    }

    /// <summary>What is wrong with a document by our schema alone.</summary>
    public static IReadOnlyList<string> Ours(ReadOnlySpan<byte> document) =>
        new JsonSchemaCheck(ContractKind.Of("meta").Schema(), closed: true).Problems(Encoding.UTF8.GetString(document));
}
