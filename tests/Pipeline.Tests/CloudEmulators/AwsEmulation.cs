using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Pipeline.CloudEmulators;
using Pipeline.CloudEmulators.Aws;
using Pipeline.CloudEmulators.Machines;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.CloudEmulators;

/// <summary>An emulated AWS in this process, without machines, and a client that signs its requests.</summary>
internal sealed class AwsEmulation : IAsyncDisposable
{
    public const string Account = "111122223333";
    public const string OtherAccount = "444455556666";
    private static readonly EmulatedAccount Other = new(OtherAccount, "AKIAOTHER", "other-secret");
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = HttpStack.Create();
    private readonly Func<IInstanceMachines> _machines;
    private CloudEmulator? _emulator;

    private AwsEmulation(Func<IInstanceMachines> machines, TimeProvider? time)
    {
        _machines = machines;
        Time = time ?? Clock;
    }

    /// <summary>The emulator's clock: <see cref="Clock"/>, unless a client has its own.</summary>
    public TimeProvider Time { get; }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public TestReporter Reporter { get; } = new();

    public string State => _directory.File("state");

    public Uri Address => _emulator!.Address;

    public AwsCloud Cloud => _emulator!.Cloud;

    public static async Task<AwsEmulation> StartAsync(Func<IInstanceMachines>? machines = null, TimeProvider? time = null)
    {
        var emulation = new AwsEmulation(machines ?? (() => new NoMachines()), time);
        await emulation.RestartAsync();
        return emulation;
    }

    /// <summary>Ends the emulator and starts it again over the same directory.</summary>
    public async Task RestartAsync()
    {
        await (_emulator?.DisposeAsync() ?? ValueTask.CompletedTask);
        var options = new EmulatorOptions
        {
            Listen = new(IPAddress.Loopback, 0),
            StateDirectory = State,
            Accounts = [EmulatedAccount.Default, Other],
        };
        _emulator = await CloudEmulator.StartAsync(options, _machines(), new ToolRunner(), Time, Reporter, CancellationToken.None);
        await IdleAsync();
    }

    public Task IdleAsync() => _emulator!.Cloud.IdleAsync(CancellationToken.None);

