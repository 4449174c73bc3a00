using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Texts of what the RPM family cannot do: PL1131.</summary>
internal static class RpmDiagnostics
{
    public static Diagnostic NotComposed() =>
        Diagnostic.Error(
            "PL1131",
            "RPM packages are resolved and locked, but cannot be installed into a tree yet",
            hint: "pipeline compose --dry-run shows what would be fetched"
        );
}
