using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>Turns unpacked packages into installed ones with the tree's own dpkg.</summary>
/// <param name="sandbox">Runs the tree's programs.</param>
/// <param name="objects">For files that wait for a diversion.</param>
internal sealed class Configurator(TreeSandbox sandbox, LayerObjects objects)
{
    private const string Dpkg = "#!/bin/sh\nexec dpkg --force-confnew --force-unsafe-io";
    private const string PolicyFile = "usr/sbin/policy-rc.d";

    /// <summary>Programs that do work the composer does once, at the end.</summary>
    internal static readonly string[] Inert = ["usr/bin/dracut", "usr/sbin/update-initramfs", "usr/sbin/update-grub", "usr/bin/mandb"];

    /// <summary>Runs every preinst, applies diversions, then <c>dpkg --configure -a</c>.</summary>
    /// <exception cref="PipelineException">PL2101, PL2102, PL2103, PL2117.</exception>
    public async Task RunAsync(MergedTree tree, TreeHandle root, CancellationToken cancellationToken)
    {
        using var stubs = new TemporaryDirectory(sandbox.Scratch);
        var nothing = stubs.File("nothing");
        using (var made = TreeHandle.Open(stubs.Path))
        {
            made.CreateFile("nothing", "#!/bin/sh\nexit 0\n"u8, FileModes.Executable);
            made.SetMode(TreePath.Root, FileModes.Executable);
        }

        ValueList<KeyValuePair<string, string>> hidden = Inert.Select(i => KeyValuePair.Create(nothing, "/" + i)).ToValueList();
        var ownPolicy = !root.Exists(PolicyFile);
        if (ownPolicy)
        {
            root.ReplaceFile(PolicyFile, "#!/bin/sh\nexit 101\n", FileModes.Executable);
        }

        await RunAsync("preinst scripts", PreinstScript(tree));
        Diversions.Apply(tree, root);
        LayDeferred(tree, root);

        var first = sandbox.Native is null ? [] : DebNativePrograms.ConfiguredFirst.Intersect(tree.Packages.Select(p => p.Name)).ToArray();
        if (first.Length > 0)
        {
            await RunAsync("dpkg --configure, first packages", $"{Dpkg} --configure {string.Join(' ', first)}\n", isForeignOnly: true);
        }

        await RunAsync("dpkg --configure", $"{Dpkg} --configure -a\n");
        RequireInstalled(tree, root);

        if (ownPolicy)
        {
            root.Delete(PolicyFile);
        }

        async Task RunAsync(string what, string script, bool isForeignOnly = false)
        {
            var suspects = new ScriptSuspects(tree, root, sandbox.Layout, sandbox.Parts);
            await sandbox.RunAsync(
                what,
                root,
                script,
                hidden,
                cancellationToken,
                suspects.See,
                blame: () => suspects.Name(what),
                part: ScriptOf,
                isForeignOnly: isForeignOnly
            );
        }
    }

    /// <summary>Every package is in dpkg's database, and installed there.</summary>
    private void RequireInstalled(MergedTree tree, TreeHandle root)
    {
        var status = root.ReadText(DpkgDatabase.Status, DpkgDatabase.Limit) ?? "";
        var left = DpkgDatabase.NotInstalled(status, tree.Packages.Select(p => p.Name)).ToArray();
        if (left.Length > 0)
        {
            throw new PipelineException(TreeDiagnostics.NotConfigured(left, sandbox.Log));
        }
    }

    /// <summary>Lays files that waited for a diversion to be made.</summary>
    private void LayDeferred(MergedTree tree, TreeHandle root)
    {
        using var store = TreeHandle.Open(objects.Root);
        foreach (var node in tree.Deferred)
        {
            TreePath path = node.Path;
            root.MakeDirectories(path.Parent);
            if (root.Exists(path))
            {
                throw new PipelineException(TreeDiagnostics.Conflict(node.Path, "another package", node.Owner!.Name));
            }

            // A copy, not a link: the view is another file system, and scripts may write to it.
            if (node.Entry.Object is { } content)
            {
                TreeCopy.Copy(store, LayerObjects.PlaceOf(content), root, path);
            }
            else
            {
                using var directory = root.OpenParent(path);
                Checkout.Lay(node, store, directory, path.Name);
            }
        }
    }

    /// <summary>Names a maintainer script by what dpkg, and <see cref="PreinstScript"/>, put into its environment.</summary>
    private static string? ScriptOf(IReadOnlyDictionary<string, string> environment) =>
        environment.TryGetValue("DPKG_MAINTSCRIPT_PACKAGE", out var package)
        && environment.TryGetValue("DPKG_MAINTSCRIPT_NAME", out var name)
            ? $"{PackagePath.Show(name)} of {PackagePath.Show(package)}"
            : null;

    private static string PreinstScript(MergedTree tree)
    {
        // Names were checked when the control files were read: letters, digits, '+', '-', '.', ':'.
        var script = new StringBuilder(
            "#!/bin/sh\nset -e\nexport DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT= DPKG_MAINTSCRIPT_NAME=preinst "
                + "DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 DPKG_RUNNING_VERSION=1.22.0\n"
        );
        foreach (var package in tree.Packages.Cast<DebPackage>().Where(p => p.Layer.Layer.Control.ContainsKey("preinst")))
        {
            script.Append(
                $"echo 'preinst of {package.Control.Package}'\n"
                    + $"DPKG_MAINTSCRIPT_PACKAGE={package.Control.Package} DPKG_MAINTSCRIPT_ARCH={package.Control.Architecture} "
                    + $"/var/lib/dpkg/info/{package.Control.InfoName}.preinst install"
                    + $" || {{ echo 'preinst of {package.Control.Package} failed'; exit 1; }}\n"
            );
        }

        return script.ToString();
    }
}

/// <summary>Does for files that were laid before a diversion was made what dpkg would have done while unpacking them.</summary>
internal static class Diversions
{
    /// <summary>Moves files of other packages out of the way of each diversion in the tree's database.</summary>
    public static void Apply(MergedTree tree, TreeHandle root)
    {
        // Three lines each: the diverted name, the name it gets, the package whose own file stays (or ':').
        var lines = (root.ReadText("var/lib/dpkg/diversions", DpkgDatabase.Limit) ?? "").Split('\n');
        for (var i = 0; i + 2 < lines.Length; i += 3)
        {
            var (from, to, owner) = (lines[i], lines[i + 1], lines[i + 2]);
            var shipped = tree.Packages.Any(p =>
                p.Name != owner && p.Layer.Layer.Entries.Any(e => e.Kind != TarKind.Directory && "/" + e.RawPath == from)
            );
            if (!shipped || !from.StartsWith('/') || !to.StartsWith('/'))
            {
                continue;
            }

            TreePath target = to;
            root.MakeDirectories(target.Parent);
            if (root.Exists(from) && !root.Exists(target))
            {
                TreeCopy.Move(root, from, target);
            }
        }
    }
}
