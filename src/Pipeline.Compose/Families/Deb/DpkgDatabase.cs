using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>dpkg's database of a tree whose packages are unpacked but not configured, as dpkg 1.22 reads it.</summary>
internal static class DpkgDatabase
{
    /// <summary>Most bytes of one of its files.</summary>
    public const int Limit = 256 << 20;

    private const string Admin = "var/lib/dpkg";

    /// <summary>Those of its files that the composer reads or writes by name.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [$"{Admin}/available", $"{Admin}/diversions", $"{Admin}/info/format", $"{Admin}/statoverride", $"{Admin}/status"];

    /// <summary>Its file of all packages and their states.</summary>
    public static TreePath Status => $"{Admin}/status";

    /// <summary>Writes the database into a fresh checkout.</summary>
    /// <exception cref="PipelineException">PL2119 (class 5): packages that ship files of it, all of them.</exception>
    public static void Write(MergedTree tree, TreeHandle root)
    {
        RequireUntouched(tree);
        foreach (var directory in (string[])["info", "triggers", "updates", "alternatives", "parts"])
        {
            root.MakeDirectories($"{Admin}/{directory}");
        }

        using var admin = root.OpenDirectory(Admin);
        using var info = admin.OpenDirectory("info");
        var status = new StringBuilder();
        foreach (
            var package in tree
                .Packages.Cast<DebPackage>()
                .OrderBy(p => p.Control.Package, StringComparer.Ordinal)
                .ThenBy(p => p.Control.Architecture, StringComparer.Ordinal)
        )
        {
            Stanza(status, package);
            var stem = package.Control.InfoName;
            Put(info, $"{stem}.list", FileList(package), FileModes.Plain);
            foreach (var (name, bytes) in package.Layer.Layer.Control.Where(c => c.Key != "control"))
            {
                var isScript = name is "preinst" or "postinst" or "prerm" or "postrm" or "config";
                Put(info, $"{stem}.{name}", bytes, isScript ? FileModes.Executable : FileModes.Plain);
            }
        }

        Put(admin, "status", status.ToString());
        Put(info, "format", "1\n");
        Put(admin, "available", "");
        Put(admin, "diversions", "");
        Put(admin, "statoverride", "");
        using var triggers = admin.OpenDirectory("triggers");
        Triggers(tree, triggers);
    }

    /// <summary>Packages that are not in state <c>installed</c>, and those that are not there at all.</summary>
    /// <param name="status">The text of its file <c>status</c>.</param>
    /// <param name="wanted">Names of packages that must be there.</param>
    public static IEnumerable<string> NotInstalled(string status, IEnumerable<string> wanted)
    {
        const string field = "Package: ";
        var stanzas = status.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('\n')).ToArray();
        var names = stanzas.Select(lines =>
            lines.FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal))?[field.Length..] ?? "?"
        );
        return stanzas
            .Zip(names)
            .Where(s => !s.First.Contains("Status: install ok installed"))
            .Select(s => s.Second)
            .Concat(wanted.Except(names))
            .Distinct();
    }

    /// <summary>Directories of it may be in packages, dpkg's own has some; a file could speak for another package.</summary>
    private static void RequireUntouched(MergedTree tree)
    {
        var problems = new DiagnosticBag();
        foreach (
            var node in tree
                .Nodes.Concat(tree.Deferred)
                .Where(n => n.Entry.Kind != TarKind.Directory && n.Path.StartsWith(Admin + "/", StringComparison.Ordinal))
        )
        {
            problems.Add(TreeDiagnostics.OwnDatabase(node.Owner!.Name, node.Path));
        }

        problems.ThrowIfErrors();
    }

    private static void Stanza(StringBuilder status, DebPackage package)
    {
        foreach (var (name, value) in package.Control.Fields)
        {
            status.Append(name).Append(':').Append(value.StartsWith('\n') ? "" : " ").Append(value).Append('\n');
            if (name == "Package")
            {
                status.Append("Status: install ok unpacked\n");
            }
        }

        if (package.ConfigurationFiles.Count > 0)
        {
            status.Append("Conffiles:\n");
            foreach (var file in package.ConfigurationFiles)
            {
                status.Append(' ').Append(file).Append(" newconffile\n");
            }
        }

        status.Append('\n');
    }

    private static byte[] FileList(DebPackage package)
    {
        var text = new StringBuilder("/.\n");
        foreach (var entry in package.Layer.Layer.Entries)
        {
            text.Append('/').Append(entry.RawPath).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Triggers(MergedTree tree, TreeDirectory directory)
    {
        var files = new StringBuilder();
        var named = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var package in tree.Packages.Cast<DebPackage>().OrderBy(p => p.Control.Package, StringComparer.Ordinal))
        {
            foreach (
                var words in (package.Text("triggers") ?? "")
                    .Split('\n')
                    .Select(l => l.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                    .Where(w => w.Length == 2)
            )
            {
                if (words[0] is not ("interest" or "interest-await" or "interest-noawait"))
                {
                    continue;
                }

                var suffix = words[0] == "interest-noawait" ? "/noawait" : "";
                if (words[1].StartsWith('/'))
                {
                    files.Append($"{words[1]} {package.Control.InfoName}{suffix}\n");
                }
                else if (words[1].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+' or '_') && words[1][0] != '.')
                {
                    named.TryAdd(words[1], new());
                    named[words[1]].Append($"{package.Control.InfoName}{suffix}\n");
                }
            }
        }

        Put(directory, "File", files.ToString());
        Put(directory, "Unincorp", "");
        foreach (var (name, text) in named)
        {
            Put(directory, name, text.ToString());
        }
    }

    private static void Put(TreeDirectory directory, string name, string text) =>
        Put(directory, name, Encoding.UTF8.GetBytes(text), FileModes.Plain);

    private static void Put(TreeDirectory directory, TreePath name, ReadOnlySpan<byte> content, int mode)
    {
        directory.CreateFile(name, content, mode);
        directory.SetTimes(name, LayerObjects.Time);
    }
}
