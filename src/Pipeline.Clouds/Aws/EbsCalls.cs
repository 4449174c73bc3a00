using System.Globalization;
using System.Text.Json;
using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Aws;

/// <summary>What the service says to a block.</summary>
internal enum BlockAnswer
{
    /// <summary>It has it.</summary>
    Stored,

    /// <summary>The snapshot takes no more blocks.</summary>
    Sealed,

    /// <summary>There is no such snapshot.</summary>
    Gone,
}

/// <summary>The requests of the EBS direct APIs that an upload needs.</summary>
internal sealed class EbsCalls(AwsSession session, string region)
{
    /// <summary>The reason of a refusal: the snapshot takes no blocks, as after its completion. Kept as the error's code.</summary>
    public const string WrongState = "INVALID_SNAPSHOT_ID";

    private const string Gone = "ResourceNotFoundException";

    /// <summary>A snapshot that nobody completes is given up after this many minutes.</summary>
    private const int Timeout = 24 * 60;

    /// <summary>More pages than the largest volume has.</summary>
    private const int MostPages = 100_000;

    /// <summary>Starts a snapshot, or finds the one of the token; its id.</summary>
    public Task<string> StartAsync(CloudImageSpec image, ByteSize size, string owner, string token, CancellationToken cancellationToken)
    {
        var json = Json(writer =>
        {
            writer.WriteString("ClientToken", token);
            writer.WriteString("Description", image.Name);
            writer.WriteStartArray("Tags");
            foreach (var tag in AwsTags.Of(image, owner))
            {
                writer.WriteStartObject();
                writer.WriteString("Key", tag.Key);
                writer.WriteString("Value", tag.Value);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("Timeout", Timeout);
            writer.WriteNumber("VolumeSize", size.RoundUp(ByteSize.FromGiB(1)).Bytes >> 30);
        });
        return session.CallAsync(
            region,
            "starting a snapshot",
            async cancel =>
            {
                var answer = await session.Ebs(region).SendAsync(new("POST", "/snapshots") { Json = json }, cancel);
                var block = answer.Json.TryGetProperty("BlockSize", out var number) && number.TryGetInt32(out var bytes) ? bytes : 0;
                return
                    block == DiskContent.BlockSize
                    && answer.Json.TryGetProperty("SnapshotId", out var id)
                    && id.GetString() is { Length: > 0 } text
                    ? text
                    : throw new InvalidDataException("the answer has no snapshot id, or another size of blocks");
            },
            cancellationToken
        );
    }

    /// <summary>Sends one block.</summary>
    public async Task<BlockAnswer> PutAsync(string id, DiskBlock block, byte[] hash, CancellationToken cancellationToken)
    {
        var checksum = Convert.ToBase64String(hash);
        var (_, code) = await session.TryAsync(
            region,
            $"sending block {block.Index} of '{id}'",
            async cancel =>
            {
                await using var body = block.Open();
                var request = new EbsRequest("PUT", "/snapshots/{SnapshotId}/blocks/{BlockIndex}")
                {
                    Body = body,
                    Labels = { ["{SnapshotId}"] = id, ["{BlockIndex}"] = block.Index.ToString(CultureInfo.InvariantCulture) },
                    Headers =
                    {
                        ["x-amz-Data-Length"] = DiskContent.BlockSize.ToString(CultureInfo.InvariantCulture),
                        ["x-amz-Checksum"] = checksum,
                        ["x-amz-Checksum-Algorithm"] = "SHA256",
                    },
                };
                var answer = await session.Ebs(region).SendAsync(request, cancel);
                return answer.Checksum == checksum ? answer : throw new InvalidDataException("the service got other bytes than were sent");
            },
            c => c is Gone or WrongState or "ConflictException",
            cancellationToken
        );
        return code switch
        {
            null => BlockAnswer.Stored,
            Gone => BlockAnswer.Gone,
            _ => BlockAnswer.Sealed,
        };
    }

    /// <summary>Says that there are no more blocks.</summary>
    /// <param name="id">The snapshot.</param>
    /// <param name="blocks">How many it has.</param>
    /// <param name="hash">The digest of their digests.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>
    /// Whether it was accepted. A request may be sent again below us when its answer is lost, so that a refusal is no proof of anything.
    /// </returns>
    public async Task<bool> CompleteAsync(string id, int blocks, byte[] hash, CancellationToken cancellationToken)
    {
        var (_, code) = await session.TryAsync(
            region,
            $"completing '{id}'",
            async cancel =>
            {
                var answer = await session
                    .Ebs(region)
                    .SendAsync(
                        new("POST", "/snapshots/completion/{SnapshotId}")
                        {
                            Labels = { ["{SnapshotId}"] = id },
                            Headers =
                            {
                                ["x-amz-ChangedBlocksCount"] = blocks.ToString(CultureInfo.InvariantCulture),
                                ["x-amz-Checksum"] = Convert.ToBase64String(hash),
                                ["x-amz-Checksum-Algorithm"] = "SHA256",
                                ["x-amz-Checksum-Aggregation-Method"] = "LINEAR",
                            },
                        },
                        cancel
                    );
                return answer.Json.TryGetProperty("Status", out _) ? answer : throw new InvalidDataException("the answer has no status");
            },
            c => c is WrongState or "ConflictException" or "ValidationException",
            cancellationToken
        );
        return code is null;
    }

    /// <summary>The numbers of the blocks of a completed snapshot.</summary>
    public async Task<HashSet<int>> ListAsync(string id, CancellationToken cancellationToken)
    {
        var all = new HashSet<int>();
        string? next = null;
        for (var page = 0; page < MostPages; page++)
        {
            var from = next;
            var (indexes, following) = await session.CallAsync(
                region,
                $"listing the blocks of '{id}'",
                async cancel =>
                {
                    var request = new EbsRequest("GET", "/snapshots/{SnapshotId}/blocks")
                    {
                        Labels = { ["{SnapshotId}"] = id },
                        Query = { ["maxResults"] = "10000" },
                    };
                    if (from is not null)
                    {
                        request.Query["pageToken"] = from;
                    }

                    return Page((await session.Ebs(region).SendAsync(request, cancel)).Json);
                },
                cancellationToken
            );
            all.UnionWith(indexes);
            if (string.IsNullOrEmpty(following))
            {
                return all;
            }

            if (following == next)
            {
                break;
            }

            next = following;
        }

        throw new PipelineException(CloudDiagnostics.Failed($"aws {region}", $"listing the blocks of '{id}'", "the list has no end"));
    }

    private static (List<int> Indexes, string? Next) Page(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("Blocks", out var blocks))
        {
            throw new InvalidDataException("the answer has no blocks");
        }

        return (
            [.. blocks.EnumerateArray().Select(b => b.GetProperty("BlockIndex").GetInt32())],
            root.TryGetProperty("NextToken", out var next) ? next.GetString() : null
        );
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }
}
