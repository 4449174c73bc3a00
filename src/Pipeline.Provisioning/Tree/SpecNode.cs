using Pipeline.Provisioning.Schema;

namespace Pipeline.Provisioning.Tree;

/// <summary>A typed value of a config with the place it came from.</summary>
/// <param name="origin">Where it came from.</param>
internal abstract class SpecNode(Origin origin)
{
    /// <summary>Where it came from.</summary>
    public Origin Origin { get; } = origin;

    /// <summary>A copy that shares nothing that can change.</summary>
    public virtual SpecNode Clone() => this;
}

/// <summary>A string.</summary>
internal sealed class SpecText(string value, Origin origin) : SpecNode(origin)
{
    /// <summary>The text.</summary>
    public string Value { get; } = value;

    /// <summary>For contents that are not UTF-8: what they are instead of <see cref="Value"/>.</summary>
    public byte[]? Binary { get; init; }
}

/// <summary>An integer.</summary>
internal sealed class SpecNumber(long value, Origin origin) : SpecNode(origin)
{
    /// <summary>The number.</summary>
    public long Value { get; } = value;
}

/// <summary>A boolean.</summary>
internal sealed class SpecFlag(bool value, Origin origin) : SpecNode(origin)
{
    /// <summary>The value.</summary>
    public bool Value { get; } = value;
}

/// <summary>A list.</summary>
internal sealed class SpecList(Origin origin, IEnumerable<SpecNode>? items = null) : SpecNode(origin)
{
    /// <summary>The entries.</summary>
    public List<SpecNode> Items { get; } = items is null ? [] : [.. items];

    /// <inheritdoc/>
    public override SpecNode Clone() => new SpecList(Origin, Items.Select(i => i.Clone()));
}

/// <summary>An object; its shape defines which fields it may have.</summary>
internal sealed class SpecObject(Shape shape, Origin origin) : SpecNode(origin)
{
    private readonly SpecNode?[] _values = new SpecNode?[shape.Fields.Count];

    /// <summary>Its definition.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>The value of a field of its shape, or <c>null</c>.</summary>
    public SpecNode? this[Field field]
    {
        get => _values[field.Index];
        set => _values[field.Index] = value;
    }

    /// <summary>The value of the field JSON calls <paramref name="name"/>, or <c>null</c>.</summary>
    public SpecNode? this[string name]
    {
        get => Shape.Find(name) is { } field ? _values[field.Index] : null;
        set => _values[Shape[name].Index] = value;
    }

    /// <summary>Whether no field is set.</summary>
    public bool IsEmpty => _values.All(v => v is null or SpecObject { IsEmpty: true } or SpecList { Items.Count: 0 });

    /// <summary>The fields that are set, in the shape's order.</summary>
    public IEnumerable<(Field Field, SpecNode Value)> Set =>
        Shape.Fields.Where(f => _values[f.Index] is not null).Select(f => (f, _values[f.Index]!));

    /// <summary>A string field, or <c>null</c>.</summary>
    public string? Text(string name) => (this[name] as SpecText)?.Value;

    /// <summary>A string field; empty when not set.</summary>
    public string TextOrEmpty(string name) => Text(name) ?? "";

    /// <summary>Whether a string field is set and not empty.</summary>
    public bool HasText(string name) => Text(name) is { Length: > 0 };

    /// <summary>An integer field, or <c>null</c>.</summary>
    public long? Number(string name) => (this[name] as SpecNumber)?.Value;

    /// <summary>A boolean, or <c>null</c>.</summary>
    public bool? Flag(string name) => (this[name] as SpecFlag)?.Value;

    /// <summary>An object field, or <c>null</c>.</summary>
    public SpecObject? Object(string name) => this[name] as SpecObject;

    /// <summary>The objects of a list field.</summary>
    public IEnumerable<SpecObject> Objects(string name) => (this[name] as SpecList)?.Items.Cast<SpecObject>() ?? [];

    /// <summary>The strings of a list field.</summary>
    public IEnumerable<SpecText> Texts(string name) => (this[name] as SpecList)?.Items.Cast<SpecText>() ?? [];

    /// <summary>How many entries a list field has.</summary>
    public int Count(string name) => (this[name] as SpecList)?.Items.Count ?? 0;

    /// <summary>The object field, made when missing.</summary>
    public SpecObject Need(string name, Origin origin)
    {
        var field = Shape[name];
        if (this[field] is not SpecObject found)
        {
            this[field] = found = new SpecObject(field.Item!, origin);
        }

        return found;
    }

    /// <summary>The list field, made when missing.</summary>
    public SpecList NeedList(string name, Origin origin)
    {
        if (this[name] is not SpecList found)
        {
            this[name] = found = new SpecList(origin);
        }

        return found;
    }

    /// <summary>Sets a string made from <paramref name="origin"/>.</summary>
    public SpecObject With(string name, string value, Origin origin)
    {
        this[name] = new SpecText(value, origin);
        return this;
    }

    /// <summary>Sets a number made from <paramref name="origin"/>.</summary>
    public SpecObject With(string name, long value, Origin origin)
    {
        this[name] = new SpecNumber(value, origin);
        return this;
    }

    /// <summary>Sets a boolean made from <paramref name="origin"/>.</summary>
    public SpecObject With(string name, bool value, Origin origin)
    {
        this[name] = new SpecFlag(value, origin);
        return this;
    }

    /// <summary>Sets a list of strings made from <paramref name="origin"/>.</summary>
    public SpecObject With(string name, IEnumerable<string> values, Origin origin)
    {
        this[name] = new SpecList(origin, values.Select(v => new SpecText(v, origin)));
        return this;
    }

    /// <inheritdoc/>
    public override SpecNode Clone()
    {
        var copy = new SpecObject(Shape, Origin);
        for (var i = 0; i < _values.Length; i++)
        {
            copy._values[i] = _values[i]?.Clone();
        }

        return copy;
    }
}
