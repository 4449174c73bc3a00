using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Projects;

/// <summary>Texts of what can be wrong with a new project: PL0390–PL0392.</summary>
internal static class ProjectDiagnostics
{
    private const int MostNamed = 5;

    public static Diagnostic NotEmpty(string directory, IReadOnlyList<string> there)
    {
        var named = string.Join(", ", there.Take(MostNamed).Select(n => $"'{n}'"));
        var more = there.Count > MostNamed ? $" and {there.Count - MostNamed} more" : "";
        return Diagnostic.Error(
            "PL0390",
            $"'{directory}' is not empty: it has {named}{more}",
            hint: "name a directory that is empty or does not exist; only '.git' may be there"
        );
    }

    public static Diagnostic NoDirectory(string directory) =>
        Diagnostic.Error("PL0391", $"'{directory}' is not a directory", hint: "name a directory that is empty or does not exist");

    public static Diagnostic NoManifests(string looked) =>
        Diagnostic.Error(
            "PL0392",
            $"the program's own manifests are not in '{looked}'",
            hint: "run the program of a checkout, or put a copy of its 'manifests' there",
            exit: ExitClass.MissingTool
        );
}
