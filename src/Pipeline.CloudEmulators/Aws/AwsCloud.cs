using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pipeline.CloudEmulators.Faults;
using Pipeline.CloudEmulators.Machines;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>
/// EC2, EBS direct, STS and S3 at one address. Which of them, and which region, is said by the scope of the request's signature, as each
/// client knows it whatever its endpoint is.
/// </summary>
internal sealed class AwsCloud : IEmulatedProvider
{
    private const int LargestBody = 1024 * 1024;
    private readonly EmulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly FaultBook _faults;
    private readonly AwsStore _store;
    private readonly AwsOperations _operations;
    private readonly EbsDirect _ebs;
    private readonly S3Service _s3;
    private readonly Ec2Runner _runner;
    private readonly Ec2Imports _imports;
    private readonly BackgroundWork _background;

    private AwsCloud(
        EmulatorOptions options,
        IInstanceMachines machines,
        IToolRunner tools,
        TimeProvider time,
        IReporter reporter,
        FaultBook faults,
        AwsStore store
    )
    {
        var files = new SnapshotFiles(Path.Combine(options.StateDirectory, "snapshots"));
        var buckets = new S3Buckets(Path.Combine(options.StateDirectory, "s3"));
        var snapshots = new Ec2Snapshots(files);
        (_options, _time, _faults, _store) = (options, time, faults, store);
        _runner = new(store, files, machines, options, time, reporter);
        _imports = new(store, files, buckets, tools, reporter);
        _operations = new(new(snapshots), snapshots, _imports, new(_runner));
        _ebs = new(store, files);
        _s3 = new(buckets);
        _background = new(reporter);
    }

    /// <summary>Opens the state and goes on with what was running.</summary>
    public static async Task<AwsCloud> StartAsync(
        EmulatorOptions options,
        IInstanceMachines machines,
        IToolRunner tools,
        TimeProvider time,
        IReporter reporter,
        FaultBook faults,
        CancellationToken cancellationToken
    )
    {
        var store = await AwsStore.OpenAsync(options.StateDirectory, cancellationToken);
        var cloud = new AwsCloud(options, machines, tools, time, reporter, faults, store);
        cloud._background.Begin(() => cloud._runner.ResumeAsync(CancellationToken.None));
        cloud._background.Begin(() => cloud._imports.ResumeAsync(CancellationToken.None));
        return cloud;
    }

    /// <summary>The operations of EC2 that are emulated.</summary>
    public IEnumerable<string> Operations => _operations.Names;

    /// <summary>Waits until nothing goes on behind answered requests.</summary>
    public Task IdleAsync(CancellationToken cancellationToken) => _background.IdleAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task AnswerAsync(HttpContext context)
    {
        var service = SignatureHeader.Parse(context.Request.Headers.Authorization)?.Service ?? "ec2";
        try
        {
            await AnswerAsync(context, service);
        }
        catch (AwsRefusal refusal) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await AwsAnswers.RefuseAsync(context, service, refusal);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _background.IdleAsync(CancellationToken.None);
        await _runner.DisposeAsync();
        _store.Dispose();
    }

    private async Task AnswerAsync(HttpContext context, string service)
    {
        var body = service == "s3" ? [] : await BodyAsync(context);
        var declared = context.Request.Headers["x-amz-content-sha256"].ToString();
        // Clients leave blocks out of the signature; they have a checksum of their own.
        var unsigned = service == "ebs" && declared == "UNSIGNED-PAYLOAD";
        var hash = service == "s3" || unsigned ? declared : Convert.ToHexStringLower(SHA256.HashData(body));
        var caller = SignatureVersion4.Check(Signed(context, hash), _options.Accounts, _time.GetUtcNow());
        if (service != "sts")
        {
            Ec2Places.Region(caller.Region);
        }

        var query = service is "ec2" or "sts" ? Ec2Query.Parse(body) : null;
        var operation = service switch
        {
            "s3" => S3Service.Operation(context.Request),
            "ebs" => EbsDirect.Operation(context.Request.Method, context.Request.Path.Value ?? ""),
            "ec2" or "sts" => query!.Find("Action"),
            _ => throw new AwsRefusal("SignatureDoesNotMatch", $"Credential should be scoped to a known service, not '{service}'.", 403),
        };
        if (operation is null)
        {
            throw new AwsRefusal(service == "ebs" ? "UnknownOperationException" : "MissingAction", "The request names no operation.", 404);
        }

        var fault = _faults.Take(operation, caller.Region);
        var refusal = fault is null ? null : AwsAnswers.Of(fault, service, operation);
        if (refusal is not null && fault!.Kind != FaultRule.ErrorAfter)
        {
            throw refusal;
        }

        var send = await DoAsync(context, new(operation, caller, query, body, fault), declared);
        if (refusal is not null)
        {
            context.Response.Clear();
            throw refusal;
        }

        if (fault?.Kind == FaultRule.Lost)
        {
            context.Abort();
            return;
        }

        await send();
    }

    /// <summary>Does what was asked; the result sends the answer.</summary>
    private async Task<Func<Task>> DoAsync(HttpContext context, AwsRequest request, string declared)
    {
        var now = _time.GetUtcNow();
        switch (request.Caller.Service)
        {
            case "s3":
                await _s3.AnswerAsync(request.Operation, context, declared, context.RequestAborted);
                return () => Task.CompletedTask;
            case "sts" when request.Operation == "GetCallerIdentity":
                return () => AwsAnswers.CallerAsync(context, request.Caller);
            case "sts":
                throw new AwsRefusal("InvalidAction", $"Could not find operation {request.Operation}");
            case "ebs":
                var call = new EbsCall(request.Caller, context, request.Body, now, request.Fault);
                var answer = await _ebs.AnswerAsync(request.Operation, call, context.RequestAborted);
                return () => AwsAnswers.EbsAsync(context, answer);
            default:
                var content = await Ec2Async(request, now);
                return () => AwsAnswers.Ec2Async(context, request.Operation, content);
        }
    }

    private async Task<IEnumerable<System.Xml.Linq.XElement>> Ec2Async(AwsRequest request, DateTimeOffset now)
    {
        var (content, after) = await _store.WithAsync(
            s =>
            {
                var call = new Ec2Call(request.Caller, request.Query!, s, now, request.Fault);
                return (_operations.Do(request.Operation, call), call.Afterwards);
            },
            CancellationToken.None
        );
        after.ForEach(_background.Begin);
        return content;
    }

    private static SignedRequest Signed(HttpContext context, string hash)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        return new(
            context.Request.Method,
            mark < 0 ? target : target[..mark],
            mark < 0 ? "" : target[(mark + 1)..],
            name => context.Request.Headers[name] is { Count: > 0 } value ? value.ToString() : null,
            hash
        );
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > LargestBody)
            {
                throw new AwsRefusal("RequestEntityTooLarge", "The request is larger than 1 MiB.", 413);
            }
        }

        return bytes.ToArray();
    }
}

/// <summary>A request whose signature is good.</summary>
internal sealed record AwsRequest(string Operation, AwsCaller Caller, Ec2Query? Query, byte[] Body, FaultRule? Fault);
