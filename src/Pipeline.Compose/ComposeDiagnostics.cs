using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose;

/// <summary>Texts of errors about a compose as a whole.</summary>
internal static class ComposeDiagnostics
{
    /// <summary>A version that cannot name a directory.</summary>
    public static Diagnostic BadVersion(string version) =>
        Diagnostic.Error("PL2303", $"'{version}' cannot be a version", hint: "letters, digits, '.', '_', '+' and '-', at most 128");

    /// <summary>A layer is no longer what the input digest says.</summary>
    public static Diagnostic LayerChanged(string layer) =>
        Diagnostic.Error(
            "PL2304",
            $"{layer} changed while it was composed",
            hint: "run it again when nobody edits the layer",
            exit: ExitClass.WorkFailed
        );
}
