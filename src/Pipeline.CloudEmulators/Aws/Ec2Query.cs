using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>The parameters of an EC2 query: <c>Key.1.Sub=value</c> pairs of a form.</summary>
internal sealed class Ec2Query
{
    private const int MostPairs = 4096;
    private readonly SortedDictionary<string, string> _values;

    private Ec2Query(SortedDictionary<string, string> values) => _values = values;

    /// <summary>Reads a form body.</summary>
    /// <exception cref="AwsRefusal">It is malformed, or has a name twice.</exception>
    public static Ec2Query Parse(ReadOnlySpan<byte> body)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            if (values.Count == MostPairs || !values.TryAdd(Decode(parts[0]), parts.Length == 2 ? Decode(parts[1]) : ""))
            {
                throw new AwsRefusal("MalformedQueryString", "The query string has a parameter twice, or too many.");
            }
        }

        return new(values);
    }

    /// <summary>A value, or <c>null</c>.</summary>
    public string? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>A value that must be there.</summary>
    public string Get(string name) => Find(name) is { Length: > 0 } value ? value : throw AwsRefusal.Missing(name);

    /// <summary>A boolean, or <c>null</c>.</summary>
    public bool? Flag(string name) =>
        Find(name) switch
        {
            null => null,
            "true" => true,
            "false" => false,
            var other => throw AwsRefusal.BadValue(name, other),
        };

    /// <summary>A whole number from 0, or <c>null</c>.</summary>
    public int? Number(string name) =>
        Find(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw AwsRefusal.BadValue(name, text);

    /// <summary>The values of <c>NAME.1</c>, <c>NAME.2</c>, … in order.</summary>
    public IReadOnlyList<string> List(string name) => [.. Indices(name).Select(i => Find($"{name}.{i}")).OfType<string>()];

    /// <summary>The structures <c>NAME.1.…</c>, <c>NAME.2.…</c> in order.</summary>
    public IReadOnlyList<Ec2Query> Structures(string name) => [.. Indices(name).Select(i => Under($"{name}.{i}"))];

    /// <summary>The parameters below a prefix, without it.</summary>
    public Ec2Query Under(string prefix) =>
        new(
            new(
                _values
                    .Where(p => p.Key.StartsWith(prefix + ".", StringComparison.Ordinal))
                    .ToDictionary(p => p.Key[(prefix.Length + 1)..], p => p.Value),
                StringComparer.Ordinal
            )
        );

    /// <summary>A digest of all parameters.</summary>
    public string Digest =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', _values.Select(p => $"{p.Key}={p.Value}")))));

    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => _values.Count == 0;

    /// <summary>The tags that a request gives to what it makes.</summary>
    public SortedDictionary<string, string> Tags(string resource) =>
        TagsOf(Structures("TagSpecification").Where(s => s.Find("ResourceType") == resource).SelectMany(s => s.Structures("Tag")));

    /// <summary>Tags from structures with <c>Key</c> and <c>Value</c>.</summary>
    public static SortedDictionary<string, string> TagsOf(IEnumerable<Ec2Query> structures)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in structures)
        {
            var key = tag.Get("Key");
            if (key.Length > 127 || key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) || tag.Find("Value")?.Length > 255)
            {
                throw new AwsRefusal("InvalidParameterValue", $"Tag '{key}' is reserved or too long.");
            }

            tags[key] = tag.Find("Value") ?? "";
        }

        return tags.Count <= 50 ? tags : throw new AwsRefusal("TagLimitExceeded", "The maximum number of Tags is 50.");
    }

    /// <summary>The filters: each a name and values, of which one has to match.</summary>
    public IReadOnlyList<Ec2Filter> Filters => [.. Structures("Filter").Select(f => new Ec2Filter(f.Get("Name"), f.List("Value")))];

    private IEnumerable<int> Indices(string name) =>
        _values
            .Keys.Where(k => k.StartsWith(name + ".", StringComparison.Ordinal))
            .Select(k => k[(name.Length + 1)..].Split('.', 2)[0])
            .Select(k => int.TryParse(k, NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i : -1)
            .Where(i => i >= 0)
            .Distinct()
            .Order();

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}

/// <summary>One filter of a <c>Describe…</c>.</summary>
internal sealed record Ec2Filter(string Name, IReadOnlyList<string> Values)
{
    /// <summary>Keeps what all filters match.</summary>
    /// <param name="items">The candidates.</param>
    /// <param name="filters">The filters.</param>
    /// <param name="tags">The tags of an item.</param>
    /// <param name="values">The values of an item under a filter's name; <c>null</c> for a name that is no filter.</param>
    public static IEnumerable<T> Apply<T>(
        IEnumerable<T> items,
        IReadOnlyList<Ec2Filter> filters,
        Func<T, IReadOnlyDictionary<string, string>> tags,
        Func<T, string, IEnumerable<string?>?> values
    ) => items.ToArray().Where(i => filters.All(f => f.Matches(tags(i), n => values(i, n))));

    private bool Matches(IReadOnlyDictionary<string, string> tags, Func<string, IEnumerable<string?>?> values)
    {
        IEnumerable<string?> found =
            Name == "tag-key" ? tags.Keys
            : Name.StartsWith("tag:", StringComparison.Ordinal) ? (tags.TryGetValue(Name[4..], out var v) ? [v] : [])
            : values(Name) ?? throw new AwsRefusal("InvalidParameterValue", $"The filter '{Name}' is invalid");
        return found.OfType<string>().Any(f => Values.Any(p => Like(f, p)));
    }

    private static bool Like(string text, string pattern) =>
        !pattern.AsSpan().ContainsAny("*?\\")
            ? text == pattern
            : Regex.IsMatch(
                text,
                "^"
                    + Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)
                    + "$",
                RegexOptions.Singleline | RegexOptions.NonBacktracking
            );
}
