using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Documents;

/// <summary>Tells which kind of document a file holds that cannot be read as the one that was asked for.</summary>
internal static class DocumentKinds
{
    /// <summary>Least share of a document's members that a kind must know to be named.</summary>
    private const double Known = 0.5;

    /// <summary>
    /// What is wrong with a document that could not be read: that it is one of another kind, where it is; otherwise the problems found.
    /// </summary>
    /// <param name="file">Its name for messages.</param>
    /// <param name="root">What it holds; <c>null</c> when it is no JSON.</param>
    /// <param name="expected">The record it was read as.</param>
    /// <param name="problems">What was found.</param>
    public static IReadOnlyList<Diagnostic> Explain(string file, JsonTextNode? root, Type expected, DiagnosticBag problems) =>
        root is JsonTextObject document && Recognize(document) is { } kind && kind.Root != expected
            ? [DocumentDiagnostics.OtherKind(file, kind, ContractKind.All.FirstOrDefault(k => k.Root == expected))]
            : problems.Items;

    /// <summary>
    /// The kind that a document plainly is, where that is not the one asked for, which takes any object; <c>null</c> for none.
    /// </summary>
    public static ContractKind? Other(JsonTextNode? root, ContractKind asked) =>
        root is JsonTextObject document
        && Share(asked, document) is <= Known and var share
        && Recognize(document) is { } kind
        && Share(kind, document) > share
            ? kind
            : null;

    /// <summary>
    /// The kind that reads a document without any problem and knows most of its members; <c>null</c> for none. What only people write,
    /// and in YAML, is not looked for: it would take any object.
    /// </summary>
    public static ContractKind? Recognize(JsonTextObject document) =>
        ContractKind
            .All.Where(k => k.Style is not null)
            .Select(k => (Kind: k, Share: Share(k, document)))
            .Where(k => k.Share >= Known)
            .OrderByDescending(k => k.Share)
            .FirstOrDefault()
            .Kind;

    private static double Share(ContractKind kind, JsonTextObject document)
    {
        var problems = new DiagnosticBag();
        if (document.Members.Count == 0 || kind.Read(document, problems) is not { } record || problems.HasErrors)
        {
            return 0;
        }

        var known = Contract.ToNode(record).Members.Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        return (double)document.Members.Count(m => known.Contains(m.Name)) / document.Members.Count;
    }
}
