using Pipeline.Compose.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// The lock, and the index that it was made from, name a package; its own control file and the name of its file must say the same.
/// Otherwise a repository could have one package approved and another one installed.
/// </summary>
internal static class DebIdentity
{
    private const string Suffix = ".deb";

    /// <summary>Reports PL2121 for every field that differs.</summary>
    public static void Check(DebPackage package, DiagnosticBag problems)
    {
        var locked = package.Layer.Package;
        var control = package.Control;
        Compare("control file", "name", control.Package, locked.Name);
        Compare("control file", "version", control["Version"]!, locked.Version);
        Compare("control file", "architecture", control.Architecture, locked.PackageArchitecture);
        if (PartsOf(locked.Location) is [var name, var version, var architecture])
        {
            Compare("file name", "name", name, locked.Name);
            Compare("file name", "version", version, FileVersion(locked.Version, version));
            Compare("file name", "architecture", architecture, locked.PackageArchitecture);
        }

        void Compare(string where, string what, string says, string expected)
        {
            if (says != expected)
            {
                problems.Add(TreeDiagnostics.Identity(locked.Name, where, what, says, expected));
            }
        }
    }

    /// <summary>
    /// The parts of <c>name_version_architecture.deb</c>; empty for a file that is named in another way, which says nothing about them.
    /// </summary>
    internal static string[] PartsOf(string location)
    {
        var file = Uri.UnescapeDataString(location[(location.LastIndexOf('/') + 1)..]);
        var parts = file.EndsWith(Suffix, StringComparison.Ordinal) ? file[..^Suffix.Length].Split('_') : [];
        return parts.Length == 3 ? parts : [];
    }

    /// <summary>Archives leave the epoch out of file names, other tools keep it.</summary>
    private static string FileVersion(string version, string found) =>
        found.Contains(':', StringComparison.Ordinal) ? version : version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
