using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Configs;

/// <summary>A text with the name that messages show.</summary>
/// <param name="File">The name.</param>
/// <param name="Text">The text.</param>
public sealed record ConfigText(string File, string Text);

/// <summary>What the readers of files beside a manifest share.</summary>
/// <param name="problems">Receives errors.</param>
/// <param name="remarks">Receives notes.</param>
internal sealed class ConfigReader(DiagnosticBag problems, ICollection<Diagnostic> remarks)
{
    /// <summary>The mapping of a document; empty for an empty one, <c>null</c> after a problem.</summary>
    public YamlMapping? Open(ConfigText config)
    {
        var before = problems.Items.Count;
        var root = YamlText.Parse(config.File, config.Text, problems);
        if (root is not null and not YamlMapping)
        {
            problems.Add(ConfigDiagnostics.WrongValue(config.File, "a mapping of keys", root.Span));
        }

        return root as YamlMapping ?? (problems.Items.Count == before ? new(new(config.File, 1, 1), []) : null);
    }

    /// <summary>The entries whose keys act; the others are noted, refused, or unknown.</summary>
    public IEnumerable<YamlEntry> Acting(YamlMapping mapping, IReadOnlyList<ConfigKey> keys)
    {
        foreach (var entry in mapping.Entries)
        {
            if (keys.FirstOrDefault(k => k.Name == entry.Key.Text) is not { } key)
            {
                problems.Add(ConfigDiagnostics.UnknownKey(entry.Key.Text, entry.Key.Span, keys.Select(k => k.Name)));
            }
            else if (key.Reason is null)
            {
                yield return entry;
            }
            else if (key.Accepted is null)
            {
                remarks.Add(ConfigDiagnostics.Noted(key, entry.Key.Span));
            }
            else if (!key.IsAccepted(entry.Value))
            {
                problems.Add(ConfigDiagnostics.Refused(key, entry.Value.Span));
            }
        }
    }

    /// <summary>A list of texts without control characters; what is something else is reported and left out.</summary>
    public ValueList<string> Texts(string key, YamlNode node)
    {
        if (
            node is YamlSequence list
            && list.Items.All(i => i is YamlScalar { IsNull: false } s && s.Text.Length > 0 && !s.Text.Any(char.IsControl))
        )
        {
            return list.Items.Cast<YamlScalar>().Select(s => s.Text).ToValueList();
        }

        problems.Add(ConfigDiagnostics.WrongValue(key, "a list of texts", node.Span));
        return [];
    }

    /// <summary>A mapping; <c>null</c> after a problem.</summary>
    public YamlMapping? Mapping(string key, YamlNode node)
    {
        if (node is not YamlMapping)
        {
            problems.Add(ConfigDiagnostics.WrongValue(key, "a mapping", node.Span));
        }

        return node as YamlMapping;
    }
}
