using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.CloudEmulators.Machines;
using Pipeline.Model.Text;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>
/// The instance metadata service of one instance, versions 1 and 2. Source: Amazon EC2 user guide, "Use instance metadata to manage your
/// EC2 instance".
/// </summary>
internal sealed class InstanceMetadata
{
    private const int LongestSeconds = 21_600;
    private const string Header = "X-aws-ec2-metadata-token";
    private readonly Ec2Instance _instance;
    private readonly TimeProvider _time;
    private readonly MetadataTree _tree;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);

    /// <summary>The service of an instance.</summary>
    public InstanceMetadata(Ec2Instance instance, string region, Ec2KeyPair? key, TimeProvider time)
    {
        _instance = instance;
        _time = time;
        _tree = Tree(instance, region, key);
    }

    /// <summary>Answers one request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        context.Response.Headers.Server = "EC2ws";
        if (path == "/latest/api/token")
        {
            await TokenAsync(context);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await WriteAsync(context, 405, "");
        }
        else if (!Admits(context.Request.Headers[Header]))
        {
            await WriteAsync(context, 401, "");
        }
        else if (path == "/")
        {
            await WriteAsync(context, 200, "1.0\n2019-10-01\n2021-07-15\nlatest");
        }
        else
        {
            var version = path.Split('/', 3)[1];
            var rest = path.Split('/', 3) is [_, _, var r] ? r : "";
            var answer = version == "latest" || DateOnly.TryParseExact(version, "yyyy-MM-dd", out _) ? Find(rest) : null;
            await WriteAsync(context, answer is null ? 404 : 200, answer ?? "");
        }
    }

    private static MetadataTree Tree(Ec2Instance instance, string region, Ec2KeyPair? key)
    {
        var host = $"ip-{instance.PrivateIp.Replace('.', '-')}.{region}.compute.internal";
        var nic = $"meta-data/network/interfaces/macs/{instance.Mac}";
        return new()
        {
            ["meta-data/ami-id"] = instance.ImageId,
            ["meta-data/ami-launch-index"] = "0",
            ["meta-data/instance-id"] = instance.Id,
            ["meta-data/instance-type"] = instance.Type,
            ["meta-data/instance-life-cycle"] = instance.Spot ? "spot" : "on-demand",
            ["meta-data/hostname"] = host,
            ["meta-data/local-hostname"] = host,
            ["meta-data/local-ipv4"] = instance.PrivateIp,
            ["meta-data/public-ipv4"] = instance.PublicIp,
            ["meta-data/public-hostname"] = "",
            ["meta-data/mac"] = instance.Mac,
            ["meta-data/reservation-id"] = instance.Reservation,
            ["meta-data/security-groups"] = "default",
            ["meta-data/placement/availability-zone"] = instance.Zone,
            ["meta-data/placement/region"] = region,
            ["meta-data/services/domain"] = "amazonaws.com",
            ["meta-data/services/partition"] = "aws",
            [$"{nic}/device-number"] = "0",
            [$"{nic}/local-ipv4s"] = instance.PrivateIp,
            [$"{nic}/public-ipv4s"] = instance.PublicIp,
            [$"{nic}/subnet-ipv4-cidr-block"] = "172.31.0.0/16",
            [$"{nic}/mac"] = instance.Mac,
            ["meta-data/public-keys/0/openssh-key"] = key?.Public,
            ["dynamic/instance-identity/document"] = Identity(instance, region),
        };
    }

    private static string Identity(Ec2Instance instance, string region) =>
        JsonTextWriter.Write(
            new JsonTextObject([
                new("accountId", new JsonTextString(instance.Owner)),
                new("architecture", new JsonTextString(instance.Architecture)),
                new("availabilityZone", new JsonTextString(instance.Zone)),
                new("imageId", new JsonTextString(instance.ImageId)),
                new("instanceId", new JsonTextString(instance.Id)),
                new("instanceType", new JsonTextString(instance.Type)),
                new(
                    "pendingTime",
                    new JsonTextString(instance.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
                ),
                new("privateIp", new JsonTextString(instance.PrivateIp)),
                new("region", new JsonTextString(region)),
                new("version", new JsonTextString("2017-09-30")),
            ]),
            JsonStyle.Pretty
        );

    private string? Find(string path) =>
        path.TrimEnd('/') switch
        {
            "user-data" => _instance.UserData is { } data ? Encoding.UTF8.GetString(Convert.FromBase64String(data)) : null,
            "meta-data/public-keys" => _tree.Find("meta-data/public-keys") is null ? null : "0=" + _instance.KeyName,
            "" => _instance.UserData is null ? "dynamic\nmeta-data" : "dynamic\nmeta-data\nuser-data",
            var other => _tree.Find(other),
        };

    private async Task TokenAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsPut(request.Method))
        {
            await WriteAsync(context, 405, "");
        }
        else if (request.Headers.ContainsKey("X-Forwarded-For"))
        {
            await WriteAsync(context, 403, "");
        }
        else if (
            !int.TryParse(request.Headers[Header + "-ttl-seconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > LongestSeconds
        )
        {
            await WriteAsync(context, 400, "");
        }
        else
        {
            var token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(40)).TrimEnd('=').Replace('+', '-').Replace('/', '_') + "==";
            var now = _time.GetUtcNow();
            lock (_lock)
            {
                foreach (var old in _tokens.Where(t => t.Value < now).Select(t => t.Key).ToArray())
                {
                    _tokens.Remove(old);
                }

                _tokens[token] = now.AddSeconds(seconds);
            }

            context.Response.Headers[Header + "-ttl-seconds"] = seconds.ToString(CultureInfo.InvariantCulture);
            await WriteAsync(context, 200, token);
        }
    }

    private bool Admits(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return !_instance.TokensRequired;
        }

        lock (_lock)
        {
            return _tokens.TryGetValue(token, out var end) && end >= _time.GetUtcNow();
        }
    }

    private static async Task WriteAsync(HttpContext context, int status, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }
}
