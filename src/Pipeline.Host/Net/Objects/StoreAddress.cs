using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Net.Objects;

/// <summary>Kinds of stores.</summary>
public enum StoreKind
{
    /// <summary>A directory: <c>file:DIR</c>.</summary>
    Directory,

    /// <summary>An S3 bucket: <c>s3://bucket/prefix</c>.</summary>
    S3,

    /// <summary>An Azure blob container: <c>az://account/container/prefix</c>.</summary>
    Azure,

    /// <summary>Whatever answers GET under a URL, read-only: <c>https://host/prefix</c>.</summary>
    Http,
}

/// <summary>Where a store is. Credentials are never part of it: they come from the environment and the vendors' own chains.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Container">Absolute directory, bucket, container, or base URL without a final <c>/</c>.</param>
/// <param name="Prefix">
/// Beginning of every key, without <c>/</c> at either end; may be empty. Directories and URLs have none of their own.
/// </param>
public sealed record StoreAddress(StoreKind Kind, string Container, string Prefix)
{
    private static readonly Dictionary<StoreKind, string[]> Known = new()
    {
        [StoreKind.Directory] = [],
        [StoreKind.S3] = ["endpoint", "region", "acl", "anonymous"],
        [StoreKind.Azure] = ["endpoint", "anonymous"],
        [StoreKind.Http] = [],
    };

    /// <summary>Storage account, for Azure only.</summary>
    public string Account { get; init; } = "";

    /// <summary>A server other than the vendor's, such as a local gateway: <c>endpoint=http://host:port</c>.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>S3 region; <c>null</c> leaves it to the vendor's chain.</summary>
    public string? Region { get; init; }

    /// <summary>Whether objects get access control lists of their own; off with <c>acl=none</c> for buckets that refuse them.</summary>
    public bool UsesAcl { get; init; } = true;

    /// <summary>Whether to read without any credentials: <c>anonymous=yes</c>.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Reads an address.</summary>
    /// <param name="text">As the user typed it.</param>
    /// <param name="currentDirectory">Relative directories start here.</param>
    /// <exception cref="PipelineException">PL6007: not understood, or it holds credentials.</exception>
    public static StoreAddress Parse(string text, string currentDirectory)
    {
        var scheme = text.Split(':', 2)[0];
        return scheme switch
        {
            "file" => Local(text, currentDirectory),
            "s3" => S3(text),
            "az" => Azure(text),
            "http" or "https" => Http(text),
            _ => throw Bad(text, "it does not begin with file:, s3:, az: or https:"),
        };
    }

    /// <summary>The address without options.</summary>
    public override string ToString() =>
        Kind switch
        {
            StoreKind.Directory => $"file:{Container}",
            StoreKind.S3 => $"s3://{Container}{(Prefix.Length == 0 ? "" : "/" + Prefix)}",
            StoreKind.Azure => $"az://{Account}/{Container}{(Prefix.Length == 0 ? "" : "/" + Prefix)}",
            _ => Container,
        };

    private static StoreAddress Local(string text, string currentDirectory)
    {
        var path = text[5..];
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        return path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)
            ? throw Bad(text, "the directory is missing")
            : new(StoreKind.Directory, Path.GetFullPath(path, currentDirectory), "");
    }

    private static StoreAddress S3(string text)
    {
        var (uri, options) = Split(text, StoreKind.S3);
        return new(StoreKind.S3, uri.Host, PrefixOf(text, uri.AbsolutePath))
        {
            Endpoint = EndpointOf(text, options),
            Region = options.GetValueOrDefault("region"),
            UsesAcl = options.GetValueOrDefault("acl") switch
            {
                null => true,
                "none" => false,
                _ => throw Bad(text, "'acl' can only be 'none'"),
            },
            Anonymous = YesOrNo(text, options, "anonymous"),
        };
    }

    private static StoreAddress Azure(string text)
    {
        var (uri, options) = Split(text, StoreKind.Azure);
        var parts = uri.AbsolutePath.Trim('/').Split('/', 2);
        return parts[0].Length == 0
            ? throw Bad(text, "the container is missing")
            : new(StoreKind.Azure, Uri.UnescapeDataString(parts[0]), parts.Length == 1 ? "" : PrefixOf(text, parts[1]))
            {
                Account = uri.Host,
                Endpoint = EndpointOf(text, options),
                Anonymous = YesOrNo(text, options, "anonymous"),
            };
    }

    private static StoreAddress Http(string text)
    {
        var (uri, _) = Split(text, StoreKind.Http);
        return new(StoreKind.Http, uri.GetLeftPart(UriPartial.Path).TrimEnd('/'), "");
    }

    private static (Uri Uri, Dictionary<string, string> Options) Split(string text, StoreKind kind)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw Bad(text, "the name after '//' is missing or malformed");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw Bad(
                text.Replace(uri.UserInfo, "***", StringComparison.Ordinal),
                "it must not hold credentials; they come from the environment"
            );
        }

        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = (
                pair.Split('=')[0],
                pair.Contains('=', StringComparison.Ordinal)
                    ? Uri.UnescapeDataString(pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..])
                    : ""
            );
            if (!Known[kind].Contains(name, StringComparer.Ordinal))
            {
                // The value is not repeated: it may be a key or a signature.
                throw Bad(
                    $"{uri.GetLeftPart(UriPartial.Path)}?{name}=…",
                    $"unknown option '{name}'{(ClosestName.Hint(name, Known[kind]) is { } hint ? $"; {hint}" : "")}"
                );
            }

            options[name] = value;
        }

        return (uri, options);
    }

    private static string PrefixOf(string text, string path)
    {
        var prefix = Uri.UnescapeDataString(path).Trim('/');
        try
        {
            return ObjectKey.CheckPrefix(prefix);
        }
        catch (PipelineException)
        {
            throw Bad(text, "the prefix cannot be the beginning of a key");
        }
    }

    private static Uri? EndpointOf(string text, Dictionary<string, string> options)
    {
        if (!options.TryGetValue("endpoint", out var endpoint))
        {
            return null;
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            ? uri
            : throw Bad(text, "'endpoint' is not an http or https URL");
    }

    private static bool YesOrNo(string text, Dictionary<string, string> options, string name) =>
        options.GetValueOrDefault(name) switch
        {
            null or "no" => false,
            "yes" => true,
            _ => throw Bad(text, $"'{name}' can only be 'yes' or 'no'"),
        };

    private static PipelineException Bad(string text, string reason) => new(ObjectDiagnostics.BadAddress(text, reason));
}
