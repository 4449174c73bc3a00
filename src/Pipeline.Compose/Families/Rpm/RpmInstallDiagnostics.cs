using Pipeline.Compose.Layers;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Texts of installing RPM packages into a tree: PL2131–PL2133.</summary>
internal static class RpmInstallDiagnostics
{
    /// <summary>PL2131: a file of a package belongs to somebody whom the tree does not know.</summary>
    /// <param name="package">The package.</param>
    /// <param name="path">One of the files.</param>
    /// <param name="kind"><c>user</c> or <c>group</c>.</param>
    /// <param name="name">Who.</param>
    public static Diagnostic NoOwner(string package, string path, string kind, string name) =>
        Diagnostic.Error(
            "PL2131",
            $"'/{PackagePath.Show(path)}' of package '{package}' belongs to the {kind} '{name}', which the tree does not have",
            hint: "a package must make its owners before its files are laid: by sysusers.d, or in its %pre script",
            exit: ExitClass.Refused
        );

    /// <summary>PL2132: rpm said that it wrote its database, and it is not whole.</summary>
    public static Diagnostic Database(string why, string log) =>
        Diagnostic.Error("PL2132", $"rpm's database {why}", hint: $"the output of rpm is in {log}", exit: ExitClass.WorkFailed);
}
