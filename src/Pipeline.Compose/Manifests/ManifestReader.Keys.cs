using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>One mapping: known keys, right shapes, items.</summary>
internal sealed partial class ManifestReader
{
    private TreefileConfig ReadKeys(YamlMapping mapping, string directory, bool json)
    {
        var config = new TreefileConfig();
        foreach (var entry in mapping.Entries)
        {
            var name = Canonical(entry, mapping);
            if (name.StartsWith("packages-", StringComparison.Ordinal) && !TreefileKeys.Derive.ContainsKey(name))
            {
                // Checked for every architecture, also unknown ones; kept only for this one.
                var items = Texts(entry.Value, name);
                var architecture = name["packages-".Length..];
                if (RequireArchitecture(architecture, entry.Key.Span) && IsArchitecture(architecture))
                {
                    AddPackages(config, "packages", items);
                }
            }
            else if (TreefileKeys.All.TryGetValue(name, out var key) && (_schema || !key.SchemaOnly))
            {
                ReadKey(config, key, entry, directory);
            }
            else if (TreefileKeys.Derive.ContainsKey(name))
            {
                _problems.Add(ManifestDiagnostics.Derive(name, entry.Key.Span));
            }
            else if (json)
            {
                // rpm-ostree ignores them in JSON: that is how JSON treefiles carry comments.
                _remarks.Add(ManifestDiagnostics.UnknownKey(name, entry.Key.Span, _schema, warnOnly: true));
            }
            else
            {
                _problems.Add(ManifestDiagnostics.UnknownKey(name, entry.Key.Span, _schema, warnOnly: false));
            }
        }

        return config;
    }

    private string Canonical(YamlEntry entry, YamlMapping mapping)
    {
        if (!TreefileKeys.Legacy.TryGetValue(entry.Key.Text, out var now))
        {
            return entry.Key.Text;
        }

        if (mapping.Find(now) is not null)
        {
            _problems.Add(ManifestDiagnostics.BothSpellings(entry.Key.Text, now, entry.Key.Span));
        }

        return now;
    }

    private void ReadKey(TreefileConfig config, TreefileKey key, YamlEntry entry, string directory)
    {
        if (!CheckShape(key, entry.Value))
        {
            return;
        }

        switch (key.Merge)
        {
            case MergeRule.First:
                config.Single[key.Name] = new(entry.Value, directory);
                break;
            case MergeRule.Union when key.Name is "packages" or "bootstrap-packages":
                AddPackages(config, "packages", Texts(entry.Value, key.Name));
                break;
            case MergeRule.Union:
                Texts(entry.Value, key.Name).ForEach(t => config.AddToSet(key.Name, new(t.Text, t.Span)));
                break;
            case MergeRule.ByMember:
                var map = new SortedDictionary<string, YamlEntry>(StringComparer.Ordinal);
                foreach (var member in ((YamlMapping)entry.Value).Entries)
                {
                    map.TryAdd(member.Key.Text, member);
                }

                config.Maps[key.Name] = map;
                break;
            case MergeRule.Prepend:
                config.Lists[key.Name] = [.. ((YamlSequence)entry.Value).Items.Select(i => new TreefileItem(i, directory))];
                break;
            default:
                break;
        }
    }

    private void AddPackages(TreefileConfig config, string key, List<YamlScalar> items)
    {
        foreach (var item in items)
        {
            if (PackageWords.Split(_schema ? Expand(item).Text : item.Text) is not { } words)
            {
                _problems.Add(ManifestDiagnostics.OpenQuote(item.Text, item.Span));
                continue;
            }

            foreach (var word in words)
            {
                config.AddToSet(key, new(word, item.Span));
            }
        }
    }

