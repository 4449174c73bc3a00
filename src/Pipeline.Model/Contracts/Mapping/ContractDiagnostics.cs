using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Model.Contracts;

/// <summary>Texts of problems in published documents, PL5001–PL5019.</summary>
public static class ContractDiagnostics
{
    /// <summary>A value has the wrong type.</summary>
    public static Diagnostic WrongKind(JsonTextNode node, string expected, string place) =>
        Diagnostic.Error(
            "PL5001",
            $"expected {expected}, found {node.Kind}",
            node.Span,
            "correct the value; 'pipeline contract schema KIND' prints what the document may hold",
            path: place.Length == 0 ? null : place
        );

    /// <summary>A value has the right type but cannot be meant.</summary>
    public static Diagnostic WrongValue(JsonTextNode node, string value, string expected, string place) =>
        Diagnostic.Error(
            "PL5002",
            $"'{Short(value)}' is not {expected}",
            node.Span,
            "correct the value; 'pipeline contract schema KIND' prints what the document may hold",
            path: place.Length == 0 ? null : place
        );

    /// <summary>A member is missing or null.</summary>
    public static Diagnostic Missing(JsonTextObject node, string member, string place) =>
        Diagnostic.Error(
            "PL5003",
            $"member '{member}' is missing",
            node.Span,
            ClosestName.Hint(member, node.Members.Select(m => m.Name), $"add '{member}'"),
            path: place.Length == 0 ? null : place
        );

    /// <summary>The document is not an object or list at all, or empty.</summary>
    public static Diagnostic NoDocument(string file, string kind) =>
        Diagnostic.Error("PL5004", $"the file holds no {kind} document", new SourceSpan(file, 1, 1), "check that this is the right file");

    /// <summary>An unknown member, probably mistyped; only in documents that people write.</summary>
    public static Diagnostic UnknownMember(JsonTextMember member, IEnumerable<string> known, string place) =>
        Diagnostic.Error(
            "PL5006",
            $"unknown key '{Short(member.Name)}'",
            member.NameSpan,
            ClosestName.Hint(member.Name, known, $"known keys: {string.Join(", ", known)}"),
            path: place.Length == 0 ? null : place
        );

    /// <summary>The key of a map cannot be meant.</summary>
    public static Diagnostic WrongKey(JsonTextMember member, string expected, string place) =>
        Diagnostic.Error(
            "PL5007",
            $"key '{Short(member.Name)}' is not {expected}",
            member.NameSpan,
            "correct the key",
            path: place.Length == 0 ? null : place
        );

    private static string Short(string value) => value.Length <= 120 ? value : value[..120] + "…";
}
