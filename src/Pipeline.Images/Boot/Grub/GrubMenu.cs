using System.Text;

namespace Pipeline.Images.Boot.Grub;

/// <summary>
/// Renders boot entries to GRUB's language, the same text as the tree's own <c>/usr/sbin/grub-mkconfig</c> does for later
/// deployments.
/// </summary>
internal static class GrubMenu
{
    /// <summary>The text of <c>grub.cfg</c>: highest version first; equal versions in the order given (ordinal by file name).</summary>
    public static string Render(IEnumerable<BootEntry> entries)
    {
        var text = new StringBuilder("# Rendered from the entries of this boot version; edits are lost.\n");
        var first = true;
        foreach (var entry in entries.OrderByDescending(e => long.TryParse(e["version"], out var v) ? v : 0))
        {
            var words = entry["options"].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            var id = words.LastOrDefault(w => w.StartsWith("ostree=", StringComparison.Ordinal))?["ostree=".Length..] ?? "";
            if (first)
            {
                text.Append("set ostree_newest=").Append(Quote($"{id} {entry["title"]}")).Append('\n');
                first = false;
            }

            text.Append("menuentry ").Append(Quote(entry["title"])).Append(" --id ").Append(Quote(id)).Append(" {\n");
            text.Append("  linux ").Append(Quote(entry["linux"]));
            foreach (var word in words)
            {
                text.Append(' ').Append(word == "$ignition_firstboot" ? word : Quote(word));
            }

            text.Append('\n');
            foreach (var key in (string[])["initrd", "devicetree"])
            {
                if (entry[key].Length > 0)
                {
                    text.Append("  ").Append(key).Append(' ').Append(Quote(entry[key])).Append('\n');
                }
            }

            text.Append("}\n");
        }

        return text.ToString();
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