    private bool CheckShape(TreefileKey key, YamlNode node)
    {
        var expected = key.Shape switch
        {
            ValueShape.Text when node is not YamlScalar s || !IsText(s) => "a text",
            ValueShape.Truth when node is not YamlScalar { Style: YamlScalarStyle.Plain, Text: "true" or "false" } => "true or false",
            ValueShape.TextOrNumber when node is not YamlScalar s || !(IsText(s) || IsNumber(s)) => "a text or a whole number",
            ValueShape.Texts when node is not YamlSequence => "a list of texts",
            ValueShape.List when node is not YamlSequence => "a list",
            ValueShape.Mapping when node is not YamlMapping => "a mapping",
            _ => null,
        };
        if (expected is not null)
        {
            _problems.Add(ManifestDiagnostics.WrongType(key.Name, expected, Describe(node), node.Span, QuoteHint(node, key.Shape)));
            return false;
        }

        return key.Shape != ValueShape.Texts || Texts(node, key.Name).Count == ((YamlSequence)node).Items.Count;
    }

    /// <summary>The texts of a list, or the one text; everything else is reported and left out.</summary>
    private List<YamlScalar> Texts(YamlNode node, string key)
    {
        ValueList<YamlNode> items =
            node is YamlSequence list ? list.Items
            : key is "include" or "arch-include" or "if" ? [node]
            : [];
        if (items.Count == 0 && node is not YamlSequence)
        {
            Report(ManifestDiagnostics.WrongType(key, "a list of texts", Describe(node), node.Span));
        }

        var texts = new List<YamlScalar>();
        foreach (var item in items)
        {
            if (item is YamlScalar scalar && IsText(scalar))
            {
                texts.Add(scalar);
            }
            else
            {
                Report(
                    ManifestDiagnostics.WrongType(
                        key,
                        items.Count == 1 && node is not YamlSequence ? "a text or a list of texts" : "a list of texts",
                        Describe(item),
                        item.Span,
                        QuoteHint(item, ValueShape.Text)
                    )
                );
            }
        }

        return texts;
    }

    private void AddIncludes(YamlNode? node, string key, List<YamlScalar> includes)
    {
        if (node is not null)
        {
            includes.AddRange(Texts(node, key));
        }
    }

    /// <summary>Adds a problem once: shapes are checked where a key is read and again where its items are.</summary>
    private void Report(Model.Diagnostics.Diagnostic diagnostic)
    {
        if (!_problems.Items.Contains(diagnostic))
        {
            _problems.Add(diagnostic);
        }
    }

    /// <summary>The scalar with its variables replaced; unknown ones are errors in our schema and stay as they are in a treefile.</summary>
    private YamlScalar Expand(YamlScalar scalar) =>
        scalar with
        {
            Text = _variables.Substitute(
                scalar.Text,
                _schema ? name => Report(ManifestDiagnostics.UndefinedVariable(name, scalar.Span, _variables.Values.Keys)) : null
            ),
        };

    private static bool IsText(YamlScalar scalar) =>
        scalar.Style != YamlScalarStyle.Plain
        || scalar.Tag == YamlScalar.TextTag
        || (!scalar.IsNull && scalar.Text is not ("true" or "false") && !IsNumber(scalar) && !IsFraction(scalar.Text));

    private static bool IsNumber(YamlScalar scalar) =>
        scalar.Style == YamlScalarStyle.Plain && scalar.Text.Length > 0 && scalar.Text.All(char.IsAsciiDigit);

    private static bool IsFraction(string text) =>
        text.Length > 0 && char.IsAsciiDigit(text[0]) && text.Count(c => c == '.') == 1 && text.All(c => char.IsAsciiDigit(c) || c == '.');

    private static string Describe(YamlNode node) =>
        node is not YamlScalar scalar ? node.Kind
        : scalar.IsNull ? "empty"
        : IsText(scalar) ? $"the text '{scalar.Text}'"
        : $"the plain value {scalar.Text}";

    private static string? QuoteHint(YamlNode node, ValueShape shape) =>
        node is YamlScalar { IsNull: false } scalar && shape is ValueShape.Text && !IsText(scalar)
            ? $"write \"{scalar.Text}\" with quotes"
            : null;
}
