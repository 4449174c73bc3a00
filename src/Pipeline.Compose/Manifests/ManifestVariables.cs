using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>The value of a variable. Conditions compare only values of one kind.</summary>
/// <param name="Text">As it is substituted.</param>
/// <param name="Kind">How it was written.</param>
internal readonly record struct VariableValue(string Text, VariableKind Kind)
{
    /// <summary>Types a plain text as YAML would: boolean, whole number, or text.</summary>
    public static VariableValue OfPlain(string text) =>
        text is "true" or "false" ? new(text, VariableKind.Truth)
        : text.Length > 0 && text.All(char.IsAsciiDigit) && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? new(text, VariableKind.Number)
        : new(text, VariableKind.Text);
}

/// <summary>Kinds of variables.</summary>
internal enum VariableKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Truth,

    /// <summary>A whole number of 64 bits.</summary>
    Number,
}

/// <summary>The variables of one manifest tree; a definition made earlier (further out, or on the command line) always wins.</summary>
internal sealed partial class ManifestVariables
{
    /// <summary>The variable with RPM's name of the architecture.</summary>
    private const string Architectures = "basearch";

    private readonly SortedDictionary<string, VariableValue> _values = new(StringComparer.Ordinal);

    /// <summary>All names with their values, sorted.</summary>
    public IReadOnlyDictionary<string, VariableValue> Values => _values;

    /// <summary>Defines a variable unless it is defined.</summary>
    public void Define(string name, VariableValue value) => _values.TryAdd(name, value);

    /// <summary>Reads one value of a <c>variables</c> mapping.</summary>
    public void Read(YamlEntry entry, DiagnosticBag problems)
    {
        var name = entry.Key.Text;
        if (name is "releasever" or Architectures)
        {
            problems.Add(ManifestDiagnostics.Reserved(name, entry.Key.Span));
        }
        else if (entry.Value is not YamlScalar { IsNull: false } scalar || (name + scalar.Text).AsSpan().ContainsAny("${}"))
        {
            problems.Add(ManifestDiagnostics.BadVariable(name, entry.Value.Span));
        }
        else
        {
            Define(name, scalar.Style == YamlScalarStyle.Plain ? VariableValue.OfPlain(scalar.Text) : new(scalar.Text, VariableKind.Text));
        }
    }

    /// <summary>Replaces <c>${name}</c>.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="unknown">Called with each name that is not defined; such a place stays as written.</param>
    public string Substitute(string text, Action<string>? unknown = null) =>
        !text.Contains("${", StringComparison.Ordinal)
            ? text
            : Reference()
                .Replace(
                    text,
                    m =>
                    {
                        if (_values.TryGetValue(m.Groups[1].Value, out var value))
                        {
                            return value.Text;
                        }

                        unknown?.Invoke(m.Groups[1].Value);
                        return m.Value;
                    }
                );

    /// <summary>Evaluates a condition such as <c>releasever &gt;= 13</c>; a wrong one is reported and false.</summary>
    /// <param name="condition">The text.</param>
    /// <param name="tight">Also accept it without spaces around the operator (schema mode).</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="problems">Receives PL1012 and PL1013.</param>
    public bool Evaluate(string condition, bool tight, SourceSpan span, DiagnosticBag problems)
    {
        var match = (tight ? Tight() : Loose()).Match(condition);
        if (!match.Success)
        {
            problems.Add(ManifestDiagnostics.BadCondition(condition, "is not valid", span));
            return false;
        }

        var name = match.Groups["var"].Value;
        var op = match.Groups["op"].Value;
        if (!_values.TryGetValue(name, out var left))
        {
            problems.Add(ManifestDiagnostics.UndefinedVariable(name, span, _values.Keys));
            return false;
        }

        if (op is not ("==" or "!=" or ">" or ">=" or "<" or "<="))
        {
            problems.Add(ManifestDiagnostics.BadCondition(condition, $"has the unknown operator '{op}'", span));
            return false;
        }

        var right = match.Groups["text"].Success
            ? new VariableValue(match.Groups["text"].Value, VariableKind.Text)
            : VariableValue.OfPlain(match.Groups["value"].Value);
        if (left.Kind != right.Kind)
        {
            problems.Add(ManifestDiagnostics.BadCondition(condition, $"compares {Article(left.Kind)} with {Article(right.Kind)}", span));
            return false;
        }

        if (name == Architectures && !Architecture.IsName(right.Text))
        {
            problems.Add(ManifestDiagnostics.UnknownArchitecture(right.Text, span));
            return false;
        }

        if (op is "==" or "!=")
        {
            return (left.Kind == VariableKind.Number ? Number(left) == Number(right) : left.Text == right.Text) == (op == "==");
        }

        if (left.Kind != VariableKind.Number)
        {
            problems.Add(ManifestDiagnostics.BadCondition(condition, $"orders {Article(left.Kind)}", span));
            return false;
        }

        var order = Number(left).CompareTo(Number(right));
        return op switch
        {
            ">" => order > 0,
            ">=" => order >= 0,
            "<" => order < 0,
            _ => order <= 0,
        };
    }

    private static ulong Number(VariableValue value) => ulong.Parse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Article(VariableKind kind) =>
        kind switch
        {
            VariableKind.Truth => "a boolean",
            VariableKind.Number => "a number",
            _ => "a text",
        };

    [GeneratedRegex(@"\$\{([A-Za-z0-9_-]+)\}")]
    private static partial Regex Reference();

    // The operator is greedy as in rpm-ostree: 'releasever<41' is the operator '<4' there, and an error.
    [GeneratedRegex("""^\s*(?<var>[A-Za-z0-9_]+)\s*(?<op>\S+)\s*(?<value>true|false|[0-9]+|"(?<text>.*)")\s*$""")]
    private static partial Regex Loose();

    [GeneratedRegex("""^\s*(?<var>[A-Za-z0-9_]+)\s*(?<op>[=!<>]+)\s*(?<value>true|false|[0-9]+|"(?<text>.*)")\s*$""")]
    private static partial Regex Tight();
}
