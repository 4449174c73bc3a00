using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

/// <summary>Texts of errors about a compose as a whole.</summary>
internal static class ComposeDiagnostics
{
    /// <summary>A version that cannot name a directory.</summary>
    public static Diagnostic BadVersion(string version) =>
        Diagnostic.Error("PL2303", $"'{version}' cannot be a version", hint: "letters, digits, '.', '_', '+' and '-', at most 128");

    /// <summary>No programs of this machine's architecture can stand in.</summary>
    public static Diagnostic PlainEmulation(Architecture architecture, string why) =>
        Diagnostic.Warning(
            "PL2306",
            $"everything of '{architecture.Name}' is emulated, which takes ten times as long: {why}",
            hint: "the result is the same; see the repositories of this machine's own architecture"
        );

    /// <summary>A layer is no longer what the input digest says.</summary>
    public static Diagnostic LayerChanged(string layer) =>
        Diagnostic.Error(
            "PL2304",
            $"{layer} changed while it was composed",
            hint: "run it again when nobody edits the layer",
            exit: ExitClass.WorkFailed
        );
}
