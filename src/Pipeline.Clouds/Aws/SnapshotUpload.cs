using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Amazon.EC2;
using Amazon.EC2.Model;
using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Clouds.Aws;

/// <summary>
/// One snapshot by the EBS direct APIs: only blocks that hold something, several at once, each with its SHA-256. Found again by name, owner
/// and the artifact's digest, so that a run that was cut short is gone on with and nothing is stored twice.
/// </summary>
internal sealed partial class SnapshotUpload(AwsSession session, string region, CloudImageSpec image, DiskContent content, string journals)
{
    /// <summary>As many as the HTTP stack has connections to a server.</summary>
    private const int AtOnce = 16;

    /// <summary>How often a snapshot may vanish below an upload, as one does whose token is remembered longer than itself.</summary>
    private const int Restarts = 3;

    private readonly EbsCalls _ebs = new(session, region);
    private readonly ConcurrentDictionary<int, byte[]> _hashes = new();
    private long _sent;

    /// <summary>Stores the disk; the snapshot's id.</summary>
    public async Task<string> RunAsync(IProgress<UploadProgress> progress, CancellationToken cancellationToken)
    {
        var known = await FindAsync(cancellationToken);
        var broken = known.Where(s => s.State == SnapshotState.Error).Select(s => s.SnapshotId).Order(StringComparer.Ordinal).ToList();
        var id =
            known.FirstOrDefault(s => s.State == SnapshotState.Completed)?.SnapshotId
            ?? await MakeAsync(known.FirstOrDefault(s => s.State == SnapshotState.Pending), broken, progress, cancellationToken);
        foreach (var old in broken.Where(b => b != id))
        {
            await session.TryAsync(
                region,
                $"deleting '{old}'",
                token => session.Ec2(region).DeleteSnapshotAsync(new(old), token),
                code => code == "InvalidSnapshot.NotFound",
                cancellationToken
            );
        }

        return id;
    }

    private async Task<string> MakeAsync(
        Snapshot? pending,
        List<string> broken,
        IProgress<UploadProgress> progress,
        CancellationToken cancellationToken
    )
    {
        var gone = new List<string>(broken);
        var id = pending?.SnapshotId;
        for (var turn = 0; turn < Restarts; turn++)
        {
            id = Checked(id ?? await _ebs.StartAsync(image, content.Size, session.Owner, Token(gone), cancellationToken));
            using var journal = UploadJournal.Open(journals, id);
            var answer = await SendAsync(id, journal, progress, cancellationToken);
            if (answer != BlockAnswer.Gone)
            {
                // One that takes no more blocks was completed by a run whose journal is elsewhere.
                if (answer == BlockAnswer.Stored)
                {
                    await SealAsync(id, journal, cancellationToken);
                }

                await CompletedAsync(id, cancellationToken);
                await VerifyAsync(id, cancellationToken);
                journal.Delete();
                return id;
            }

            journal.Delete();
            gone.Add(id);
            id = null;
        }

        throw new PipelineException(CloudDiagnostics.GaveUp($"aws {region}", gone[^1], "the snapshot vanishes while it is written"));
    }

    /// <summary>The snapshots of this disk, whatever became of them.</summary>
    private async Task<List<Snapshot>> FindAsync(CancellationToken cancellationToken)
    {
        var found = await session.SnapshotsAsync(
            region,
            () =>
                new()
                {
                    OwnerIds = ["self"],
                    Filters =
                    [
                        AwsTags.Is(AwsTags.Owner, session.Owner),
                        AwsTags.Is(AwsTags.Source, image.Source.Hex),
                        AwsTags.Is(AwsTags.Name, image.Name),
                    ],
                },
            cancellationToken
        );
        return
        [
            .. found
                .Where(s =>
                    AwsTags.Find(s.Tags, AwsTags.Owner) == session.Owner
                    && AwsTags.Find(s.Tags, AwsTags.Source) == image.Source.Hex
                    && AwsTags.Find(s.Tags, AwsTags.Name) == image.Name
                )
                .OrderBy(s => s.SnapshotId, StringComparer.Ordinal),
        ];
    }

