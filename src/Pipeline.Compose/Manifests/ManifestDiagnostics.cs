using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>Texts of what can be wrong with a manifest: PL1001–PL1099.</summary>
internal static class ManifestDiagnostics
{
    public static Diagnostic Missing(string path, SourceSpan? span, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL1001",
            $"manifest '{path}' does not exist",
            span,
            ClosestName.Hint(Path.GetFileName(path), known, "paths are relative to the file that includes them")
        );

    public static Diagnostic IsDirectory(string path, SourceSpan? span) =>
        Diagnostic.Error("PL1001", $"'{path}' is a directory, not a manifest", span, "name a YAML file in it");

    public static Diagnostic Unreadable(string path, string why, SourceSpan? span) =>
        Diagnostic.Error("PL1002", $"manifest '{path}' cannot be read: {why}", span);

    public static Diagnostic UnknownKey(string key, SourceSpan span, bool schema, bool warnOnly)
    {
        var known = TreefileKeys.All.Values.Where(k => schema || !k.SchemaOnly).Select(k => k.Name);
        var hint =
            !schema && TreefileKeys.All.ContainsKey(key)
                ? "this key needs 'schema: compose/v1' in the root manifest"
                : ClosestName.Hint(key, known, "see the list of keys in src/Pipeline.Compose/README.md");
        return warnOnly
            ? Diagnostic.Warning("PL1003", $"unknown key '{key}' is ignored", span, hint)
            : Diagnostic.Error("PL1003", $"unknown key '{key}'", span, hint);
    }

    public static Diagnostic WrongType(string key, string expected, string found, SourceSpan span, string? hint = null) =>
        Diagnostic.Error("PL1004", $"'{key}' must be {expected}, not {found}", span, hint);

    public static Diagnostic NotAMapping(string kind, SourceSpan span) =>
        Diagnostic.Error("PL1005", $"a manifest must be a mapping of keys, not {kind}", span);

    public static Diagnostic Loop(string path, SourceSpan span) =>
        Diagnostic.Error("PL1006", $"include loop: '{path}' was already included", span, "every file may be included once");

    public static Diagnostic TooDeep(int depth, SourceSpan span) =>
        Diagnostic.Error("PL1007", $"includes are nested deeper than {depth} files", span);

    public static Diagnostic WrongArchitecture(string given, string wanted, SourceSpan span) =>
        Diagnostic.Error("PL1008", $"the manifest is for '{given}', not for '{wanted}'", span, $"choose it with --arch {given}");

    public static Diagnostic UnknownArchitecture(string given, SourceSpan span) =>
        Diagnostic.Error("PL1039", $"there is no architecture '{given}'", span, Architecture.NameHint(given));

    public static Diagnostic Reserved(string name, SourceSpan span) =>
        Diagnostic.Error("PL1009", $"'{name}' is a reserved variable", span, $"set the key '{name}' instead");

    public static Diagnostic BadVariable(string name, SourceSpan span) =>
        Diagnostic.Error(
            "PL1010",
            $"the value of variable '{name}' must be a boolean, a whole number or a text without '$', '{{' and '}}'",
            span
        );

    public static Diagnostic BothSpellings(string old, string now, SourceSpan span) =>
        Diagnostic.Error("PL1011", $"both '{old}' and '{now}' are given", span, $"keep '{now}'");

    public static Diagnostic BadCondition(string text, string why, SourceSpan span) =>
        Diagnostic.Error("PL1012", $"condition '{text}' {why}", span, "write: variable operator value, for example: releasever >= 13");

    public static Diagnostic UndefinedVariable(string name, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL1013",
            $"variable '{name}' is not defined",
            span,
            ClosestName.Hint(name, known, $"define it under 'variables:' or pass --var {name}=VALUE")
        );

    public static Diagnostic OpenQuote(string item, SourceSpan span) =>
        Diagnostic.Error("PL1014", $"a quote is not closed in '{item}'", span);

    public static Diagnostic BadPath(string key, string path, SourceSpan span) =>
        Diagnostic.Error(
            "PL1015",
            $"'{path}' in '{key}' must be a relative path without '..'",
            span,
            "write it without the leading slash, for example usr/share/man"
        );

    public static Diagnostic BadName(string key, string value, string allowed, SourceSpan span) =>
        Diagnostic.Error("PL1016", $"'{value}' is not a valid {key}", span, allowed);

    public static Diagnostic UnknownSchema(string schema, SourceSpan span) =>
        Diagnostic.Error("PL1017", $"unknown schema '{schema}'", span, "supported: compose/v1");

    public static Diagnostic SchemaBelowTreefile(SourceSpan span) =>
        Diagnostic.Error(
            "PL1018",
            "an included file has 'schema' but the root manifest has not",
            span,
            "add 'schema: compose/v1' to the root manifest"
        );

    public static Diagnostic PackageBothWays(string name, SourceSpan span, SourceSpan asked) =>
        Diagnostic.Error("PL1019", $"package '{name}' is excluded and requested", span, $"it is requested at {asked}");

