using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Layers;

/// <summary>
/// A package that is not what it should be; ends the reading of that package. Carries only the reason, the caller knows the package.
/// </summary>
/// <param name="code">PL2001 damaged, PL2002 escape, PL2003 too large, PL2005 an attribute that cannot be kept.</param>
/// <param name="reason">What is wrong.</param>
internal sealed class BadPackageException(string code, string reason) : Exception(reason)
{
    /// <summary>The diagnostic code.</summary>
    public string Code { get; } = code;

    /// <summary>The archive breaks its own format.</summary>
    public static BadPackageException Damaged(string reason) => new("PL2001", reason);

    /// <summary>The archive reaches for something outside of the tree, or brings what a tree must not hold.</summary>
    public static BadPackageException Escape(string reason) => new("PL2002", reason);

    /// <summary>An extended attribute that the cache's file system does not take, or that is on something that keeps none.</summary>
    public static BadPackageException Attribute(string path, string name, string why) =>
        new("PL2005", $"the extended attribute '{PackagePath.Show(name)}' of '{PackagePath.Show(path)}' cannot be kept: {why}");

    /// <summary>The archive is larger than any regular package.</summary>
    public static BadPackageException TooLarge(string reason) => new("PL2003", reason);
}

/// <summary>Texts of unpacking.</summary>
internal static class LayerDiagnostics
{
    private const string Hint = "nothing of it was kept; if the repository is trusted, report the package, otherwise remove the repository";

    private const string AttributeHint =
        "use a work directory on a file system with extended attributes (ext4, xfs, btrfs), or leave the package out";

    /// <summary>PL2001–PL2003 and PL2005: a package was refused.</summary>
    public static Diagnostic Refused(string package, BadPackageException why) =>
        Diagnostic.Error(
            why.Code,
            $"package '{package}' is refused: {why.Message}",
            hint: why.Code == "PL2005" ? AttributeHint : Hint,
            exit: ExitClass.Refused
        );

    /// <summary>PL2007: a file that a user named is no package.</summary>
    public static Diagnostic NoPackage(string file) =>
        Diagnostic.Error("PL2007", $"'{file}' is neither a .deb nor an .rpm", hint: "name a package file");

    /// <summary>PL2007: a file that a user named is not there.</summary>
    public static Diagnostic NoFile(string file) => Diagnostic.Error("PL2007", $"'{file}' does not exist", hint: "name a package file");

    /// <summary>PL2004: the file of a package is not the one that was locked.</summary>
    public static Diagnostic WrongDigest(string package, Digest expected, Digest actual) =>
        Diagnostic.Error(
            "PL2004",
            $"package '{package}' has {actual}, the lock says {expected}",
            hint: "delete it from cache/sha256 and run again",
            exit: ExitClass.Refused
        );
}
