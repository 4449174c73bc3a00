using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Graphs;

/// <summary>Texts of problems with graphs, PL5060–PL5069.</summary>
internal static class GraphDiagnostics
{
    /// <summary>Index and updates are of different streams.</summary>
    public static Diagnostic StreamsDiffer(string index, string updates) =>
        Diagnostic.Error(
            "PL5060",
            $"the index is of stream '{index}', the updates of '{updates}'",
            hint: "give both documents of one stream"
        );

    /// <summary>An unknown architecture.</summary>
    public static Diagnostic UnknownArchitecture(string name)
    {
        var known = Architecture.All.Select(a => a.Name).ToArray();
        return Diagnostic.Error(
            "PL5061",
            $"unknown architecture '{name}'",
            hint: ClosestName.Hint(name, known, $"one of {string.Join(", ", known)}")
        );
    }

    /// <summary>Neither one document nor a change was given, or both.</summary>
    public static Diagnostic OneChange() =>
        Diagnostic.Error(
            "PL5062",
            "give either --updates, or --before and --after",
            hint: "--before and --after compare two versions of the updates document"
        );

    /// <summary>No such rollout.</summary>
    public static Diagnostic NoRollout(string version, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL5063",
            version == "newest" ? "no release is rolled out" : $"'{version}' is not rolled out",
            hint: ClosestName.Hint(version, known, "see 'pipeline graph build'")
        );

    /// <summary>A fleet that cannot be simulated.</summary>
    public static Diagnostic WrongFleet() =>
        Diagnostic.Error(
            "PL5064",
            "a fleet has 1 to 1000000 machines, a check interval of 1 second to a year, and ends after it begins",
            hint: "see --fleet, --check-interval, --from and --until"
        );
}
