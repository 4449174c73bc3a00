using System.Globalization;
using Pipeline.Host.Builds;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Stores;

/// <summary>What to prune.</summary>
/// <param name="Keep">How many of the newest builds stay, or <c>null</c>.</param>
/// <param name="OlderThanDays">Only builds whose version's date is older, or <c>null</c>.</param>
/// <param name="Spare">Builds that stay in any case.</param>
/// <param name="Tombstones">Whether builds.json remembers the names, as published stores must.</param>
/// <param name="DryRun">Only tell.</param>
internal sealed record PruneRequest(int? Keep, int? OlderThanDays, ValueList<string> Spare, bool Tombstones, bool DryRun);

/// <summary>
/// Deletes old builds. They leave builds.json first, in one compare-and-swap, so no reader follows it to something half gone; a run
/// that was interrupted after that is completed by the next. What <c>releases.json</c> names is never touched.
/// </summary>
/// <param name="store">A store at a stream's folder.</param>
/// <param name="time">Clock for ages.</param>
internal sealed class BuildPrune(IObjectStore store, TimeProvider time)
{
    /// <summary>Prunes.</summary>
    /// <returns>What was done, in order.</returns>
    /// <exception cref="PipelineException">PL6028 neither a number nor an age; PL5xxx a releases.json that cannot be read stops everything.</exception>
    public async Task<IReadOnlyList<TransferStep>> RunAsync(PruneRequest request, CancellationToken cancellationToken)
    {
        Require(request);
        var released = await ReleasedAsync(cancellationToken);
        var steps = new List<TransferStep>();
        string[] gone = [];
        ReadOnlyMemory<byte>? Change(ReadOnlyMemory<byte>? old)
        {
            if (old is not { } bytes)
            {
                return null;
            }

            var index = BuildIndex.Parse(RemoteBuilds.Index, bytes);
            gone = Old(index, request, released, time.GetUtcNow());
            return gone.Length == 0
                ? old
                : System.Text.Encoding.UTF8.GetBytes(index.Without(gone, request.Tombstones, time.GetUtcNow()).Write());
        }

        if (request.DryRun)
        {
            Change((await store.ReadAsync(RemoteBuilds.Index, ObjectDocuments.Limit, cancellationToken))?.Bytes);
        }
        else
        {
            await store.UpdateAsync(RemoteBuilds.Index, ObjectHeaders.BuildDocument, Change, time, cancellationToken);
        }

        if (gone.Length > 0)
        {
            steps.Add(new("write", RemoteBuilds.Index, 0));
        }

        await DeleteAsync(request, gone, steps, cancellationToken);
        return steps;
    }

    private async Task DeleteAsync(PruneRequest request, string[] gone, List<TransferStep> steps, CancellationToken cancellationToken)
    {
        // Also those an earlier run took out of the index but did not get to.
        var tombstones = (await RemoteBuilds.ReadIndexAsync(store, cancellationToken))?.Tombstones ?? [];
        foreach (var id in gone.Concat(tombstones).Distinct(StringComparer.Ordinal))
        {
            await foreach (var entry in store.ListAsync($"builds/{id}/", cancellationToken))
            {
                steps.Add(new("delete", entry.Key, entry.Size));
                if (!request.DryRun)
                {
                    await store.DeleteAsync(entry.Key, null, cancellationToken);
                }
            }
        }
    }

    /// <summary>A request that would delete everything says so in no way.</summary>
    internal static void Require(PruneRequest request)
    {
        if (request.Keep is null && request.OlderThanDays is null)
        {
            throw new PipelineException(BuildStoreDiagnostics.KeepWhat());
        }
    }

    /// <summary>The builds that go.</summary>
    internal static string[] Old(BuildIndex index, PruneRequest request, HashSet<string> released, DateTimeOffset now)
    {
        var limit = request.OlderThanDays is { } days ? DateOnly.FromDateTime(now.UtcDateTime).AddDays(-days) : (DateOnly?)null;
        return
        [
            .. index
                .Builds.Skip(request.Keep ?? 0)
                .Where(b => limit is null || (DateOf(b.Id) is { } date && date < limit))
                .Select(b => b.Id)
                .Where(id => !released.Contains(id) && !request.Spare.Contains(id)),
        ];
    }

    private async Task<HashSet<string>> ReleasedAsync(CancellationToken cancellationToken)
    {
        var content = await store.ReadAsync("releases.json", ObjectDocuments.Limit, cancellationToken);
        return content is null ? new(StringComparer.Ordinal) : Released($"{store.Address}: releases.json", content.Bytes);
    }

    /// <summary>The versions a releases.json names.</summary>
    internal static HashSet<string> Released(string shown, ReadOnlyMemory<byte> bytes) =>
        Documents
            .DocumentFile.Parse<Model.Contracts.ReleaseIndex>(shown, bytes)
            .Value.Releases.Select(r => r.Version)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>The date part of a version; a build without one has no age and stays.</summary>
    private static DateOnly? DateOf(string id) =>
        id.Split('.') is [_, { Length: 8 } day, ..]
        && DateOnly.TryParseExact(day, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;
}
