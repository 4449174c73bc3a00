using System.Globalization;
using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Ignition;

/// <summary>
/// Turns JSON into a typed tree by the one definition. Wrong types are errors, unknown members warnings; <c>null</c> means "not given".
/// Member names are case-sensitive, unlike Go's decoder.
/// </summary>
internal sealed class IgnitionReader(IgnitionVersion version, DiagnosticBag problems)
{
    /// <summary>Reads a whole config of any supported version.</summary>
    public static (IgnitionVersion Version, SpecObject Root)? Read(
        string file,
        ReadOnlyMemory<byte> utf8,
        DiagnosticBag problems,
        TextLimits? limits = null
    )
    {
        if (utf8.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            problems.Add(Texts.Empty(file, "{\"ignition\":{\"version\":\"3.5.0\"}}"));
            return null;
        }

        // What looks like this is no JSON at all; an error about its first character would not help.
        if (IsButane(utf8.Span.TrimStart(" \t\r\n"u8)))
        {
            problems.Add(Texts.IsButane(file));
            return null;
        }

        var node = JsonText.Parse(file, utf8, problems, limits);
        return node is null ? null : Read(file, node, problems);
    }

    /// <summary>Whether a text is a Butane config: YAML, JSON included, with a variant and no version of Ignition.</summary>
    public static bool IsButane(ReadOnlyMemory<byte> utf8)
    {
        if (IsButane(utf8.Span.TrimStart(" \t\r\n"u8)))
        {
            return true;
        }

        return YamlText.Parse("config", Encoding.UTF8.GetString(utf8.Span), new()) is YamlMapping root
            && root.Find("variant") is YamlScalar
            && (root.Find("ignition") as YamlMapping)?.Find("version") is null;
    }

    private static bool IsButane(ReadOnlySpan<byte> utf8) =>
        utf8.StartsWith("variant:"u8) || (!utf8.StartsWith("{"u8) && utf8.IndexOf("\nvariant:"u8) >= 0);

    private static (IgnitionVersion Version, SpecObject Root)? Read(string file, JsonTextNode node, DiagnosticBag problems)
    {
        var origin = Origin.Root(node.Span ?? new SourceSpan(file, 1, 1), pointer: true);
        if (node is not JsonTextObject root)
        {
            problems.Add(Texts.WrongType(origin, "an object", node.Kind));
            return null;
        }

        return VersionOf(root, origin, problems) is { } version
            ? (version, new IgnitionReader(version, problems).ReadObject(root, IgnitionSpec.Config, origin))
            : null;
    }

    private static IgnitionVersion? VersionOf(JsonTextObject root, Origin origin, DiagnosticBag problems)
    {
        var section = root.Find("ignition");
        var at = origin.Child("ignition", section?.Span ?? origin.Span);
        var value = (section as JsonTextObject)?.Find("version");
        at = at.Child("version", value?.Span ?? at.Span);
        if (section is not (null or JsonTextNull or JsonTextObject))
        {
            problems.Add(Texts.WrongType(at.Parent!, "an object", section.Kind));
            return null;
        }

        if (value is not (null or JsonTextNull or JsonTextString))
        {
            problems.Add(Texts.WrongType(at, "a string", value.Kind));
            return null;
        }

        if (value is not JsonTextString { Value.Length: > 0 } text)
        {
            problems.Add(Texts.VersionMissing(at, "ignition.version"));
            return null;
        }

        if (!IgnitionVersion.TryParse(text.Value, out var version))
        {
            problems.Add(Texts.VersionUnsupported(at, text.Value));
        }

        return version;
    }

    private SpecObject ReadObject(JsonTextObject node, Shape shape, Origin origin)
    {
        var made = new SpecObject(shape, origin);
        foreach (var member in node.Members)
        {
            var at = origin.Child(member.Name, member.Value.Span);
            var field = shape.Find(member.Name);
            if (field is null || !field.In(version))
            {
                var known = shape.Fields.Where(f => f.In(version)).Select(f => f.Name);
                problems.Add(
                    Texts.UnknownMember(
                        at with
                        {
                            Span = member.NameSpan ?? at.Span,
                        },
                        member.Name,
                        field is { Sugar: false }
                            ? $"it exists since version 3.{field.Since}.0; this config says {version}"
                            : ClosestName.Hint(member.Name, known)
                    )
                );
            }
            else if (member.Value is not JsonTextNull)
            {
                made[field] = ReadValue(member.Value, field, at);
            }
        }

        return made;
    }

    private SpecNode? ReadValue(JsonTextNode node, Field field, Origin at)
    {
        switch (field.Kind, node)
        {
            case (FieldKind.Text, JsonTextString s):
                return new SpecText(s.Value, at);
            case (FieldKind.Flag, JsonTextBool b):
                return new SpecFlag(b.Value, at);
            case (FieldKind.Number, JsonTextNumber n):
                return ReadNumber(n, at);
            case (FieldKind.Map, JsonTextObject o):
                return ReadObject(o, field.Item!, at);
            case (FieldKind.TextList or FieldKind.MapList, JsonTextArray a):
                return ReadList(a, field, at);
            default:
                problems.Add(Texts.WrongType(at, Describe(field.Kind), node.Kind, BareHint(field, node)));
                return null;
        }
    }

    /// <summary>What to do about a number or boolean in quotes; in JSON a mode is decimal too.</summary>
    private static string? BareHint(Field field, JsonTextNode node)
    {
        if (node is not JsonTextString { Value: var text })
        {
            return null;
        }

        if (field.Kind == FieldKind.Flag)
        {
            return text is "true" or "false" ? $"write {text} without quotes" : null;
        }

        if (field.Kind != FieldKind.Number || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var octal = text is ['0', _, ..] && text.Length < 20 && text.All(c => c is >= '0' and <= '7');
        return octal ? $"write {Convert.ToInt64(text, 8)} without quotes: JSON has no octal numbers" : $"write {number} without quotes";
    }

    private SpecNumber? ReadNumber(JsonTextNumber number, Origin at)
    {
        if (long.TryParse(number.Raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return new(value, at);
        }

        problems.Add(Texts.NotAnInteger(at, number.Raw.Length > 40 ? number.Raw[..40] + "…" : number.Raw));
        return null;
    }

    private SpecList ReadList(JsonTextArray array, Field field, Origin at)
    {
        var list = new SpecList(at);
        for (var i = 0; i < array.Items.Count; i++)
        {
            var item = array.Items[i];
            var here = at.Child(i.ToString(CultureInfo.InvariantCulture), item.Span);
            SpecNode? value = (field.Kind, item) switch
            {
                (FieldKind.TextList, JsonTextString s) => new SpecText(s.Value, here),
                (FieldKind.TextList, JsonTextNull) => new SpecText("", here),
                (FieldKind.MapList, JsonTextObject o) => ReadObject(o, field.Item!, here),
                (FieldKind.MapList, JsonTextNull) => new SpecObject(field.Item!, here),
                _ => null,
            };
            if (value is null)
            {
                problems.Add(Texts.WrongType(here, field.Kind == FieldKind.TextList ? "a string" : "an object", item.Kind));
            }
            else
            {
                list.Items.Add(value);
            }
        }

        return list;
    }

    internal static string Describe(FieldKind kind) =>
        kind switch
        {
            FieldKind.Text => "a string",
            FieldKind.Number => "an integer",
            FieldKind.Flag => "true or false",
            FieldKind.Map => "an object",
            FieldKind.TextList => "a list of strings",
            _ => "a list of objects",
        };
}
