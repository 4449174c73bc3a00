using System.Globalization;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Denylists;

/// <summary>The tests that are known to fail (coreos-assembler's <c>kola-denylist.yaml</c>): the one reader of that format.</summary>
/// <param name="Entries">In the order of the file; the first entry that applies to a test decides.</param>
public sealed record Denylist(ValueList<DenylistEntry> Entries)
{
    /// <summary>The file's name, beside the tests or in the work directory.</summary>
    public const string FileName = "kola-denylist.yaml";

    private const string Code = "PL4021";

    private static readonly ValueList<string> Lists = ["streams", "arches", "platforms", "osversion"];
    private static readonly ValueList<string> Keys = ["pattern", "tracker", .. Lists, "snooze", "warn"];

    /// <summary>
    /// Reads a denylist as kola does: beyond what the published format allows, lists may be words separated by blanks and the tracker may
    /// be missing.
    /// </summary>
    /// <param name="file">Name for messages.</param>
    /// <param name="text">The YAML text.</param>
    /// <param name="problems">Receives PL4021 with file, line and column.</param>
    /// <returns>The entries without problems.</returns>
    public static Denylist Read(string file, string text, DiagnosticBag problems)
    {
        var root = YamlText.Parse(file, text, problems);
        if (root is not (null or YamlSequence))
        {
            problems.Add(Problem($"a denylist is a list, not {root.Kind}", root.Span));
            return new([]);
        }

        var items = root is YamlSequence list ? list.Items : [];
        return new(items.Select(item => Entry(item, problems)).OfType<DenylistEntry>().ToValueList());
    }

    private static DenylistEntry? Entry(YamlNode item, DiagnosticBag problems)
    {
        if (item is not YamlMapping mapping)
        {
            problems.Add(Problem($"an entry is a mapping, not {item.Kind}", item.Span));
            return null;
        }

        var local = new DiagnosticBag();
        foreach (var key in mapping.Entries.Select(e => e.Key).Where(k => !Keys.Contains(k.Text)))
        {
            local.Add(Problem($"unknown key '{key.Text}'", key.Span, ClosestName.Hint(key.Text, Keys)));
        }

        if (mapping.Find("pattern") is not YamlScalar { Text.Length: > 0 })
        {
            local.Add(Problem("an entry needs a 'pattern'", mapping.Span));
        }

        // A second look at an entry without a pattern would only repeat that it is missing.
        var entry = local.HasErrors ? null : Contract.Read<DenylistEntry>(Lenient(mapping), local);
        if (!local.HasErrors && entry?.Snooze is { } day && !IsDay(day))
        {
            local.Add(Problem($"'{day}' is not a day YYYY-MM-DD", mapping.Find("snooze")!.Span));
        }

        foreach (var (name, span) in Words(mapping.Find("arches")).Where(w => !Architecture.IsName(w.Name)))
        {
            local.Add(Problem($"there is no architecture '{name}'", span, Architecture.NameHint(name)));
        }

        foreach (var problem in local.Items)
        {
            problems.Add(problem with { Code = Code });
        }

        return local.HasErrors ? null : entry;
    }

    /// <summary>The entry as the published format has it.</summary>
    private static JsonTextObject Lenient(YamlMapping mapping)
    {
        var node = (JsonTextObject)YamlAsJson.Convert(mapping);
        var members = node.Members.Select(m => m with { Value = Lenient(m) }).ToList();
        if (node.Find("tracker") is null)
        {
            members.Add(new("tracker", new JsonTextString("")));
        }

        return new([.. members]) { Span = node.Span };
    }

    private static JsonTextNode Lenient(JsonTextMember member) =>
        member switch
        {
            { Value: JsonTextString words } when Lists.Contains(member.Name) => new JsonTextArray([
                .. words.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => new JsonTextString(w) { Span = words.Span }),
            ])
            {
                Span = words.Span,
            },
            // '44' is a number to YAML and a version here.
            { Name: "osversion", Value: JsonTextNumber number } => new JsonTextArray([Text(number)]) { Span = number.Span },
            { Name: "osversion", Value: JsonTextArray list } => new JsonTextArray([
                .. list.Items.Select(i => i is JsonTextNumber number ? Text(number) : i),
            ])
            {
                Span = list.Span,
            },
            _ => member.Value,
        };

    private static IEnumerable<(string Name, SourceSpan Span)> Words(YamlNode? node) =>
        node switch
        {
            YamlScalar words => words.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => (w, words.Span)),
            YamlSequence list => list.Items.OfType<YamlScalar>().Select(i => (i.Text, i.Span)),
            _ => [],
        };

    private static bool IsDay(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static JsonTextString Text(JsonTextNumber number) => new(number.Raw) { Span = number.Span };

    private static Diagnostic Problem(string message, SourceSpan span, string? hint = null) => Diagnostic.Error(Code, message, span, hint);
}
