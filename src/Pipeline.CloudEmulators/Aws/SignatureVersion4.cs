using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>A request as its signature sees it.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path as sent, percent-encoded.</param>
/// <param name="Query">Query as sent, without the question mark.</param>
/// <param name="Header">Looks up a header; <c>null</c> when there is none of that name.</param>
/// <param name="BodyHash">SHA-256 of the body in hexadecimal digits.</param>
internal sealed record SignedRequest(string Method, string Path, string Query, Func<string, string?> Header, string BodyHash);

/// <summary>Who signed, for which region and service.</summary>
internal sealed record AwsCaller(string Account, string KeyId, string Region, string Service);

/// <summary>The <c>Authorization</c> header, taken apart.</summary>
internal sealed record SignatureHeader(string KeyId, string Day, string Region, string Service, ValueList<string> Headers, string Signature)
{
    private const string Scheme = "AWS4-HMAC-SHA256 ";

    /// <summary>Reads the header; <c>null</c> when it is not one of version 4.</summary>
    public static SignatureHeader? Parse(string? text)
    {
        if (text is not { Length: < 8192 } || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = text[Scheme.Length..]
            .Split(',', StringSplitOptions.TrimEntries)
            .Select(p => p.Split('=', 2))
            .Where(p => p.Length == 2)
            .DistinctBy(p => p[0])
            .ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        if (
            !parts.TryGetValue("Credential", out var credential)
            || !parts.TryGetValue("SignedHeaders", out var headers)
            || !parts.TryGetValue("Signature", out var signature)
            || credential.Split('/') is not [var key, var day, var region, var service, "aws4_request"]
        )
        {
            return null;
        }

        return new(key, day, region, service, [.. headers.Split(';')], signature);
    }
}

/// <summary>
/// Checks signatures of version 4 in headers. Source: AWS Signature Version 4 for API requests, "Create a signed request".
/// </summary>
internal static class SignatureVersion4
{
    /// <summary>How far clocks may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    /// <summary>The caller of a request that is signed well.</summary>
    /// <exception cref="AwsRefusal">It is not, in the words of the service that it is for.</exception>
    public static AwsCaller Check(SignedRequest request, IEnumerable<EmulatedAccount> accounts, DateTimeOffset now)
    {
        var header =
            SignatureHeader.Parse(request.Header("authorization"))
            ?? throw new AwsRefusal("MissingAuthenticationToken", "Missing Authentication Token", 403);
        if (
            !header.Headers.Contains("host")
            || request.Header("x-amz-date") is not { } stamp
            || !DateTimeOffset.TryParseExact(
                stamp,
                "yyyyMMdd'T'HHmmss'Z'",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var signed
            )
            || !stamp.StartsWith(header.Day, StringComparison.Ordinal)
        )
        {
            throw new AwsRefusal("IncompleteSignature", "The request signature does not conform to AWS standards.", 400);
        }

        if ((now - signed).Duration() > Skew)
        {
            throw TooOld(header.Service, stamp, now);
        }

        var account = accounts.FirstOrDefault(a => a.KeyId == header.KeyId) ?? throw UnknownKey(header.Service, header.KeyId);
        var expected = Sign(request, header, account.Secret, stamp);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(header.Signature)))
        {
            throw WrongSignature(header.Service);
        }

        return new(account.Id, header.KeyId, header.Region, header.Service);
    }

    /// <summary>The signature that a client with this secret makes.</summary>
    internal static string Sign(SignedRequest request, SignatureHeader header, string secret, string stamp)
    {
        var canonical = string.Join(
            '\n',
            request.Method,
            header.Service == "s3" ? request.Path : string.Join('/', request.Path.Split('/').Select(Uri.EscapeDataString)),
            Query(request.Query),
            string.Concat(header.Headers.Select(h => $"{h}:{Collapse(request.Header(h) ?? "")}\n")),
            string.Join(';', header.Headers),
            request.BodyHash
        );
        var scope = $"{header.Day}/{header.Region}/{header.Service}/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in (string[])[header.Day, header.Region, header.Service, "aws4_request"])
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static string Query(string query) =>
        string.Join(
            '&',
            query
                .Split('&', StringSplitOptions.RemoveEmptyEntries)
                .Select(p => p.Contains('=', StringComparison.Ordinal) ? p : p + "=")
                .Select(p => p.Split('=', 2))
                .Select(p => (Key: Again(p[0]), Value: Again(p[1])))
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .ThenBy(p => p.Value, StringComparer.Ordinal)
                .Select(p => $"{p.Key}={p.Value}")
        );

    /// <summary>Encodes what a client may have encoded otherwise, for example <c>+</c> or <c>/</c>.</summary>
    private static string Again(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private static string Collapse(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static AwsRefusal TooOld(string service, string stamp, DateTimeOffset now)
    {
        var text = $"Signature not valid: {stamp} is more than 15 minutes from {now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}";
        return service switch
        {
            "ec2" => new("RequestExpired", "Request has expired.", 400),
            "s3" => new("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403),
            "sts" => new("SignatureDoesNotMatch", text, 403),
            _ => new("InvalidSignatureException", text, 403),
        };
    }

    private static AwsRefusal UnknownKey(string service, string key) =>
        service switch
        {
            "ec2" => new("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
            "s3" => new("InvalidAccessKeyId", $"The AWS Access Key Id '{key}' does not exist in our records.", 403),
            "sts" => new("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
            _ => new("UnrecognizedClientException", "The security token included in the request is invalid.", 403),
        };

    private static AwsRefusal WrongSignature(string service)
    {
        const string text =
            "The request signature we calculated does not match the signature you provided. "
            + "Check your AWS Secret Access Key and signing method.";
        return service switch
        {
            "ec2" => new("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
            "ebs" => new("InvalidSignatureException", text, 403),
            _ => new("SignatureDoesNotMatch", text, 403),
        };
    }
}
