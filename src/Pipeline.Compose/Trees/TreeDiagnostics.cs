using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>Texts of assembling, configuring and finishing a tree.</summary>
internal static class TreeDiagnostics
{
    /// <summary>Why two packages cannot have one path, where a package can replace or divert another's file.</summary>
    public const string NobodyYields = "neither replaces or diverts the other's";

    /// <summary>PL2101: two packages want one name.</summary>
    public static Diagnostic Conflict(string path, string first, string second, string reason = NobodyYields) =>
        Diagnostic.Error(
            "PL2101",
            $"'/{path}' is in '{first}' and in '{second}', and {reason}",
            hint: $"leave one of them out: exclude-packages: [{second}]"
        );

    /// <summary>PL2102: a maintainer script or another program in the tree failed.</summary>
    public static Diagnostic ScriptFailed(string what, string tail, string log) =>
        Diagnostic.Error(
            "PL2102",
            $"{what} failed{(tail.Length == 0 ? "" : "\n  " + string.Join("\n  ", tail.Split('\n').TakeLast(15)))}",
            hint: $"the whole output is in {log}",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL2103: packages that did not end up installed.</summary>
    public static Diagnostic NotConfigured(IEnumerable<string> packages, string log) =>
        Diagnostic.Error(
            "PL2103",
            $"not configured: {string.Join(", ", packages)}",
            hint: $"the output of dpkg is in {log}",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL2104: a path of the tree cannot be followed.</summary>
    public static Diagnostic LinkLoop(string path) =>
        Diagnostic.Error("PL2104", $"'/{PackagePath.Show(path)}' leads through too many links", exit: ExitClass.Refused);

    /// <summary>PL2105: an overlay entry that cannot be laid.</summary>
    public static Diagnostic OverlayKind(TreePath path, string overlay, SourceSpan span, string why) =>
        Diagnostic.Error("PL2105", $"overlay '{overlay}': '{path}' {why}", span);

    /// <summary>PL2106: no or several kernels.</summary>
    public static Diagnostic Kernels(IReadOnlyList<string> found) =>
        Diagnostic.Error(
            "PL2106",
            found.Count == 0
                ? "no kernel (vmlinuz-<version>) found in /boot, and none in /usr/lib/modules/<version>"
                : $"multiple kernels (vmlinuz) found in /boot or /usr/lib/modules: {string.Join(", ", found)}",
            hint: found.Count == 0
                ? "add a kernel to 'packages', for example linux-image-cloud-amd64"
                : "exclude all but one with 'exclude-packages'"
        );

    /// <summary>PL2107: dracut reported an error or made nothing.</summary>
    public static Diagnostic Initramfs(string why, string log) =>
        Diagnostic.Error(
            "PL2107",
            $"the initramfs could not be made: {why}",
            hint: $"the output of dracut is in {log}",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL2108: something a commit cannot hold.</summary>
    public static Diagnostic Special(TreePath path) =>
        Diagnostic.Error(
            "PL2108",
            $"'{path}' is a device, socket or FIFO; an image cannot ship it",
            hint: "create it at boot with tmpfiles.d, or remove it with 'remove-files'",
            exit: ExitClass.Refused
        );

    /// <summary>PL2109: a top-level name no image has.</summary>
    public static Diagnostic TopLevel(string name) =>
        Diagnostic.Error(
            "PL2109",
            $"'/{PackagePath.Show(name)}' has no place in an image: only /usr and the standard directories are kept",
            hint: "remove it with 'remove-files', or ship it below /usr"
        );

    /// <summary>PL2110: files under directories that become links into /var.</summary>
    public static Diagnostic NotEmpty(string path) =>
        Diagnostic.Error(
            "PL2110",
            $"'/{PackagePath.Show(path)}' lies where the image has a link into /var, so it would be lost",
            hint: "remove it with 'remove-files', or ship it below /usr"
        );

    /// <summary>PL2111: what is dropped from /var.</summary>
    public static Diagnostic VarDropped(IReadOnlyList<string> paths) =>
        Diagnostic.Warning(
            "PL2111",
            $"dropped from /var: {string.Join(", ", paths.Take(8).Select(PackagePath.Show))}"
                + (paths.Count > 8 ? $" and {paths.Count - 8} more" : ""),
            hint: "a machine's /var starts empty; ship defaults below /usr/share and copy them with tmpfiles.d"
        );

    /// <summary>PL2112: the disk is too small for a step.</summary>
    public static Diagnostic NoSpace(string step, string directory, long needed, long free) =>
        Diagnostic.Error(
            "PL2112",
            $"{step} needs about {ByteSize.FromBytes(needed)} in '{directory}', {ByteSize.FromBytes(free)} are free",
            hint: "free space (cache/ may always be deleted), or point -C at a larger disk",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL2113: a package whose control file makes no sense.</summary>
    public static Diagnostic BadControl(string package, string why) =>
        Diagnostic.Error("PL2113", $"package '{package}' is refused: its control file {why}", exit: ExitClass.Refused);

    /// <summary>PL2114: os-release cannot take the version.</summary>
    public static Diagnostic OsRelease(string why) =>
        Diagnostic.Error(
            "PL2114",
            $"os-release: {why}",
            hint: "'mutate-os-release' names the text of VERSION and PRETTY_NAME that becomes the version"
        );

    /// <summary>PL2116: the kernel in <c>/boot</c> did not become one in <c>/usr/lib/modules</c>.</summary>
    public static Diagnostic NoKernelFile(string path, string place) =>
        Diagnostic.Error(
            "PL2116",
            $"'/{path}' is not a regular file, and there is no kernel at '/{place}'",
            hint: "find out which package put it there; a kernel must be a file, not a link that leads elsewhere",
            exit: ExitClass.Refused
        );

    /// <summary>PL2117: something at a path of the composer that must not be there.</summary>
    /// <param name="problem">What is where.</param>
    /// <param name="who">Who put it there, for example <c>package 'a'</c>.</param>
    public static Diagnostic Layout(LayoutProblem problem, string who)
    {
        var found = problem.Found switch
        {
            UnixKind.Symlink => $"a link to '{PackagePath.Show(problem.Target!)}'",
            UnixKind.Directory => "a directory",
            UnixKind.File => "a file",
            _ => "a device, socket or FIFO",
        };
        return Diagnostic.Error(
            "PL2117",
            $"{who} put {found} at '/{problem.Rule.Path}', where only {problem.Rule.Wanted()} may be",
            hint: "the composer works at this path itself; leave out what puts something else there, or mend it",
            exit: ExitClass.Refused
        );
    }

    /// <summary>PL2118: a name that a commit cannot hold.</summary>
    public static Diagnostic NotText(TreePath path) =>
        Diagnostic.Error(
            "PL2118",
            $"the name '{path}' is not UTF-8, so no commit can hold it",
            hint: "find out which script or overlay made it; 'remove-files' can name a directory above it",
            exit: ExitClass.Refused
        );

    /// <summary>PL2119: a package with files in the package manager's database.</summary>
    public static Diagnostic OwnDatabase(string package, string path) =>
        Diagnostic.Error(
            "PL2119",
            $"package '{package}' ships '/{PackagePath.Show(path)}', which is the package manager's own database",
            hint: "leave the package out: a regular package never does that",
            exit: ExitClass.Refused
        );

    /// <summary>PL2120: something that is mounted over while scripts run is a link or a device.</summary>
    public static Diagnostic MountPoint(TreePath path) =>
        Diagnostic.Error(
            "PL2120",
            $"'{path}' is a link or special file, but a script that runs in the tree has something mounted there",
            hint: "find out which package, script or overlay put it there",
            exit: ExitClass.Refused
        );

    /// <summary>PL2121: a package is not the one that its index names.</summary>
    public static Diagnostic Identity(string package, string where, string what, string says, string expected) =>
        Diagnostic.Error(
            "PL2121",
            $"package '{package}' is refused: its {where} gives the {what} '{PackagePath.Show(says)}', "
                + $"its index '{PackagePath.Show(expected)}'",
            hint: "if the repository is trusted, report the package, otherwise remove the repository",
            exit: ExitClass.Refused
        );

    /// <summary>PL2122: the settings of SELinux name a policy that is not there.</summary>
    public static Diagnostic NoPolicy(string policy) =>
        Diagnostic.Error(
            "PL2122",
            $"the tree turns on the SELinux policy '{PackagePath.Show(policy)}', which has no file_contexts: no file can be labelled",
            hint: "install the policy's package, change /etc/selinux/config with an overlay, or write 'selinux: false'",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL2127: a policy that nothing turns on.</summary>
    public static Diagnostic IdlePolicy(string policy) =>
        Diagnostic.Warning(
            "PL2127",
            $"the tree has the SELinux policy '{PackagePath.Show(policy)}', and its /etc/selinux/config does not turn it on: "
                + "files get no labels",
            hint: "write SELINUX= and SELINUXTYPE= into /etc/selinux/config, or 'selinux: false' into the manifest"
        );

    /// <summary>PL2115: dracut leaves a module out.</summary>
    public static Diagnostic DracutModule(string line) =>
        Diagnostic.Warning("PL2115", $"dracut: {line}", hint: "if it is meant, omit that module too ('omit_dracutmodules')");

    /// <summary>PL2123: a regular expression that is too slow.</summary>
    public static Diagnostic SlowPattern(string package, string pattern) =>
        Diagnostic.Error(
            "PL2123",
            $"the pattern '{pattern}' of 'remove-from-packages' takes too long for a path of '{package}'",
            hint: "write it without looking ahead or back"
        );

    /// <summary>PL2124: an account has another number than before.</summary>
    public static Diagnostic AccountChanged(string kind, string name, string what, uint before, uint now) =>
        Diagnostic.Error(
            "PL2124",
            $"the {what} of {kind} '{name}' changed from {before} to {now}",
            hint: "files of running machines belong to the old number; give it the old one with check-passwd: {type: file, filename: FILE}"
        );

    /// <summary>PL2125: an account is gone, its files are not.</summary>
    public static Diagnostic AccountMissing(string kind, string name, uint id) =>
        Diagnostic.Error(
            "PL2125",
            $"{kind} '{name}' is missing, but files of the tree belong to its number {id}",
            hint: $"add a package that makes it, or write ignore-removed-{kind}s: [{name}]"
        );

    /// <summary>PL2126: a file of the manifest meets something that it cannot replace.</summary>
    public static Diagnostic AddedOverDirectory(string path) =>
        Diagnostic.Error("PL2126", $"'add-files' puts a file at '/{PackagePath.Show(path)}', which is a directory in the tree");

    /// <summary>PL2127: a unit to enable that the tree has not.</summary>
    public static Diagnostic NoUnit(Sourced unit, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL2127",
            $"'units' enables '{unit.Text}', and the tree has no such unit",
            unit.Span,
            ClosestName.Hint(unit.Text, known, "add the package that has it, or an overlay with the unit")
        );

    /// <summary>PL2128: a default target that the tree has not.</summary>
    public static Diagnostic NoTarget(Sourced target, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL2128",
            $"'default-target' is '{target.Text}', and the tree has no such unit",
            target.Span,
            ClosestName.Hint(target.Text, known, "write a target of the tree, such as multi-user.target")
        );

    /// <summary>PL2129: a user or a group that the tree has not.</summary>
    public static Diagnostic NoAccount(string kind, Sourced name, IEnumerable<string> known, string otherwise) =>
        Diagnostic.Error(
            "PL2129",
            $"the tree has no {kind} '{name.Text}'",
            name.Span,
            ClosestName.Hint(name.Text, known, $"add the package that makes it; {otherwise}")
        );

    /// <summary>PL2130: a path to remove that the tree has not.</summary>
    public static Diagnostic NothingRemoved(string path, SourceSpan span) =>
        Diagnostic.Warning(
            "PL2130",
            $"'remove-files' removes nothing: there is no '/{PackagePath.Show(path)}' in the tree",
            span,
            "remove the line, or mend the path"
        );
}