    /// <summary>Sends what the service has not confirmed before, until it takes no more.</summary>
    private async Task<BlockAnswer> SendAsync(
        string id,
        UploadJournal journal,
        IProgress<UploadProgress> progress,
        CancellationToken cancellationToken
    )
    {
        var state = BlockAnswer.Stored;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop.Token };
        try
        {
            await Parallel.ForEachAsync(
                content.Blocks(),
                limits,
                async (block, token) =>
                {
                    try
                    {
                        var hash = SHA256.HashData(block.Data.Span);
                        _hashes[block.Index] = hash;
                        if (journal.IsSealed || journal.Known.Contains(block.Index))
                        {
                            return;
                        }

                        var answer = await _ebs.PutAsync(id, block, hash, token);
                        if (answer != BlockAnswer.Stored)
                        {
                            state = answer;
                            await stop.CancelAsync();
                            return;
                        }

                        journal.Add(block.Index);
                        var sent = Interlocked.Add(ref _sent, DiskContent.BlockSize);
                        progress.Report(new((long)_hashes.Count * DiskContent.BlockSize, 0, sent));
                    }
                    finally
                    {
                        block.Return();
                    }
                }
            );
        }
        catch (OperationCanceledException) when (state != BlockAnswer.Stored && !cancellationToken.IsCancellationRequested)
        {
            // The service takes no more blocks: another run has sent them all, or the snapshot is gone.
        }

        return state;
    }

    private async Task SealAsync(string id, UploadJournal journal, CancellationToken cancellationToken)
    {
        if (_hashes.IsEmpty)
        {
            throw new PipelineException(CloudDiagnostics.BadDisk(image.Name, "it holds nothing but zeros"));
        }

        if (!journal.IsSealed)
        {
            journal.Seal();
        }

        // The digest of all digests in the order of the blocks.
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, hash) in _hashes.OrderBy(h => h.Key))
        {
            all.AppendData(hash);
        }

        if (
            !await _ebs.CompleteAsync(id, _hashes.Count, all.GetHashAndReset(), cancellationToken)
            && !journal.IsSealed
            && (await DescribeAsync(id, cancellationToken))?.State != SnapshotState.Completed
        )
        {
            throw new PipelineException(
                CloudDiagnostics.Failed($"aws {region}", $"completing '{id}'", "the service does not take it as complete")
            );
        }
    }

    private Task<Snapshot> CompletedAsync(string id, CancellationToken cancellationToken) =>
        session.UntilAsync(
            region,
            id,
            async () =>
            {
                var snapshot = await DescribeAsync(id, cancellationToken);
                return snapshot?.State == SnapshotState.Error
                        ? throw new PipelineException(
                            CloudDiagnostics.GaveUp($"aws {region}", id, snapshot.StateMessage ?? "its state is error")
                        )
                    : snapshot?.State == SnapshotState.Completed ? snapshot
                    : null;
            },
            cancellationToken
        );

    private async Task<Snapshot?> DescribeAsync(string id, CancellationToken cancellationToken) =>
        (await session.SnapshotsAsync(region, () => new() { SnapshotIds = [id] }, cancellationToken)).FirstOrDefault(s =>
            s.SnapshotId == id
        );

    /// <summary>Compares which blocks the service has with which hold anything. A stopped pass over the disk knows only some.</summary>
    private async Task VerifyAsync(string id, CancellationToken cancellationToken)
    {
        var stored = await _ebs.ListAsync(id, cancellationToken);
        var missing = _hashes.Keys.Where(k => !stored.Contains(k)).Order().Take(1).ToArray();
        if (missing.Length > 0)
        {
            throw new PipelineException(
                CloudDiagnostics.GaveUp($"aws {region}", id, $"block {missing[0]} was confirmed, but is not in the snapshot")
            );
        }
    }

    private string Token(List<string> gone) => AwsTags.Token(["snapshot", image.Name, image.Source.Hex, region, session.Owner, .. gone]);

    /// <summary>An id becomes part of a path.</summary>
    private string Checked(string id) =>
        SnapshotId().IsMatch(id)
            ? id
            : throw new PipelineException(CloudDiagnostics.Failed($"aws {region}", "starting a snapshot", $"'{id}' is no snapshot id"));

    [GeneratedRegex("^snap-[0-9A-Za-z]{1,64}$")]
    private static partial Regex SnapshotId();
}
