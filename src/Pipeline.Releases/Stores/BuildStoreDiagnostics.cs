using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Stores;

/// <summary>Texts of problems with builds in stores, PL6020–PL6039.</summary>
internal static class BuildStoreDiagnostics
{
    /// <summary>A path in meta.json that is not a plain file name.</summary>
    public static Diagnostic BadPath(string file, string path) =>
        Diagnostic.Error(
            "PL6020",
            $"{file}: '{path}' is not a file name",
            hint: "artifacts lie beside meta.json; do not use a build that says otherwise",
            exit: ExitClass.Refused
        );

    /// <summary>meta.json does not say what it must.</summary>
    public static Diagnostic Damaged(string file, string why) =>
        Diagnostic.Error("PL6021", $"{file}: {why}", hint: "fetch or make the build again");

    /// <summary>A file that meta.json names is not there.</summary>
    public static Diagnostic NoFile(string path) =>
        Diagnostic.Error("PL6022", $"'{path}' is not there", hint: "make the artifact again, or choose others with --artifact");

    /// <summary>An artifact the build does not have.</summary>
    public static Diagnostic UnknownArtifact(string name, string build, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL6023",
            $"build '{build}' has no artifact '{name}'",
            hint: ClosestName.Hint(name, known, $"it has {string.Join(", ", known)}")
        );

    /// <summary>The store already has another build of that name.</summary>
    public static Diagnostic OtherBuild(string address, string key, string member) =>
        Diagnostic.Error(
            "PL6024",
            $"{address}: '{key}' is of another build: '{member}' differs",
            hint: "a published build never changes: make a new version",
            exit: ExitClass.Refused
        );

    /// <summary>No builds in the store, or not that one.</summary>
    public static Diagnostic NoBuild(string address, string id) =>
        Diagnostic.Error("PL6025", $"{address}: there is no build '{id}'", hint: $"see 'pipeline builds list --store {address}'");

    /// <summary>No build of the store is of that manifest or stream.</summary>
    public static Diagnostic NoneOf(string address, string word, IReadOnlyCollection<string> known) =>
        Diagnostic.Error(
            "PL6029",
            $"{address}: no build is of a manifest or stream named '{word}'",
            hint: ClosestName.Hint(word, known, $"there are builds of {string.Join(", ", known.Select(k => $"'{k}'"))}")
        );

    /// <summary>No build has all the architectures asked for.</summary>
    public static Diagnostic NoArchitectures(string address, string id, IEnumerable<string> arches) =>
        Diagnostic.Error(
            "PL6026",
            $"{address}: {id} for {string.Join(" and ", arches)} is not there",
            hint: "choose another build or architecture"
        );

    /// <summary>A build that was pruned may not come back under its name.</summary>
    public static Diagnostic Tombstone(string address, string id) =>
        Diagnostic.Error(
            "PL6027",
            $"{address}: build '{id}' was pruned and its name is used up",
            hint: "make a new version",
            exit: ExitClass.Refused
        );

    /// <summary>Pruning without saying what to keep.</summary>
    public static Diagnostic KeepWhat() =>
        Diagnostic.Error("PL6028", "nothing says what to keep", hint: "give --keep N, --older-than DAYS, or both");
}
