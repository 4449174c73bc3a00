using System.Globalization;
using Pipeline.Host.Builds;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Stores;

namespace Pipeline.Releases.Transfers;

/// <summary>What to prune.</summary>
/// <param name="Keep">How many of the newest builds stay, or <c>null</c>.</param>
/// <param name="OlderThanDays">Only builds whose version's date is older, or <c>null</c>.</param>
internal sealed record PruneRequest(int? Keep, int? OlderThanDays);

/// <summary>Which builds are old, in a store and in a work directory alike.</summary>
internal static class PruneRules
{
    /// <summary>Refuses a request that would delete everything without saying so.</summary>
    /// <exception cref="PipelineException">PL6028 neither a number nor an age (class 2).</exception>
    public static void Require(PruneRequest request)
    {
        if (request.Keep is null && request.OlderThanDays is null)
        {
            throw new PipelineException(BuildStoreDiagnostics.KeepWhat());
        }
    }

    /// <summary>The builds that go.</summary>
    /// <param name="index">The builds there are, newest first.</param>
    /// <param name="request">What to prune.</param>
    /// <param name="spared">Builds that stay in any case.</param>
    /// <param name="now">For ages.</param>
    public static string[] Old(BuildIndex index, PruneRequest request, IReadOnlySet<string> spared, DateTimeOffset now)
    {
        var limit = request.OlderThanDays is { } days ? DateOnly.FromDateTime(now.UtcDateTime).AddDays(-days) : (DateOnly?)null;
        return
        [
            .. index
                .Builds.Skip(request.Keep ?? 0)
                .Where(b => limit is null || (DateOf(b.Id) is { } date && date < limit))
                .Select(b => b.Id)
                .Where(id => !spared.Contains(id) && !index.Tags.Any(t => t.Target == id)),
        ];
    }

    /// <summary>The versions a releases.json names.</summary>
    public static HashSet<string> Released(string shown, ReadOnlyMemory<byte> bytes) =>
        DocumentFile.Parse<ReleaseIndex>(shown, bytes).Value.Releases.Select(r => r.Version).ToHashSet(StringComparer.Ordinal);

    /// <summary>The date part of a version; a build without one has no age and stays.</summary>
    private static DateOnly? DateOf(string id) =>
        id.Split('.') is [_, { Length: 8 } day, ..]
        && DateOnly.TryParseExact(day, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;
}
