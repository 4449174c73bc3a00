using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Documents;

/// <summary>Texts of problems with document files, PL5020–PL5029.</summary>
internal static class DocumentDiagnostics
{
    public static Diagnostic NoFile(string shown) =>
        Diagnostic.Error("PL5020", $"'{shown}' does not exist", hint: "check the spelling of the path");

    public static Diagnostic NotADocument(string shown) =>
        Diagnostic.Error("PL5021", $"'{shown}' is not a regular file of at most 16 MiB", hint: "check that this is the right file");

    public static Diagnostic Directory(string shown) =>
        Diagnostic.Error("PL5024", $"'{shown}' is a directory, not a document", hint: "name a file in it");

    public static Diagnostic OtherKind(string shown, ContractKind found, ContractKind? expected) =>
        Diagnostic.Error(
            "PL5026",
            $"this is {WithArticle(found)} document{(expected is null ? "" : $", not {WithArticle(expected)} document")}",
            new SourceSpan(shown, 1, 1),
            expected is null ? "check that this is the right file" : $"give this place: {expected.Title}"
        );

    private static string WithArticle(ContractKind kind) =>
        $"{("aeiou".Contains(kind.Name[0], StringComparison.Ordinal) ? "an" : "a")} {kind.Name}";

    public static Diagnostic UnknownKind(string kind, IEnumerable<string> known) =>
        Diagnostic.Error("PL5022", $"unknown kind '{kind}'", hint: ClosestName.Hint(kind, known, $"kinds: {string.Join(", ", known)}"));

    public static Diagnostic NotText(string shown) =>
        Diagnostic.Error("PL5023", $"'{shown}' is not UTF-8 text", new SourceSpan(shown, 1, 1), "save the file as UTF-8");

    public static Diagnostic EscapingUrl(string url) =>
        Diagnostic.Error(
            "PL5049",
            $"'{url}' does not lead into --release-root",
            hint: "the path of the URL must not climb out with '..'",
            exit: ExitClass.Refused
        );
}
