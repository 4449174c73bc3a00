using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot;

/// <summary>An entry of the boot menu in the Boot Loader Specification's format: one key and value per line.</summary>
/// <param name="Lines">Keys and values in file order.</param>
internal sealed record BootEntry(ValueList<(string Key, string Value)> Lines)
{
    /// <summary>The value of a key's last line, or the empty text.</summary>
    public string this[string key] => Lines.LastOrDefault(l => l.Key == key).Value ?? "";

    /// <summary>Reads an entry; blank lines and comments are dropped.</summary>
    public static BootEntry Parse(string text) =>
        new(
            text.Split('\n')
                .Select(l => l.Trim())
                .Where(l => l.Length > 0 && l[0] != '#')
                .Select(l =>
                {
                    var end = l.IndexOfAny([' ', '\t']);
                    return end < 0 ? (l, "") : (l[..end], l[end..].Trim());
                })
                .ToValueList()
        );

    /// <summary>The entry with <paramref name="arguments"/> before ostree's own argument, which stays last.</summary>
    /// <exception cref="PipelineException">PL3020 the entry was not written by ostree.</exception>
    public BootEntry Stamp(IEnumerable<string> arguments)
    {
        var words = this["options"].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var ostree = words.Where(w => w.StartsWith("ostree=", StringComparison.Ordinal)).ToArray();
        if (ostree.Length != 1)
        {
            throw new PipelineException(ImageDiagnostics.NotBootable("its boot entry has no 'ostree=' argument"));
        }

        var options = string.Join(' ', [.. words.Where(w => w != ostree[0]), .. arguments, ostree[0]]);
        return new(Lines.Select(l => l.Key == "options" ? (l.Key, options) : l).ToValueList());
    }

    /// <summary>The file's text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (key, value) in Lines)
        {
            text.Append(key).Append(' ').Append(value).Append('\n');
        }

        return text.ToString();
    }
}
