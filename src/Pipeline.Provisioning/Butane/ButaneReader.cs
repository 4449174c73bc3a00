using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Ignition;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Butane;

/// <summary>
/// Turns YAML into a typed tree by the one definition. Wrong types are errors, unknown keys warnings; null means "not given".
/// </summary>
internal sealed class ButaneReader(ButaneVersion version, DiagnosticBag problems)
{
    /// <summary>Reads a whole config of any supported variant and version.</summary>
    public static (ButaneVersion Version, SpecObject Root)? Read(
        string file,
        string text,
        DiagnosticBag problems,
        TextLimits? limits = null
    )
    {
        var before = problems.HasErrors;
        var node = YamlText.Parse(file, text, problems, limits);
        if (node is null)
        {
            if (before == problems.HasErrors)
            {
                problems.Add(Texts.Empty(file, "'variant: fcos' and 'version: 1.6.0'"));
            }

            return null;
        }

        var origin = Origin.Root(node.Span, pointer: false);
        if (node is not YamlMapping root)
        {
            problems.Add(Texts.WrongType(origin, "a mapping", node.Kind));
            return null;
        }

        if (
            root.Find("variant") is null
            && root.Find("version") is null
            && (root.Find("ignition") as YamlMapping)?.Find("version") is not null
        )
        {
            problems.Add(Texts.IsIgnition(file));
            return null;
        }

        return VersionOf(root, origin, problems) is { } version
            ? (version, new ButaneReader(version, problems).ReadObject(root, ButaneSpec.Config, origin))
            : null;
    }

    private static ButaneVersion? VersionOf(YamlMapping root, Origin origin, DiagnosticBag problems)
    {
        var variant = root.Find("variant") as YamlScalar;
        var version = root.Find("version") as YamlScalar;
        var hasBoth = true;
        foreach (var entry in root.Entries.Where(e => e.Key.Text is "variant" or "version" && e.Value is not YamlScalar))
        {
            problems.Add(Texts.WrongType(origin.Child(entry.Key.Text, entry.Value.Span), "a string", entry.Value.Kind));
            hasBoth = false;
        }

        if (!hasBoth)
        {
            return null;
        }

        if (variant is null or { IsNull: true } or { Text: "" })
        {
            problems.Add(ButaneTexts.VariantMissing(origin));
            hasBoth = false;
        }

        if (version is null or { IsNull: true } or { Text: "" })
        {
            problems.Add(ButaneTexts.VersionMissing(origin));
            hasBoth = false;
        }

        if (!hasBoth || ButaneVersion.TryFind(variant!.Text, version!.Text, out var found))
        {
            return hasBoth && ButaneVersion.TryFind(variant!.Text, version!.Text, out found) ? found : null;
        }

        problems.Add(
            ForeignVariant.Of(variant.Text) is { } foreign
                ? ButaneTexts.ForeignVariant(origin.Child("variant", variant.Span), foreign)
                : ButaneTexts.Unsupported(origin.Child("version", version.Span), variant.Text, version.Text)
        );
        return null;
    }

    private SpecObject ReadObject(YamlMapping node, Shape shape, Origin origin)
    {
        var made = new SpecObject(shape, origin);
        foreach (var (key, value) in Entries(node, origin))
        {
            var at = origin.Child(key.Text, value.Span);
            var field = shape.FindYaml(key.Text);
            if (field is null || !version.Has(field))
            {
                problems.Add(Texts.UnknownMember(at with { Span = key.Span }, key.Text, Hint(field, key.Text, shape)));
            }
            else if (value is not YamlScalar { IsNull: true })
            {
                made[field] = ReadValue(value, field, at);
            }
        }

        return made;
    }

    private string? Hint(Field? field, string key, Shape shape)
    {
        if (field is null)
        {
            return ClosestName.Hint(key, shape.Fields.Where(version.Has).Select(f => f.Yaml));
        }

        var first = ButaneVersion.All.FirstOrDefault(v => v.Variant == version.Variant && v.Has(field));
        return first is null ? $"{version.Variant} does not have it" : $"{first.Variant} has it since version {first.Version}";
    }

