using Pipeline.Model.Diagnostics;

namespace Pipeline.Model.Text;

/// <summary>The entries of a mapping; duplicates and keys that are collections are reported and left out.</summary>
internal sealed class YamlEntryList(DiagnosticBag problems)
{
    private readonly Dictionary<string, YamlScalar> _seen = new(StringComparer.Ordinal);

    public List<YamlEntry> Entries { get; } = [];

    public void Add(YamlNode key, YamlNode value)
    {
        if (key is not YamlScalar name)
        {
            problems.Error("PL0015", "a key must be a plain value, not a list or mapping", key.Span);
        }
        else if (!_seen.TryAdd(name.Text, name))
        {
            problems.Error(
                "PL0016",
                $"duplicate key '{name.Text}'",
                name.Span,
                $"first given at line {_seen[name.Text].Span.Line}; keep one of them"
            );
        }
        else
        {
            Entries.Add(new(name, value));
        }
    }
}
