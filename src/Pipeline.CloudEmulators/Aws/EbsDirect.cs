using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.CloudEmulators.Faults;
using Pipeline.Model.Text;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>One request to the EBS direct APIs.</summary>
internal sealed record EbsCall(AwsCaller Caller, HttpContext Context, byte[] Body, DateTimeOffset Now, FaultRule? Fault)
{
    /// <summary>A header, or <c>null</c>.</summary>
    public string? Header(string name) => Context.Request.Headers[name] is { Count: > 0 } value ? value.ToString() : null;

    /// <summary>A number in a header; -1 for none.</summary>
    public int Number(string header) =>
        int.TryParse(Header(header), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}

/// <summary>An answer of the EBS direct APIs.</summary>
internal sealed record EbsAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>Headers beside the usual ones.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>A JSON answer.</summary>
    public static EbsAnswer Json(int status, JsonTextObject json) =>
        new(status, Encoding.UTF8.GetBytes(JsonTextWriter.Write(json, JsonStyle.Compact)));
}

/// <summary>
/// The EBS direct APIs: snapshots written and read block by block. Source: Amazon EBS direct APIs reference, version 2019-11-02.
/// </summary>
/// <param name="store">The state.</param>
/// <param name="files">The bytes of snapshots.</param>
internal sealed class EbsDirect(AwsStore store, SnapshotFiles files)
{
    private const int LargestGiB = 65_536;

    /// <summary>The name of the operation that a request is for, or <c>null</c>.</summary>
    public static string? Operation(string method, string path) =>
        (method, path.Trim('/').Split('/')) switch
        {
            ("POST", ["snapshots"]) => "StartSnapshot",
            ("POST", ["snapshots", "completion", _]) => "CompleteSnapshot",
            ("PUT", ["snapshots", _, "blocks", _]) => "PutSnapshotBlock",
            ("GET", ["snapshots", _, "blocks"]) => "ListSnapshotBlocks",
            ("GET", ["snapshots", _, "blocks", _]) => "GetSnapshotBlock",
            _ => null,
        };

    /// <summary>Answers a request.</summary>
    /// <exception cref="AwsRefusal">It is refused.</exception>
    public Task<EbsAnswer> AnswerAsync(string operation, EbsCall call, CancellationToken cancellationToken)
    {
        var path = (call.Context.Request.Path.Value ?? "").Trim('/').Split('/');
        return operation switch
        {
            "StartSnapshot" => StartAsync(call, cancellationToken),
            "CompleteSnapshot" => CompleteAsync(call, path[2], cancellationToken),
            "PutSnapshotBlock" => PutAsync(call, path[1], path[3], cancellationToken),
            "ListSnapshotBlocks" => ListAsync(call, path[1], cancellationToken),
            _ => GetAsync(call, path[1], path[3], cancellationToken),
        };
    }

    private async Task<EbsAnswer> StartAsync(EbsCall call, CancellationToken cancellationToken)
    {
        var request = EbsStart.Parse(call.Body);
        if (request.VolumeSize is < 1 or > LargestGiB)
        {
            throw Invalid("Volume size is out of range", "INVALID_VOLUME_SIZE");
        }

        var digest = Convert.ToHexStringLower(SHA256.HashData(call.Body));
        var token = request.ClientToken is { } t ? $"{call.Caller.Account} StartSnapshot {t}" : null;
        var snapshot = await store.WithAsync(
            s =>
            {
                var here = s.In(call.Caller.Region);
                if (token is not null && here.Tokens.TryGetValue(token, out var known))
                {
                    return known.Request == digest
                        ? here.Snapshots.GetValueOrDefault(known.Made) ?? throw Missing(known.Made)
                        : throw new AwsRefusal("ConflictException", "The client token was used with other parameters", 503);
                }

                var made = Begin(call, request, here);
                if (token is not null)
                {
                    here.Tokens[token] = new(made.Id, digest);
                }

                return made;
            },
            cancellationToken
        );
        return EbsAnswer.Json(
            201,
            new([
                new("SnapshotId", new JsonTextString(snapshot.Id)),
                new("OwnerId", new JsonTextString(snapshot.Owner)),
                new("Status", new JsonTextString(snapshot.State)),
                new("StartTime", Seconds(snapshot.Created)),
                new("VolumeSize", Whole(snapshot.VolumeSize)),
                new("BlockSize", Whole(SnapshotFiles.BlockSize)),
                new("Description", new JsonTextString(snapshot.Description ?? "")),
                .. snapshot.Parent is { } parent
                    ? [new JsonTextMember("ParentSnapshotId", new JsonTextString(parent))]
                    : Array.Empty<JsonTextMember>(),
                new(
                    "Tags",
                    new JsonTextArray([
                        .. snapshot.Tags.Select(p => new JsonTextObject([
                            new("Key", new JsonTextString(p.Key)),
                            new("Value", new JsonTextString(p.Value)),
                        ])),
                    ])
                ),
            ])
        );
    }

