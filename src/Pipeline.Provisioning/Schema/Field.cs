using System.Text;

namespace Pipeline.Provisioning.Schema;

/// <summary>What a field holds.</summary>
internal enum FieldKind
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>A 64-bit integer.</summary>
    Number,

    /// <summary>A boolean.</summary>
    Flag,

    /// <summary>An object of <see cref="Field.Item"/>.</summary>
    Map,

    /// <summary>A list of strings.</summary>
    TextList,

    /// <summary>A list of objects of <see cref="Field.Item"/>.</summary>
    MapList,
}

/// <summary>How a list behaves when a child config is merged over its parent, and whether its entries must be unique.</summary>
internal enum ListRule
{
    /// <summary>Entries have a key: equal keys merge, and must not repeat within one config.</summary>
    Keyed,

    /// <summary>Entries are ordered and may repeat: the child's follow the parent's.</summary>
    Append,
}

/// <summary>One field of one object of the configuration language, for all versions at once.</summary>
/// <param name="Name">As JSON spells it.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Since">The minor number of the Ignition version that introduced it.</param>
/// <param name="Item">The object, for <see cref="FieldKind.Map"/> and <see cref="FieldKind.MapList"/>.</param>
internal sealed record Field(string Name, FieldKind Kind, int Since = 0, Shape? Item = null)
{
    /// <summary>Position in <see cref="Shape.Fields"/>.</summary>
    public int Index { get; init; } = -1;

    /// <summary>The string is always written, empty when it was not given.</summary>
    public bool Required { get; init; }

    /// <summary>The number 0 means "not given" and is not written.</summary>
    public bool ZeroIsUnset { get; init; }

    /// <summary>For lists.</summary>
    public ListRule Rule { get; init; }

    /// <summary>Lists of one object that share their keys, such as files, directories and links.</summary>
    public string? KeySpace { get; init; }

    /// <summary>The field exists only in Butane and is translated by a pass of its own.</summary>
    public bool Sugar { get; init; }

    /// <summary>For sugar of one variant: the variant and the minor number of its own version that introduced the field.</summary>
    public (string Variant, int Since)? Only { get; init; }

    /// <summary>One sentence for editors.</summary>
    public string? Summary { get; init; }

    /// <summary>As YAML spells it.</summary>
    public string Yaml { get; } = Snake(Name);

    /// <summary>Whether an Ignition config of <paramref name="version"/> has it.</summary>
    public bool In(IgnitionVersion version) => !Sugar && version.Has(Since);

    /// <summary><c>sizeMiB</c> becomes <c>size_mib</c>.</summary>
    private static string Snake(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.Replace("MiB", "_mib", StringComparison.Ordinal))
        {
            _ = char.IsUpper(c) ? text.Append('_').Append(char.ToLowerInvariant(c)) : text.Append(c);
        }

        return text.ToString();
    }
}
