using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Solving;

/// <summary>Texts of what can go wrong while packages are chosen: PL1401–PL1499.</summary>
internal static class SolverDiagnostics
{
    public static Diagnostic NoLibrary(string why) =>
        Diagnostic.Error(
            "PL1401",
            $"libsolv cannot be used: {why}",
            hint: "install the packages 'libsolv1' and 'libsolvext1'",
            exit: ExitClass.MissingTool
        );

    public static Diagnostic UnknownPackage(Sourced request, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL1402",
            $"no repository has a package '{request.Text}'",
            request.Span,
            ClosestName.Hint(NameOf(request.Text), known, "check the name and the manifest's 'repos:'")
        );

    public static Diagnostic NotInRepo(Sourced request, string repo) =>
        Diagnostic.Error(
            "PL1408",
            $"repository '{repo}' has no package '{request.Text}'",
            request.Span,
            "check 'repo-packages' and the manifest's 'repos:'"
        );

    public static Diagnostic BadRequest(Sourced request, bool debian) =>
        Diagnostic.Error(
            "PL1403",
            $"'{request.Text}' is not a package request",
            request.Span,
            debian
                ? "write name, name=version, or 'name (>= version)' in single quotes"
                : "write name, name.arch, name-version-release, a capability, a path, or 'name >= version' in single quotes"
        );

    public static Diagnostic Unsatisfiable(string explanation, IReadOnlyList<Sourced> asked) =>
        Diagnostic.Error(
            "PL1404",
            $"these packages cannot be installed together: {explanation}",
            asked.Count == 0 ? null : asked[0].Span,
            asked.Count == 0
                ? null
                : $"it follows from {string.Join(" and ", asked.Select(a => $"'{a.Text}' ({a.Span})"))}: "
                    + "change one, or name another provider"
        );

    public static Diagnostic NotIndexed(string what) =>
        Diagnostic.Error(
            "PL1405",
            $"the index entry of '{what}' has no usable location, size and SHA-256",
            hint: "nothing is installed without a digest",
            exit: ExitClass.Refused
        );

    /// <summary>libsolv could not write or read its cache. It reports no reason; a full disk is the usual one.</summary>
    public static Diagnostic BadCache(string path, bool full) =>
        Diagnostic.Error(
            "PL1406",
            $"'{path}' cannot be written or read back{(full ? ": the disk is full" : "")}",
            hint: full ? "free space, or point -C at a larger disk" : "check the disk",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic NoResult() =>
        Diagnostic.Error(
            "PL1407",
            "the alternatives of the requested packages do not settle",
            hint: "name the wanted providers in the manifest",
            exit: ExitClass.WorkFailed
        );

    private static string NameOf(string request) => request.Split(' ', '=', '(', '<', '>', ':')[0];
}
