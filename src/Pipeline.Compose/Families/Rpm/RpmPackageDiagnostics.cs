using Pipeline.Compose.Layers;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Texts about RPM packages: PL2006.</summary>
internal static class RpmPackageDiagnostics
{
    /// <summary>No signature of a package is good, or one is bad.</summary>
    public static Diagnostic NotSigned(string package, string why) =>
        Diagnostic.Error(
            "PL2006",
            $"package '{PackagePath.Show(package)}' is not trusted: {why}",
            hint: "the keys it must be signed with are those of its repository",
            exit: ExitClass.Refused
        );
}
