#pragma warning disable CA3003 // file names are digests or numbers: no text of a request becomes a path
using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>
/// As much of S3 as an import of a disk needs: buckets, objects and uploads in parts. Everything is refused as S3 does what it does not
/// know.
/// </summary>
/// <param name="buckets">The objects.</param>
internal sealed class S3Service(S3Buckets buckets)
{
    private static readonly XNamespace Name = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>The operation that a request is for.</summary>
    public static string Operation(HttpRequest request)
    {
        var inBucket = Split(request).Key.Length == 0;
        var query = request.Query;
        return (request.Method, inBucket) switch
        {
            ("PUT", true) => "CreateBucket",
            ("HEAD", true) => "HeadBucket",
            ("PUT", false) when query.ContainsKey("partNumber") => "UploadPart",
            ("PUT", false) => "PutObject",
            ("HEAD", false) => "HeadObject",
            ("GET", false) => "GetObject",
            ("DELETE", false) when query.ContainsKey("uploadId") => "AbortMultipartUpload",
            ("DELETE", false) => "DeleteObject",
            ("POST", false) when query.ContainsKey("uploads") => "CreateMultipartUpload",
            ("POST", false) when query.ContainsKey("uploadId") => "CompleteMultipartUpload",
            _ => "NotImplemented",
        };
    }

    /// <summary>Answers a request whose signature is good.</summary>
    /// <exception cref="AwsRefusal">It is refused.</exception>
    public async Task AnswerAsync(string operation, HttpContext context, string declared, CancellationToken cancellationToken)
    {
        var (bucket, key) = Split(context.Request);
        if (operation != "CreateBucket" && !buckets.Has(bucket))
        {
            throw new AwsRefusal("NoSuchBucket", "The specified bucket does not exist", 404);
        }

        switch (operation)
        {
            case "CreateBucket":
                buckets.Create(bucket);
                context.Response.Headers.Location = "/" + bucket;
                break;
            case "HeadBucket":
                break;
            case "PutObject":
                var file = buckets.NewFile(bucket);
                context.Response.Headers.ETag = await SaveAsync(context, file, declared, cancellationToken);
                buckets.Put(bucket, key, file);
                break;
            case "HeadObject" or "GetObject":
                await SendAsync(context, buckets.Find(bucket, key) ?? throw NoKey(), operation == "GetObject", cancellationToken);
                break;
            case "DeleteObject":
                buckets.Delete(bucket, key);
                context.Response.StatusCode = 204;
                break;
            case "NotImplemented":
                throw new AwsRefusal(
                    "NotImplemented",
                    "A header or query you provided implies functionality that is not implemented.",
                    501
                );
            default:
                await PartsAsync(operation, context, (bucket, key), declared, cancellationToken);
                break;
        }
    }

    private async Task PartsAsync(
        string operation,
        HttpContext context,
        (string Bucket, string Key) at,
        string declared,
        CancellationToken cancellationToken
    )
    {
        if (operation == "CreateMultipartUpload")
        {
            var begun = buckets.BeginParts(at.Bucket);
            await XmlAsync(
                context,
                new(
                    Name + "InitiateMultipartUploadResult",
                    new XElement(Name + "Bucket", at.Bucket),
                    new XElement(Name + "Key", at.Key),
                    new XElement(Name + "UploadId", begun)
                ),
                cancellationToken
            );
            return;
        }

        var folder =
            buckets.Parts(at.Bucket, context.Request.Query["uploadId"].ToString())
            ?? throw new AwsRefusal("NoSuchUpload", "The specified upload does not exist.", 404);
        if (operation == "UploadPart")
        {
            var part =
                int.TryParse(context.Request.Query["partNumber"], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is >= 1 and <= 10_000
                    ? Path.Combine(folder, number.ToString("00000", CultureInfo.InvariantCulture))
                    : throw new AwsRefusal("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
            context.Response.Headers.ETag = await SaveAsync(context, part, declared, cancellationToken);
            return;
        }

        if (operation == "CompleteMultipartUpload")
        {
            await JoinAsync(context, folder, at, cancellationToken);
        }
        else
        {
            context.Response.StatusCode = 204;
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task JoinAsync(HttpContext context, string folder, (string Bucket, string Key) at, CancellationToken cancellationToken)
    {
        var file = buckets.NewFile(at.Bucket);
        await using (var whole = File.Create(file))
        {
            foreach (var part in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            {
                await using var stream = File.OpenRead(part);
                await stream.CopyToAsync(whole, cancellationToken);
            }
        }

        buckets.Put(at.Bucket, at.Key, file);
        await XmlAsync(
            context,
            new(
                Name + "CompleteMultipartUploadResult",
                new XElement(Name + "Bucket", at.Bucket),
                new XElement(Name + "Key", at.Key),
                new XElement(Name + "ETag", $"\"{Guid.NewGuid():n}-1\"")
            ),
            cancellationToken
        );
    }

    /// <summary>Saves the body; a body that is not the signed one is refused and not kept.</summary>
    private static async Task<string> SaveAsync(HttpContext context, string path, string declared, CancellationToken cancellationToken)
    {
        var chunked = declared.StartsWith("STREAMING-", StringComparison.Ordinal);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // S3's entity tags are MD5
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        try
        {
            await using (var file = File.Create(path))
            {
                var body = chunked ? new AwsChunkedStream(context.Request.Body) : context.Request.Body;
                var buffer = new byte[128 * 1024];
                while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
                {
                    sha.AppendData(buffer, 0, read);
                    md5.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }

            if (declared.Length == 64 && declared != Convert.ToHexStringLower(sha.GetHashAndReset()))
            {
                throw new AwsRefusal(
                    "XAmzContentSHA256Mismatch",
                    "The provided 'x-amz-content-sha256' header does not match what was computed."
                );
            }

            return $"\"{Convert.ToHexStringLower(md5.GetHashAndReset())}\"";
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static async Task SendAsync(HttpContext context, string path, bool body, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        context.Response.ContentLength = file.Length;
        context.Response.ContentType = "binary/octet-stream";
        if (body)
        {
            await file.CopyToAsync(context.Response.Body, cancellationToken);
        }
    }

    private static async Task XmlAsync(HttpContext context, XElement root, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(root.ToString(SaveOptions.DisableFormatting), cancellationToken);
    }

    private static (string Bucket, string Key) Split(HttpRequest request) =>
        (request.Path.Value ?? "/").TrimStart('/').Split('/', 2) is [var bucket, var key]
            ? (bucket, key)
            : (request.Path.Value!.Trim('/'), "");

    private static AwsRefusal NoKey() => new("NoSuchKey", "The specified key does not exist.", 404);
}
