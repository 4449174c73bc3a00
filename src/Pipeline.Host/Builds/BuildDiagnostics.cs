using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Builds;

/// <summary>Texts of the build store.</summary>
internal static class BuildDiagnostics
{
    /// <summary>There is no build yet.</summary>
    public static Diagnostic None(string directory) =>
        Diagnostic.Error("PL0360", $"no build in '{directory}'", hint: "make one: pipeline compose");

    /// <summary>A build id that is not there.</summary>
    public static Diagnostic Unknown(string id, IEnumerable<string> known) =>
        Diagnostic.Error("PL0361", $"no build '{id}'", hint: ClosestName.Hint(id, known, "see 'pipeline builds list'"));

    /// <summary>No build is of that manifest or stream.</summary>
    public static Diagnostic NoneOf(string word, IReadOnlyCollection<string> known) =>
        Diagnostic.Error(
            "PL0366",
            $"no build is of a manifest or stream named '{word}'",
            hint: ClosestName.Hint(word, known, $"there are builds of {string.Join(", ", known.Select(k => $"'{k}'"))}")
        );

    /// <summary>What cannot be a tag.</summary>
    public static Diagnostic BadTag(string name) =>
        Diagnostic.Error(
            "PL0367",
            $"'{name}' cannot be a tag",
            hint: "letters, digits, '.', '_', '+' and '-', at most 128, and neither 'latest' nor the id of a build"
        );

    /// <summary>No build has that name.</summary>
    public static Diagnostic NoTag(string name, IReadOnlyCollection<string> known) =>
        Diagnostic.Error("PL0368", $"no tag '{name}'", hint: ClosestName.Hint(name, known, "see 'pipeline builds list'"));

    /// <summary>A build that lacks an architecture.</summary>
    public static Diagnostic NoArchitecture(string id, string architecture, IEnumerable<string> known) =>
        Diagnostic.Error("PL0362", $"build '{id}' has no {architecture}", hint: $"it has {string.Join(", ", known)}");

    /// <summary>A document of the store that cannot be read.</summary>
    public static Diagnostic Damaged(string file, string why) =>
        Diagnostic.Error(
            "PL0363",
            $"'{file}' is not what this program writes: {why}",
            hint: "restore it, or move the build away and compose again",
            exit: ExitClass.WorkFailed
        );

    /// <summary>An id that could leave the store.</summary>
    public static Diagnostic BadId(string id) =>
        Diagnostic.Error(
            "PL0364",
            $"'{id}' is not a build id",
            hint: "an id looks like 13.20260824.0.dev0: letters, digits, '.', '_', '+' and '-', at most 128"
        );

    /// <summary>A version that exists with other content.</summary>
    public static Diagnostic Exists(string id, string architecture) =>
        Diagnostic.Error(
            "PL0365",
            $"build '{id}' already has {architecture}, made from other inputs",
            hint: "choose another --version, or leave it out to get the next number"
        );
}
