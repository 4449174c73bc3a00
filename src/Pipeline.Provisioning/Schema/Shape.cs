namespace Pipeline.Provisioning.Schema;

/// <summary>One kind of object: its fields in the order they are written.</summary>
internal sealed class Shape
{
    private readonly Dictionary<string, Field> _byName;
    private readonly Dictionary<string, Field> _byYaml;

    /// <summary>A shape; the fields get their <see cref="Field.Index"/> here.</summary>
    /// <param name="name">Names the rules that apply; <c>resource</c> for everything that is fetched.</param>
    /// <param name="fields">In the order they are written.</param>
    /// <param name="key">Fields whose text is the key in a list, the first that is set.</param>
    public Shape(string name, IEnumerable<Field> fields, params string[] key)
    {
        Name = name;
        Fields = [.. fields.Select((f, i) => f with { Index = i, Summary = f.Summary ?? Summaries.Of(name, f.Name) })];
        Key = key;
        _byName = Fields.ToDictionary(f => f.Name, StringComparer.Ordinal);
        _byYaml = Fields.ToDictionary(f => f.Yaml, StringComparer.Ordinal);
    }

    /// <summary>Names the rules that apply.</summary>
    public string Name { get; }

    /// <summary>In the order they are written.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>Fields that make the key of an entry in a list.</summary>
    public IReadOnlyList<string> Key { get; }

    /// <summary>The field JSON calls <paramref name="name"/>.</summary>
    public Field this[string name] => _byName[name];

    /// <summary>The field JSON calls <paramref name="name"/>, or <c>null</c>.</summary>
    public Field? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The field YAML calls <paramref name="name"/>, or <c>null</c>.</summary>
    public Field? FindYaml(string name) => _byYaml.GetValueOrDefault(name);
}
