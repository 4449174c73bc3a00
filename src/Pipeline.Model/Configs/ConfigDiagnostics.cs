using Pipeline.Model.Diagnostics;

namespace Pipeline.Model.Configs;

/// <summary>Texts about image.yaml, platforms.yaml, build-args.conf and extensions.yaml: PL1050–PL1059.</summary>
internal static class ConfigDiagnostics
{
    public static Diagnostic UnknownKey(string key, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error("PL1050", $"unknown key '{key}'", span, ClosestName.Hint(key, known, $"there are: {string.Join(", ", known)}"));

    public static Diagnostic WrongValue(string key, string expected, SourceSpan span) =>
        Diagnostic.Error("PL1051", $"'{key}' must be {expected}", span, $"write {key}: {expected}");

    public static Diagnostic Refused(ConfigKey key, SourceSpan span) =>
        Diagnostic.Error(
            "PL1052",
            $"'{key.Name}' is refused with this value: {key.Reason}",
            span,
            $"write {key.Accepted}, or remove the key"
        );

    public static Diagnostic Noted(ConfigKey key, SourceSpan span) =>
        new("PL1053", Severity.Note, $"'{key.Name}' has no effect: {key.Reason}", span, Exit: ExitClass.Done);

    public static Diagnostic UnknownPlatform(string name, SourceSpan span) =>
        new("PL1054", Severity.Note, $"no images for platform '{name}' are made", span, Exit: ExitClass.Done);

    public static Diagnostic Include(string name, string why, SourceSpan span) =>
        Diagnostic.Error("PL1055", $"'{name}' cannot be included: {why}", span, "name a file beside this one, each once");

    public static Diagnostic BadLine(string line, SourceSpan span) =>
        Diagnostic.Error(
            "PL1056",
            $"'{(line.Length > 80 ? line[..80] : line)}' is no argument",
            span,
            "write NAME=VALUE or NAME=\"VALUE\""
        );

    public static Diagnostic NoArgument(string name, string expected, SourceSpan span) =>
        Diagnostic.Error("PL1057", $"'{name}' is missing or is not {expected}", span, $"write {name}=VALUE with {expected}");
}
