using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Deb;

/// <summary>The one stanza of a package's control file (deb-control(5)); fields keep their order.</summary>
internal sealed class DebControl
{
    private readonly List<KeyValuePair<string, string>> _fields;

    private DebControl(List<KeyValuePair<string, string>> fields) => _fields = fields;

    /// <summary>All fields; continuation lines keep their line feed and leading space.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields => _fields;

    /// <summary>Name of the package.</summary>
    public string Package => this["Package"]!;

    /// <summary>Architecture as Debian spells it.</summary>
    public string Architecture => this["Architecture"]!;

    /// <summary>Whether dpkg names the installed package with its architecture (<c>libc6:amd64</c>).</summary>
    public bool IsMultiArchSame => this["Multi-Arch"] == "same";

    /// <summary>The stem of its files in <c>/var/lib/dpkg/info</c>.</summary>
    public string InfoName => IsMultiArchSame ? $"{Package}:{Architecture}" : Package;

    /// <summary>A field's value, or <c>null</c>.</summary>
    public string? this[string name] => _fields.FirstOrDefault(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>Reads a control file; its name and architecture become file names, so they are checked.</summary>
    /// <exception cref="PipelineException">PL2113 (class 5).</exception>
    public static DebControl Parse(string package, ReadOnlySpan<byte> utf8)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var line in Encoding.UTF8.GetString(utf8).Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line.StartsWith(' ') || line.StartsWith('\t'))
            {
                if (fields.Count > 0 && line.Trim().Length > 0)
                {
                    fields[^1] = new(fields[^1].Key, $"{fields[^1].Value}\n{line}");
                }
            }
            else if (colon > 0 && line[..colon].All(c => c is > ' ' and <= '~'))
            {
                fields.Add(new(line[..colon], line[(colon + 1)..].Trim()));
            }
            else if (line.Trim().Length > 0)
            {
                throw Bad(package, $"has a line without a field name: '{PackagePath.Show(line)}'");
            }
        }

        var control = new DebControl(fields);
        if (
            control["Package"] is not { } name
            || !IsName(name)
            || control["Version"] is not { Length: > 0 }
            || control["Architecture"] is not { } architecture
            || architecture.Length == 0
            || !architecture.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
        )
        {
            throw Bad(package, "lacks a usable Package, Version or Architecture");
        }

        return control;
    }

    /// <summary>Names of the packages in a dependency field, versions and alternatives apart.</summary>
    public IEnumerable<string> Names(string field) =>
        (this[field] ?? "")
            .Split([',', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(d => d.Split([' ', '(', '[', ':', '<'], 2)[0]);

    private static bool IsName(string name) =>
        name.Length is > 0 and < 128
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.');

    private static PipelineException Bad(string package, string why) => new(TreeDiagnostics.BadControl(package, why));
}