    private Ec2Snapshot Begin(EbsCall call, EbsStart request, AwsRegionState here)
    {
        var id = Ec2Call.NewId("snap");
        if (request.Parent is { } parent)
        {
            var old = Own(call, here, parent);
            if (old.State != "completed" || old.VolumeSize > request.VolumeSize)
            {
                throw Invalid("The parent is not completed, or larger", "INVALID_SNAPSHOT_ID");
            }

            files.Copy(old.Data, id, request.VolumeSize);
        }
        else
        {
            files.Create(id, request.VolumeSize);
        }

        return here.Snapshots[id] = new()
        {
            Id = id,
            Owner = call.Caller.Account,
            Description = request.Description,
            VolumeSize = request.VolumeSize,
            State = "pending",
            Data = id,
            Parent = request.Parent,
            Tags = request.Tags,
            Created = call.Now,
            Visible = call.Fault?.Kind == FaultRule.Hidden ? call.Now.AddSeconds(call.Fault.Seconds) : call.Now,
        };
    }

    private async Task<EbsAnswer> PutAsync(EbsCall call, string id, string block, CancellationToken cancellationToken)
    {
        var snapshot = await store.ReadAsync(s => Own(call, s.In(call.Caller.Region), id), cancellationToken);
        if (snapshot.State != "pending")
        {
            throw new AwsRefusal("ConflictException", $"The snapshot '{id}' is not pending.", 409);
        }

        var index = Index(snapshot, block);
        if (call.Number("x-amz-Data-Length") != SnapshotFiles.BlockSize || call.Body.Length != SnapshotFiles.BlockSize)
        {
            throw Invalid("Blocks are 524288 bytes long", "INVALID_BLOCK");
        }

        if (call.Header("x-amz-Checksum-Algorithm") != "SHA256")
        {
            throw Invalid("The checksum algorithm is SHA256", "INVALID_PARAMETER_VALUE");
        }

        var checksum = Convert.ToBase64String(SHA256.HashData(call.Body));
        if (call.Header("x-amz-Checksum") != checksum)
        {
            throw Invalid("The checksum is not that of the block", "INVALID_BLOCK");
        }

        files.Write(snapshot.Data, index, call.Body);
        return new(201, default) { Headers = Checksum(checksum) };
    }

    private async Task<EbsAnswer> CompleteAsync(EbsCall call, string id, CancellationToken cancellationToken)
    {
        await store.WithAsync(
            s =>
            {
                var here = s.In(call.Caller.Region);
                var snapshot = Own(call, here, id);
                var changed = files.ChangedBlocks(snapshot.Data);
                if (call.Number("x-amz-ChangedBlocksCount") != changed.Count)
                {
                    throw Invalid($"{changed.Count} blocks were written", "INVALID_PARAMETER_VALUE");
                }

                if (call.Header("x-amz-Checksum") is { } checksum && checksum != Aggregate(snapshot.Data, changed))
                {
                    throw Invalid("The checksum is not that of the blocks", "INVALID_PARAMETER_VALUE");
                }

                if (snapshot.State == "pending")
                {
                    here.Snapshots[id] = snapshot with
                    {
                        State = "completed",
                        Ready = call.Fault?.Kind == FaultRule.Slow ? call.Now.AddSeconds(call.Fault.Seconds) : call.Now,
                    };
                }

                return true;
            },
            cancellationToken
        );
        return EbsAnswer.Json(202, new([new("Status", new JsonTextString("completed"))]));
    }

