using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>Everything that is fetched, and the proxies it is fetched through.</summary>
internal static class ResourceRules
{
    private const int Sha256Since = 1;
    private const int MergeSourceSince = 1;
    private const int GsSince = 2;
    private const int ArnSince = 4;
    private const int FileSince = 7;

    public static void Resource(SpecObject node, RuleContext context)
    {
        var source = node.Text("source");
        if (node.Text("compression") is { } compression and not ("" or "gzip"))
        {
            context.Report(RuleTexts.Compression(RuleContext.At(node, "compression"), compression));
        }

        if (node.Object("verification")?["hash"] is { } hash && source is null)
        {
            context.Report(RuleTexts.HashWithoutSource(hash.Origin));
        }

        if (!string.IsNullOrEmpty(source))
        {
            Url(source, RuleContext.At(node, "source"), context);
        }

        if (node.Count("httpHeaders") > 0 && (source is null || GoUrl.Parse(source)?.Scheme is not ("http" or "https")))
        {
            context.Report(RuleTexts.HeadersNeedHttp(RuleContext.At(node, "httpHeaders")));
        }
    }

    public static void Header(SpecObject node, RuleContext context)
    {
        if (!node.HasText("name"))
        {
            context.Report(RuleTexts.HeaderName(RuleContext.At(node, "name")));
        }
    }

    public static void Verification(SpecObject node, RuleContext context)
    {
        if (node.Text("hash") is not { } hash)
        {
            return;
        }

        var at = RuleContext.At(node, "hash");
        var dash = hash.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
        {
            context.Report(RuleTexts.HashMalformed(at));
            return;
        }

        var function = hash[..dash];
        var digits =
            function == "sha512" ? 128
            : function == "sha256" && context.Version.Has(Sha256Since) ? 64
            : 0;
        if (digits == 0)
        {
            context.Report(RuleTexts.HashFunction(at, function));
        }
        else if (GoPath.Bytes(hash[(dash + 1)..]) != digits)
        {
            context.Report(RuleTexts.HashLength(at, digits));
        }
    }

    public static void Configs(SpecObject node, RuleContext context)
    {
        if (context.Version.Has(MergeSourceSince))
        {
            Required(node.Objects("merge"), context);
        }
    }

    public static void Tls(SpecObject node, RuleContext context) => Required(node.Objects("certificateAuthorities"), context);

    public static void Proxy(SpecObject node, RuleContext context)
    {
        foreach (var name in (string[])["httpProxy", "httpsProxy"])
        {
            if (node.Text(name) is not { } text)
            {
                continue;
            }

            var scheme = GoUrl.Parse(text)?.Scheme;
            if (scheme is not ("http" or "https"))
            {
                context.Report(RuleTexts.ProxyScheme(RuleContext.At(node, name)));
            }
            else if (name == "httpsProxy" && scheme == "http")
            {
                context.Report(RuleTexts.ProxyPlain(RuleContext.At(node, name)));
            }
        }
    }

    /// <summary>Checks the URL of something to fetch by the schemes of the version.</summary>
    public static void Url(string url, Origin at, RuleContext context)
    {
        if (GoUrl.Parse(url) is not { } parsed)
        {
            // A data URL is checked by its own grammar, which gives the better message.
            context.Report(
                url.StartsWith("data:", StringComparison.Ordinal) && DataUrl.Decode(url, out var why) is null
                    ? RuleTexts.DataUrl(at, why!)
                    : RuleTexts.UrlInvalid(at, url)
            );
            return;
        }

        var version = context.Version;
        switch (parsed.Scheme)
        {
            case "http" or "https" or "tftp":
            case "gs" when version.Has(GsSince):
                break;
            case "s3":
                CheckVersionId(parsed, at, context);
                break;
            case "arn" when version.Has(ArnSince):
                Arn(parsed, at, context);
                break;
            case "file" when version.Has(FileSince):
                if (parsed.Host.Length > 0 || parsed.Path.Length == 0 || GoPath.Clean(parsed.Path) != parsed.Path)
                {
                    context.Report(RuleTexts.FileUrl(at));
                }

                break;
            case "data":
                if (DataUrl.Decode(url, out var error) is null)
                {
                    context.Report(RuleTexts.DataUrl(at, error!));
                }

                break;
            default:
                context.Report(RuleTexts.UrlScheme(at, url, Schemes(version)));
                break;
        }
    }

    private static string Schemes(IgnitionVersion version) =>
        $"http, https, tftp, s3{(version.Has(ArnSince) ? ", arn" : "")}{(version.Has(GsSince) ? ", gs" : "")}"
        + $"{(version.Has(FileSince) ? ", file" : "")} and data";

    private static void Arn(GoUrl url, Origin at, RuleContext context)
    {
        var parts = $"arn:{url.Opaque}".Split(':', 6);
        var slashes = (url.Opaque ?? "").Count(c => c == '/');
        var good =
            parts.Length == 6 && parts[2] == "s3" && slashes >= (parts[5].StartsWith("accesspoint/", StringComparison.Ordinal) ? 2 : 1);
        if (good)
        {
            CheckVersionId(url, at, context);
        }
        else
        {
            context.Report(RuleTexts.S3Arn(at));
        }
    }

    private static void CheckVersionId(GoUrl url, Origin at, RuleContext context)
    {
        if (url.QueryValues("versionId").FirstOrDefault() is { Length: 0 })
        {
            context.Report(RuleTexts.S3Version(at));
        }
    }

    private static void Required(IEnumerable<SpecObject> resources, RuleContext context)
    {
        foreach (var resource in resources.Where(r => !r.HasText("source")))
        {
            context.Report(RuleTexts.SourceMissing(RuleContext.At(resource, "source")));
        }
    }
}