    /// <summary>Adds faults as the emulator's own API takes them.</summary>
    public async Task FaultAsync(params string[] faults)
    {
        using var content = new StringContent(string.Join('\n', faults));
        using var answer = await _http.PostAsync(new Uri(Address, "_faults"), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>An EC2 request; the answer's root without namespaces.</summary>
    /// <exception cref="AwsAnswerException">It was refused.</exception>
    public Task<XElement> Ec2Async(string action, params (string Key, string Value)[] parameters) =>
        Ec2SendAsync(new() { Service = "ec2", Form = [("Action", action), ("Version", "2016-11-15"), .. parameters] });

    private async Task<XElement> Ec2SendAsync(AwsTestRequest request)
    {
        var answer = await SendAsync(request);
        var root = XDocument.Parse(Encoding.UTF8.GetString(answer.Body)).Root!;
        foreach (var element in root.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
        }

        await IdleAsync();
        return answer.Status < 300
            ? root
            : throw new AwsAnswerException(
                answer.Status,
                root.Descendants("Code").First().Value,
                root.Descendants("Message").First().Value
            );
    }

    /// <summary>As the other, in a region.</summary>
    public async Task<XElement> Ec2InAsync(string region, string action, params (string Key, string Value)[] parameters) =>
        await Ec2SendAsync(
            new()
            {
                Service = "ec2",
                Region = region,
                Form = [("Action", action), .. parameters],
            }
        );

    /// <summary>One value of an EC2 answer.</summary>
    public async Task<string> Ec2ValueAsync(string element, string action, params (string Key, string Value)[] parameters) =>
        (await Ec2Async(action, parameters)).Descendants(element).First().Value;

    /// <summary>A request to EBS direct.</summary>
    /// <exception cref="AwsAnswerException">It was refused.</exception>
    public async Task<AwsAnswer> EbsAsync(string method, string path, byte[]? body = null, params (string Key, string Value)[] headers)
    {
        var answer = await SendAsync(
            new()
            {
                Service = "ebs",
                Method = method,
                Path = path,
                Body = body ?? [],
                Headers = headers,
            }
        );
        if (answer.Status < 300)
        {
            return answer;
        }

        using var json = JsonDocument.Parse(answer.Body);
        var reason = json.RootElement.TryGetProperty("Reason", out var r) ? " " + r.GetString() : "";
        throw new AwsAnswerException(
            answer.Status,
            answer.Header("x-amzn-ErrorType") + reason,
            json.RootElement.GetProperty("Message").GetString()!
        );
    }

    /// <summary>A snapshot of 1 GiB with some blocks, uploaded and completed.</summary>
    public async Task<string> SnapshotAsync(params int[] blocks)
    {
        var id = await StartSnapshotAsync();
        foreach (var index in blocks)
        {
            await PutAsync(id, index, Block(index));
        }

        await EbsAsync("POST", $"/snapshots/completion/{id}", null, ("x-amz-ChangedBlocksCount", Text(blocks.Length)));
        return id;
    }

    public async Task<string> StartSnapshotAsync(string more = "")
    {
        var body = Encoding.UTF8.GetBytes($$"""{"VolumeSize":1,"Tags":[{"Key":"Name","Value":"disk"}]{{more}}}""");
        using var json = JsonDocument.Parse((await EbsAsync("POST", "/snapshots", body)).Body);
        return json.RootElement.GetProperty("SnapshotId").GetString()!;
    }

    public Task<AwsAnswer> PutAsync(string id, int index, byte[] block) =>
        EbsAsync(
            "PUT",
            $"/snapshots/{id}/blocks/{Text(index)}",
            block,
            ("x-amz-Data-Length", Text(block.Length)),
            ("x-amz-Checksum", Convert.ToBase64String(SHA256.HashData(block))),
            ("x-amz-Checksum-Algorithm", "SHA256")
        );

    /// <summary>The parameters of an image of a snapshot.</summary>
    public static (string, string)[] Image(string name, string snapshot, params (string, string)[] more) =>
        [
            ("Name", name),
            ("Architecture", "x86_64"),
            ("RootDeviceName", "/dev/xvda"),
            ("VirtualizationType", "hvm"),
            ("BootMode", "uefi-preferred"),
            ("ImdsSupport", "v2.0"),
            ("BlockDeviceMapping.1.DeviceName", "/dev/xvda"),
            ("BlockDeviceMapping.1.Ebs.SnapshotId", snapshot),
            ("BlockDeviceMapping.1.Ebs.VolumeType", "gp3"),
            ("TagSpecification.1.ResourceType", "image"),
            ("TagSpecification.1.Tag.1.Key", "Name"),
            ("TagSpecification.1.Tag.1.Value", name),
            .. more,
        ];

    /// <summary>An image of a fresh snapshot.</summary>
    public async Task<string> ImageAsync(string name = "image") =>
        await Ec2ValueAsync("imageId", "RegisterImage", Image(name, await SnapshotAsync(0)));

    public static byte[] Block(int seed)
    {
        var block = new byte[SnapshotFiles.BlockSize];
        Array.Fill(block, (byte)((seed % 250) + 1));
        return block;
    }

    /// <summary>Sends a request as it is.</summary>
    public async Task<AwsAnswer> SendAsync(AwsTestRequest request)
    {
        var body =
            request.Form.Count > 0
                ? Encoding.UTF8.GetBytes(
                    string.Join('&', request.Form.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"))
                )
                : request.Body;
        var account = request.Account == OtherAccount ? Other : EmulatedAccount.Default;
        var target = new Uri(Address, request.Path);
        using var message = new HttpRequestMessage(new(request.Method), target) { Content = new ByteArrayContent(body) };
        var stamp = (request.Signed ?? Time.GetUtcNow()).UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        message.Headers.Add("x-amz-date", stamp);
        foreach (var (key, value) in request.Headers)
        {
            message.Headers.Add(key, value);
        }

        if (request.Service == "s3")
        {
            message.Headers.Add("x-amz-content-sha256", hash);
        }

        var header = new SignatureHeader(
            request.KeyId ?? account.KeyId,
            stamp[..8],
            request.Region,
            request.Service,
            ["host", "x-amz-date"],
            ""
        );
        var signed = new SignedRequest(
            request.Method,
            target.AbsolutePath,
            target.Query.TrimStart('?'),
            n => n == "host" ? target.Authority : stamp,
            hash
        );
        var signature = SignatureVersion4.Sign(signed, header, request.Secret ?? account.Secret, stamp);
        message.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={header.KeyId}/{header.Day}/{header.Region}/{header.Service}/aws4_request, "
                + $"SignedHeaders=host;x-amz-date, Signature={signature}"
        );
        using var answer = await _http.SendAsync(message);
        var headers = answer.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
        return new((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(), headers);
    }

    public async ValueTask DisposeAsync()
    {
        await (_emulator?.DisposeAsync() ?? ValueTask.CompletedTask);
        _http.Dispose();
        _directory.Dispose();
    }

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A request to sign and send.</summary>
internal sealed record AwsTestRequest
{
    public required string Service { get; init; }

    public string Region { get; init; } = "us-east-1";

    public string Account { get; init; } = AwsEmulation.Account;

    public string Method { get; init; } = "POST";

    public string Path { get; init; } = "/";

    public IReadOnlyList<(string Key, string Value)> Form { get; init; } = [];

    public byte[] Body { get; init; } = [];

    public IReadOnlyList<(string Key, string Value)> Headers { get; init; } = [];

    public string? KeyId { get; init; }

    public string? Secret { get; init; }

    public DateTimeOffset? Signed { get; init; }
}

/// <summary>An answer as it came.</summary>
internal sealed record AwsAnswer(int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>A refusal of the emulated AWS.</summary>
internal sealed class AwsAnswerException(int status, string code, string message) : Exception($"{status} {code}: {message}")
{
    public int Status => status;

    public string Code => code;
}