    /// <summary>The entries with merge keys (<c>&lt;&lt;</c>) expanded: what the mapping says itself comes first and wins.</summary>
    private IEnumerable<(YamlScalar Key, YamlNode Value)> Entries(YamlMapping node, Origin origin)
    {
        if (!node.Entries.Any(IsMerge))
        {
            return node.Entries.Select(e => (e.Key, e.Value));
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var made = new List<(YamlScalar, YamlNode)>();
        Collect(node, origin, seen, made);
        return made;
    }

    private void Collect(YamlMapping node, Origin origin, HashSet<string> seen, List<(YamlScalar, YamlNode)> made)
    {
        made.AddRange(node.Entries.Where(e => !IsMerge(e) && seen.Add(e.Key.Text)).Select(e => (e.Key, e.Value)));
        foreach (var merge in node.Entries.Where(IsMerge))
        {
            foreach (var source in merge.Value is YamlSequence list ? list.Items : (IReadOnlyList<YamlNode>)[merge.Value])
            {
                if (source is YamlMapping mapping)
                {
                    Collect(mapping, origin, seen, made);
                }
                else
                {
                    problems.Add(Texts.WrongType(origin.Child("<<", source.Span), "a mapping to merge", source.Kind));
                }
            }
        }
    }

    private static bool IsMerge(YamlEntry entry) =>
        entry.Key is { Text: "<<", Style: YamlScalarStyle.Plain, Tag: null } or { Text: "<<", Tag: "tag:yaml.org,2002:merge" };

    private SpecNode? ReadValue(YamlNode node, Field field, Origin at)
    {
        switch (field.Kind, node)
        {
            case (FieldKind.Text, YamlScalar s) when YamlScalars.Text(s) is { } text:
                return new SpecText(text, at);
            case (FieldKind.Text, YamlScalar s) when field.Name == "inline" && YamlScalars.Bytes(s) is { } bytes:
                return new SpecText("", at) { Binary = bytes };
            case (FieldKind.Flag, YamlScalar s) when YamlScalars.Flag(s) is { } flag:
                return new SpecFlag(flag, at);
            case (FieldKind.Number, YamlScalar s) when YamlScalars.Number(s) is { } number:
                return new SpecNumber(number, at);
            case (FieldKind.Map, YamlMapping m):
                return ReadObject(m, field.Item!, at);
            case (FieldKind.TextList or FieldKind.MapList, YamlSequence l):
                return ReadList(l, field, at);
            default:
                problems.Add(Texts.WrongType(at, IgnitionReader.Describe(field.Kind), Found(node), BareHint(field, node)));
                return null;
        }
    }

    /// <summary>What to do about a number or boolean that quotes or a tag made a text.</summary>
    private static string? BareHint(Field field, YamlNode node)
    {
        if (node is not YamlScalar scalar || (scalar.Style == YamlScalarStyle.Plain && scalar.Tag is null))
        {
            return null;
        }

        var bare = YamlScalars.Bare(scalar);
        var isOne = field.Kind switch
        {
            FieldKind.Number => YamlScalars.Number(bare) is not null,
            FieldKind.Flag => YamlScalars.Flag(bare) is not null,
            _ => false,
        };
        var sign = scalar.Style == YamlScalarStyle.Plain ? "its tag" : "quotes";
        return isOne ? $"{sign} make it a text; write {scalar.Text} without {(sign == "quotes" ? "them" : "it")}" : null;
    }

    private SpecList ReadList(YamlSequence node, Field field, Origin at)
    {
        var list = new SpecList(at);
        for (var i = 0; i < node.Items.Count; i++)
        {
            var item = node.Items[i];
            var here = at.Child(i.ToString(CultureInfo.InvariantCulture), item.Span);
            if (item is YamlScalar { IsNull: true })
            {
                // An item that is not written is no item, as for a member.
                continue;
            }

            SpecNode? value = (field.Kind, item) switch
            {
                (FieldKind.TextList, YamlScalar s) when YamlScalars.Text(s) is { } text => new SpecText(text, here),
                (FieldKind.MapList, YamlMapping m) => ReadObject(m, field.Item!, here),
                _ => null,
            };
            if (value is null)
            {
                problems.Add(Texts.WrongType(here, field.Kind == FieldKind.TextList ? "a string" : "a mapping", Found(item)));
            }
            else
            {
                list.Items.Add(value);
            }
        }

        return list;
    }

    private static string Found(YamlNode node) =>
        node is YamlScalar s ? $"'{(s.Text.Length > 40 ? s.Text[..40] + "…" : s.Text)}'" : node.Kind;
}