    private async Task<EbsAnswer> ListAsync(EbsCall call, string id, CancellationToken cancellationToken)
    {
        var snapshot = await store.ReadAsync(s => Complete(call, s.In(call.Caller.Region), id), cancellationToken);
        var query = call.Context.Request.Query;
        var start = Query("pageToken") is >= 0 and var page ? page : Math.Max(0, Query("startingBlockIndex"));
        var most = Query("maxResults") is > 0 and var asked ? Math.Min(asked, 10_000) : 10_000;
        var blocks = files.Written(snapshot.Data).Where(i => i >= start).Take(most + 1).ToArray();
        return EbsAnswer.Json(
            200,
            new([
                new(
                    "Blocks",
                    new JsonTextArray([
                        .. blocks
                            .Take(most)
                            .Select(i => new JsonTextObject([
                                new("BlockIndex", Whole(i)),
                                new("BlockToken", new JsonTextString(Token(snapshot, i))),
                            ])),
                    ])
                ),
                new("ExpiryTime", Seconds(call.Now.AddDays(7))),
                new("VolumeSize", Whole(snapshot.VolumeSize)),
                new("BlockSize", Whole(SnapshotFiles.BlockSize)),
                .. blocks.Length > most
                    ? [new JsonTextMember("NextToken", new JsonTextString(blocks[most].ToString(CultureInfo.InvariantCulture)))]
                    : Array.Empty<JsonTextMember>(),
            ])
        );

        int Query(string name) => int.TryParse(query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
    }

    private async Task<EbsAnswer> GetAsync(EbsCall call, string id, string block, CancellationToken cancellationToken)
    {
        var snapshot = await store.ReadAsync(s => Complete(call, s.In(call.Caller.Region), id), cancellationToken);
        var index = Index(snapshot, block);
        if (call.Context.Request.Query["blockToken"] != Token(snapshot, index))
        {
            throw Invalid("The block token is not of this block", "INVALID_BLOCK_TOKEN");
        }

        var bytes = files.Read(snapshot.Data, index) ?? throw Invalid("The block was never written", "INVALID_BLOCK");
        var headers = Checksum(Convert.ToBase64String(SHA256.HashData(bytes)));
        headers["x-amz-Data-Length"] = bytes.Length.ToString(CultureInfo.InvariantCulture);
        return new(200, bytes) { Headers = headers };
    }

    /// <summary>SHA-256 of the blocks' SHA-256, in their order (method LINEAR).</summary>
    private string Aggregate(string data, IEnumerable<int> blocks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var index in blocks)
        {
            hash.AppendData(SHA256.HashData(files.Read(data, index)!));
        }

        return Convert.ToBase64String(hash.GetHashAndReset());
    }

    private static Dictionary<string, string> Checksum(string checksum) =>
        new() { ["x-amz-Checksum"] = checksum, ["x-amz-Checksum-Algorithm"] = "SHA256" };

    private static string Token(Ec2Snapshot snapshot, int index) =>
        Convert.ToBase64String(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{snapshot.Id} {index}")))
        );

    private static int Index(Ec2Snapshot snapshot, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        && index / SnapshotFiles.BlocksPerGiB < snapshot.VolumeSize
            ? index
            : throw Invalid("The block index is beyond the volume", "INVALID_BLOCK");

    private static Ec2Snapshot Complete(EbsCall call, AwsRegionState here, string id) =>
        Own(call, here, id) is { State: "completed" } snapshot && call.Now >= snapshot.Ready
            ? snapshot
            : throw Invalid("The snapshot is not completed", "INVALID_SNAPSHOT_ID");

    private static Ec2Snapshot Own(EbsCall call, AwsRegionState here, string id) =>
        here.Snapshots.TryGetValue(id, out var snapshot) && call.Now >= snapshot.Visible
            ? snapshot.Owner == call.Caller.Account
                ? snapshot
                : throw new AwsRefusal("AccessDeniedException", $"Not authorized for {id}", 403) { Reason = "UNAUTHORIZED_ACCOUNT" }
            : throw Missing(id);

    private static AwsRefusal Missing(string id) =>
        new("ResourceNotFoundException", $"The snapshot '{id}' does not exist.", 404) { Reason = "SNAPSHOT_NOT_FOUND" };

    private static AwsRefusal Invalid(string message, string reason) => new("ValidationException", message) { Reason = reason };

    private static JsonTextNumber Whole(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    private static JsonTextNumber Seconds(DateTimeOffset time) => Whole(time.ToUnixTimeSeconds());
}
