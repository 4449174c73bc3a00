using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;

namespace Pipeline.Compose.Families.Deb;

/// <summary>dpkg's database of a tree whose packages are unpacked but not configured, as dpkg 1.22 reads it.</summary>
internal static class DpkgDatabase
{
    private const string Admin = "var/lib/dpkg";

    /// <summary>Writes the database into a fresh checkout.</summary>
    public static void Write(MergedTree tree, string root)
    {
        foreach (var directory in (string[])["info", "triggers", "updates", "alternatives", "parts"])
        {
            TreePath.MakeDirectories(root, $"{Admin}/{directory}");
        }

        var status = new StringBuilder();
        foreach (
            var package in tree
                .Packages.OrderBy(p => p.Control.Package, StringComparer.Ordinal)
                .ThenBy(p => p.Control.Architecture, StringComparer.Ordinal)
        )
        {
            Stanza(status, package);
            var info = $"{root}/{Admin}/info/{package.Control.InfoName}";
            Put($"{info}.list", FileList(package), 0x1a4);
            foreach (var (name, bytes) in package.Layer.Layer.Control.Where(c => c.Key != "control"))
            {
                Put($"{info}.{name}", bytes, name is "preinst" or "postinst" or "prerm" or "postrm" or "config" ? 0x1ed : 0x1a4);
            }
        }

        Put($"{root}/{Admin}/status", Encoding.UTF8.GetBytes(status.ToString()), 0x1a4);
        Put($"{root}/{Admin}/info/format", "1\n"u8, 0x1a4);
        Put($"{root}/{Admin}/available", "", 0x1a4);
        Put($"{root}/{Admin}/diversions", "", 0x1a4);
        Put($"{root}/{Admin}/statoverride", "", 0x1a4);
        Triggers(tree, root);
    }

    /// <summary>Packages that are not in state <c>installed</c>.</summary>
    public static IEnumerable<string> NotInstalled(string status) =>
        status
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(s => s.Split('\n'))
            .Where(lines => !lines.Contains("Status: install ok installed"))
            .Select(lines => lines.FirstOrDefault(l => l.StartsWith("Package: ", StringComparison.Ordinal))?[9..] ?? "?");

    private static void Stanza(StringBuilder status, TreePackage package)
    {
        foreach (var (name, value) in package.Control.Fields)
        {
            status.Append(name).Append(':').Append(value.StartsWith('\n') ? "" : " ").Append(value).Append('\n');
            if (name == "Package")
            {
                status.Append("Status: install ok unpacked\n");
            }
        }

        var configuration = package.ConfigurationFiles.ToArray();
        if (configuration.Length > 0)
        {
            status.Append("Conffiles:\n");
            foreach (var file in configuration)
            {
                status.Append(' ').Append(file).Append(" newconffile\n");
            }
        }

        status.Append('\n');
    }

    private static byte[] FileList(TreePackage package)
    {
        var text = new StringBuilder("/.\n");
        foreach (var entry in package.Layer.Layer.Entries)
        {
            text.Append('/').Append(entry.RawPath).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Triggers(MergedTree tree, string root)
    {
        var files = new StringBuilder();
        var named = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var package in tree.Packages.OrderBy(p => p.Control.Package, StringComparer.Ordinal))
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

        Put($"{root}/{Admin}/triggers/File", files.ToString(), 0x1a4);
        Put($"{root}/{Admin}/triggers/Unincorp", "", 0x1a4);
        foreach (var (name, text) in named)
        {
            Put($"{root}/{Admin}/triggers/{name}", text.ToString(), 0x1a4);
        }
    }

    private static void Put(string path, string text, int mode) => Put(path, Encoding.UTF8.GetBytes(text), mode);

    private static void Put(string path, ReadOnlySpan<byte> content, int mode)
    {
        using (var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(handle, content, 0);
        }

        Host.Files.UnixFile.SetMode(path, mode);
        Host.Files.UnixFile.SetTimes(path, ObjectStore.Time);
    }
}
