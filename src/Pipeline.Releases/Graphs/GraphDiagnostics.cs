using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Graphs;

/// <summary>Texts of problems with graphs, PL5060–PL5069.</summary>
public static class GraphDiagnostics
{
    /// <summary>Index and updates are of different streams.</summary>
    public static Diagnostic StreamsDiffer(string index, string updates) =>
        Diagnostic.Error("PL5060", $"the index is of stream '{index}', the updates of '{updates}'", hint: "give both documents of one stream");

    /// <summary>An architecture nobody builds.</summary>
    public static Diagnostic UnknownArchitecture(string name)
    {
        var known = Architecture.All.Select(a => a.Name).ToArray();
        return Diagnostic.Error("PL5061", $"unknown architecture '{name}'", hint: ClosestName.Hint(name, known, $"one of {string.Join(", ", known)}"));
    }
}
