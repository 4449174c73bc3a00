using System.Collections.Specialized;
using System.Net;
using System.Security;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;

namespace Pipeline.TestKit.Clouds;

/// <summary>A request to <see cref="AwsServer"/>.</summary>
/// <param name="Action">EC2's and STS's action; of EBS the name of the operation.</param>
/// <param name="Region">The region it was signed for.</param>
/// <param name="Path">The path of the URL.</param>
/// <param name="Fields">Fields of the form, of EBS the query and the headers.</param>
/// <param name="Body">The body.</param>
public sealed partial record AwsCall(string Action, string Region, string Path, IReadOnlyDictionary<string, string> Fields, byte[] Body)
{
    /// <summary>Whether it is one of the EBS direct APIs.</summary>
    public bool IsEbs => Path.StartsWith("/snapshots", StringComparison.Ordinal);

    /// <summary>A field, or empty.</summary>
    public string this[string name] => Fields.GetValueOrDefault(name, "");

    /// <summary>The values <c>name.1</c>, <c>name.2</c>, ….</summary>
    public IReadOnlyList<string> List(string name)
    {
        var all = new List<string>();
        while (Fields.TryGetValue(FormattableString.Invariant($"{name}.{all.Count + 1}"), out var value))
        {
            all.Add(value);
        }

        return all;
    }

    /// <summary>The tags of a kind of resource that the request makes.</summary>
    public Dictionary<string, string> Tags(string kind)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var n = 1; Fields.TryGetValue(FormattableString.Invariant($"TagSpecification.{n}.ResourceType"), out var type); n++)
        {
            for (var t = 1; type == kind && Fields.ContainsKey(FormattableString.Invariant($"TagSpecification.{n}.Tag.{t}.Key")); t++)
            {
                var prefix = FormattableString.Invariant($"TagSpecification.{n}.Tag.{t}.");
                tags[this[prefix + "Key"]] = this[prefix + "Value"];
            }
        }

        return tags;
    }

    /// <summary>Filters by name.</summary>
    public IEnumerable<(string Name, IReadOnlyList<string> Values)> Filters()
    {
        for (var n = 1; Fields.TryGetValue(FormattableString.Invariant($"Filter.{n}.Name"), out var name); n++)
        {
            yield return (name, List(FormattableString.Invariant($"Filter.{n}.Value")));
        }
    }

    internal static async Task<AwsCall> ReadAsync(HttpListenerRequest request)
    {
        using var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body);
        var bytes = body.ToArray();
        var region = Scope().Match(request.Headers["Authorization"] ?? "").Groups["region"].Value;
        var path = request.Url!.AbsolutePath;
        if (path == "/")
        {
            var form = Dictionary(HttpUtility.ParseQueryString(Encoding.UTF8.GetString(bytes)));
            return new(form.GetValueOrDefault("Action", ""), region, path, form, bytes);
        }

        var fields = Dictionary(HttpUtility.ParseQueryString(request.Url.Query));
        foreach (var name in request.Headers.AllKeys.OfType<string>())
        {
            fields[name.ToLowerInvariant()] = request.Headers[name]!;
        }

        var action = (request.HttpMethod, path.Split('/').Length) switch
        {
            ("POST", 2) => "StartSnapshot",
            ("PUT", _) => "PutSnapshotBlock",
            ("POST", _) => "CompleteSnapshot",
            _ => "ListSnapshotBlocks",
        };
        return new(action, region, path, fields, bytes);
    }

    private static Dictionary<string, string> Dictionary(NameValueCollection values) =>
        values.AllKeys.OfType<string>().ToDictionary(k => k, k => values[k] ?? "", StringComparer.Ordinal);

    [GeneratedRegex(@"Credential=[^/]+/\d+/(?<region>[^/]+)/")]
    private static partial Regex Scope();
}

/// <summary>An answer of <see cref="AwsServer"/>.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Content">XML inside the answer's element, or JSON.</param>
/// <param name="Code">Code of an error, or <c>null</c>.</param>
internal sealed record AwsAnswer(int Status, string Content, string? Code = null)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public static AwsAnswer Ok(string content = "<return>true</return>") => new(200, content);

    public static AwsAnswer Refuse(int status, string code, string message) => new(status, message, code);

    /// <summary>A list of items as EC2 writes it.</summary>
    public static string Set(string name, IEnumerable<string> items) =>
        $"<{name}>{string.Concat(items.Select(i => $"<item>{i}</item>"))}</{name}>";

    /// <summary>An element with text.</summary>
    public static string Element(string name, string? text) => text is null ? "" : $"<{name}>{SecurityElement.Escape(text)}</{name}>";

    public string Body(AwsCall call) =>
        (call.IsEbs, Code, call.Action) switch
        {
            (true, null, _) => Content,
            (true, _, _) => JsonSerializer.Serialize(new Dictionary<string, string> { ["Message"] = Content }),
            (_, null, "GetCallerIdentity") => "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                + $"<GetCallerIdentityResult>{Content}</GetCallerIdentityResult></GetCallerIdentityResponse>",
            (_, null, _) => $"<{call.Action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
                + $"<requestId>r-1</requestId>{Content}</{call.Action}Response>",
            (_, _, "GetCallerIdentity") =>
                $"<ErrorResponse><Error>{Element("Code", Code)}{Element("Message", Content)}</Error></ErrorResponse>",
            _ => $"<Response><Errors><Error>{Element("Code", Code)}{Element("Message", Content)}</Error></Errors>"
                + "<RequestID>r-1</RequestID></Response>",
        };
}