    public static Diagnostic MissingLayer(string name, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL1020",
            $"layer '{name}' does not exist",
            span,
            ClosestName.Hint(name, known, "'overlay/NAME' is overlay.d/NAME beside the root manifest or the file that names it")
        );

    public static Diagnostic LinkedLayer(string name, SourceSpan span) =>
        Diagnostic.Error(
            "PL1030",
            $"layer '{name}' is a symbolic link, which could make any file of this machine a part of the image",
            span,
            "put the directory itself beside the root manifest, in overlay.d"
        );

    public static Diagnostic ForeignLayer(string name, SourceSpan span) =>
        Diagnostic.Error(
            "PL1021",
            $"layer '{name}' is not supported yet: only 'overlay/NAME' is",
            span,
            "put the files into overlay.d/NAME beside the root manifest"
        );

    public static Diagnostic Refused(string name, SourceSpan span)
    {
        var key = TreefileKeys.All[name];
        var hint =
            key.Instead ?? (key.Harmless.Count > 0 ? $"write {string.Join(" or ", key.Harmless)}, or remove the key" : "remove the key");
        return Diagnostic.Error(
            "PL1022",
            $"'{name}' is refused{(key.Harmless.Count > 0 ? " with this value" : "")}: {key.Text}",
            span,
            hint
        );
    }

    public static Diagnostic Noted(string name, SourceSpan span) =>
        new("PL1023", Severity.Note, $"'{name}' needs nothing to be done: {TreefileKeys.All[name].Text}", span, Exit: ExitClass.Done);

    public static Diagnostic Derive(string key, SourceSpan span) =>
        Diagnostic.Error(
            "PL1024",
            $"'{key}' belongs to layering on a machine and is not supported in a compose",
            span,
            TreefileKeys.Derive[key]
        );

    public static Diagnostic BadScript(string path, string why, SourceSpan span) =>
        Diagnostic.Error("PL1025", $"postprocess-script '{path}' {why}", span, "it must be an executable file");

    public static Diagnostic NoShebang(SourceSpan span) =>
        Diagnostic.Warning("PL1026", "a postprocess script has no '#!' line; sh runs it", span);

    /// <summary>The code of <see cref="Finalize"/>; it is reported once per manifest.</summary>
    public const string FinalizeCode = "PL1027";

    public static Diagnostic Finalize(string path, SourceSpan span) =>
        Diagnostic.Error(
            FinalizeCode,
            $"'{path}' is refused: its programs would run on this machine, outside of the tree",
            span,
            "move the work to 'postprocess'"
        );

    public static Diagnostic NoPackages(SourceSpan span) =>
        Diagnostic.Error("PL1028", "the manifest requests no packages", span, "list them under 'packages:'");

    public static Diagnostic NoRepos(SourceSpan span) =>
        Diagnostic.Error("PL1029", "the manifest names no repositories", span, "list repository ids under 'repos:'");

    public static Diagnostic BadRepo(string why, SourceSpan span) =>
        Diagnostic.Error(
            "PL1031",
            $"an item of 'repos' {why}",
            span,
            "write the id of a repository, or {id: ID, type: rpm, baseurl: URL, gpgkey: FILE}"
        );

    public static Diagnostic BadRepoPackages(string why, SourceSpan span) =>
        Diagnostic.Error("PL1032", $"an item of 'repo-packages' {why}", span, "write {repo: ID, packages: [NAME]}");

    public static Diagnostic BadRemoval(string why, SourceSpan span) =>
        Diagnostic.Error(
            "PL1033",
            $"an item of 'remove-from-packages' {why}",
            span,
            "write [PACKAGE, PATTERN…], for example [systemd, /usr/lib/systemd/system-generators/.*]"
        );

    public static Diagnostic ReservedMetadata(string name, SourceSpan span) =>
        Diagnostic.Error("PL1034", $"'{name}' in 'add-commit-metadata' is written by the compose", span, "choose another name");

    public static Diagnostic BadMetadata(string name, string why, SourceSpan span) =>
        Diagnostic.Error(
            "PL1038",
            $"'{name}' in 'add-commit-metadata' {why}",
            span,
            "write texts, whole numbers, booleans, lists, mappings"
        );

    public static Diagnostic BadValue(string key, string value, SourceSpan span) =>
        Diagnostic.Error(
            "PL1035",
            $"'{key}' has no value '{value}'",
            span,
            ClosestName.Hint(value, TreefileKeys.All[key].Values, $"there are: {string.Join(", ", TreefileKeys.All[key].Values)}")
        );

    public static Diagnostic BadAddedFile(string why, SourceSpan span) =>
        Diagnostic.Error(
            "PL1036",
            $"an item of 'add-files' {why}",
            span,
            "write [SOURCE, TARGET]: a file beside the manifest, and a path such as usr/share/NAME or etc/NAME"
        );

    public static Diagnostic BadAccounts(string key, string why, SourceSpan span) =>
        Diagnostic.Error(
            "PL1037",
            $"'{key}' {why}",
            span,
            "write {type: none}, {type: previous}, {type: file, filename: FILE} or {type: data, entries: {NAME: NUMBER}}"
        );
}
