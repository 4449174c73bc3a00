using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Pipeline.CloudEmulators.Faults;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>One request to EC2 while the state is held.</summary>
internal sealed record Ec2Call(AwsCaller Caller, Ec2Query Query, AwsState State, DateTimeOffset Now, FaultRule? Fault)
{
    /// <summary>The caller's region.</summary>
    public AwsRegionState Here => State.In(Caller.Region);

    /// <summary>Work that begins once the state is saved: copying bytes, machines.</summary>
    public List<Func<Task>> Afterwards { get; } = [];

    /// <summary>When what is made now is found.</summary>
    public DateTimeOffset Visible => Fault?.Kind == FaultRule.Hidden ? Now.AddSeconds(Fault.Seconds) : Now;

    /// <summary>When what is made now is complete.</summary>
    public DateTimeOffset Ready => Fault?.Kind == FaultRule.Slow ? Now.AddSeconds(Fault.Seconds) : Now;

    /// <summary>An id as EC2 makes them.</summary>
    public static string NewId(string kind) => $"{kind}-0{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    /// <summary>Whether the caller may see it at all.</summary>
    public bool Sees(Ec2Resource resource) => Now >= resource.Visible;

    /// <summary>Refuses when this is a trial run.</summary>
    public void Dry()
    {
        if (Query.Flag("DryRun") == true)
        {
            throw new AwsRefusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
        }
    }

    /// <summary>
    /// What this client token made before, or <c>null</c>; the same token with other parameters is refused.
    /// </summary>
    public string? Repeated(string operation) =>
        Token(operation) is { } key && Here.Tokens.TryGetValue(key, out var token)
            ? token.Request == Query.Digest
                ? token.Made
                : throw new AwsRefusal(
                    "IdempotentParameterMismatch",
                    "The client token has been used by another request with different parameters."
                )
            : null;

    /// <summary>Notes what the client token made.</summary>
    public void Remember(string operation, string made)
    {
        if (Token(operation) is { } key)
        {
            Here.Tokens[key] = new(made, Query.Digest);
        }
    }

    /// <summary>One page of items that were found, as <c>MaxResults</c> and <c>NextToken</c> say.</summary>
    /// <param name="items">All that were found.</param>
    /// <param name="set">Name of the element around them.</param>
    /// <param name="print">Prints one.</param>
    public IEnumerable<XElement> Page<T>(IEnumerable<T> items, string set, Func<T, XElement> print)
    {
        var all = items.ToArray();
        var start = 0;
        if (
            Query.Find("NextToken") is { Length: > 0 } token
            && (!int.TryParse(token.AsSpan(Math.Min(5, token.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out start))
        )
        {
            throw AwsRefusal.BadValue("NextToken", token);
        }

        var size = Query.Number("MaxResults") ?? 1000;
        yield return new(set, all.Skip(start).Take(size).Select(print));
        if (start + size < all.Length)
        {
            yield return new("nextToken", string.Create(CultureInfo.InvariantCulture, $"page-{start + size}"));
        }
    }

    private string? Token(string operation) =>
        Query.Find("ClientToken") is { Length: > 0 } token ? $"{Caller.Account} {operation} {token}" : null;
}

/// <summary>Elements of EC2's answers.</summary>
internal static class Ec2Xml
{
    /// <summary>An element with text, or nothing for no value.</summary>
    public static XElement? Text(string name, string? value) => value is null ? null : new(name, Clean(value));

    /// <summary>A boolean.</summary>
    public static XElement Flag(string name, bool value) => new(name, value ? "true" : "false");

    /// <summary>A number.</summary>
    public static XElement Number(string name, long value) => new(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A time.</summary>
    public static XElement Time(string name, DateTimeOffset value) =>
        new(name, value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    /// <summary>The tags of something.</summary>
    public static XElement Tags(IReadOnlyDictionary<string, string> tags) =>
        new("tagSet", tags.Select(t => new XElement("item", Text("key", t.Key), Text("value", t.Value))));

    /// <summary>The usual answer of an operation that only does something.</summary>
    public static IEnumerable<XElement> Done { get; } = [new("return", "true")];

    /// <summary>Text without characters that XML cannot carry.</summary>
    private static string Clean(string text) =>
        text.All(System.Xml.XmlConvert.IsXmlChar) ? text : string.Concat(text.Where(System.Xml.XmlConvert.IsXmlChar));
}
