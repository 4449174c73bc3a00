using Pipeline.Compose.Layers;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Commits;

/// <summary>Texts of writing a commit.</summary>
internal static class CommitDiagnostics
{
    /// <summary>PL2141: something that no commit can hold.</summary>
    public static Diagnostic NotCommitted(TreePath path) =>
        Diagnostic.Error(
            "PL2141",
            $"'{path}' cannot be committed: only files, directories and links with names in UTF-8 can",
            hint: "find out which script or overlay made it; 'remove-files' can name it or a directory above it",
            exit: ExitClass.Refused
        );

    /// <summary>PL2142: a link to a path that is not UTF-8.</summary>
    public static Diagnostic Target(TreePath path) =>
        Diagnostic.Error(
            "PL2142",
            $"the link '{path}' leads to a name that is not UTF-8, so no commit can hold it",
            hint: "find out which script or overlay made it; 'remove-files' can name it",
            exit: ExitClass.Refused
        );

    /// <summary>PL2143: an object that clients would refuse.</summary>
    public static Diagnostic TooLarge(TreePath path, long size) =>
        Diagnostic.Error(
            "PL2143",
            $"the directory '{path}' has so many names that its object takes {ByteSize.FromBytes(size)}; "
                + $"OSTree's clients take at most {ByteSize.FromBytes(ObjectFormat.LargestMetadata)}",
            hint: "spread its files over several directories",
            exit: ExitClass.Refused
        );

    /// <summary>PL2144: a ref that OSTree does not accept.</summary>
    public static Diagnostic Ref(string reference) =>
        Diagnostic.Error(
            "PL2144",
            $"'{PackagePath.Show(reference)}' cannot be the ref of a commit",
            hint: "use parts of letters, digits, '.', '_' and '-' with '/' between them, each beginning with a letter, digit or '_': "
                + "'ref: os/x86_64/stable'",
            exit: ExitClass.BadInput
        );

    /// <summary>PL2145: a library that decides the bytes of commits is not there.</summary>
    public static Diagnostic NoLibrary(string library, string package, string why) =>
        Diagnostic.Error(
            "PL2145",
            $"{library} cannot be used: {why}",
            hint: $"install the package '{package}'",
            exit: ExitClass.MissingTool
        );

    /// <summary>PL2146: libselinux refuses a policy, or a rule of it.</summary>
    public static Diagnostic BadPolicy(TreePath path, string why) =>
        Diagnostic.Error(
            "PL2146",
            $"'{path}' cannot be labelled by the SELinux policy of the tree: {why}",
            hint: "check its file_contexts with 'matchpathcon' or 'sefcontext_compile', or write 'selinux: false'",
            exit: ExitClass.WorkFailed
        );
}
