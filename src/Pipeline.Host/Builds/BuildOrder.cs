using System.Globalization;
using Pipeline.Model.Text;
using Pipeline.Model.Versions;

namespace Pipeline.Host.Builds;

/// <summary>
/// The place in builds.json of a build that was composed elsewhere: by <c>coreos-assembler.build-timestamp</c>, then by version.
/// </summary>
public static class BuildOrder
{
    /// <summary>The listed build behind which a build comes; <c>null</c> for the front.</summary>
    /// <param name="index">The builds there are, newest first.</param>
    /// <param name="id">The build.</param>
    /// <param name="meta">Its meta.json.</param>
    /// <param name="read">
    /// Reads a listed build's meta.json, or gives <c>null</c>; asked for the newest, then for as few as a binary search needs.
    /// </param>
    public static async Task<string?> AfterAsync(
        BuildIndex index,
        string id,
        JsonTextObject meta,
        Func<IndexedBuild, Task<JsonTextObject?>> read
    )
    {
        var builds = index.Builds.Where(b => b.Id != id).ToArray();
        if (builds.Length == 0 || !IsNewer(await read(builds[0]), builds[0].Id, meta, id))
        {
            return null;
        }

        // What is at 'newer' was composed later, what is at 'older' was not.
        var (newer, older) = (0, builds.Length);
        while (older - newer > 1)
        {
            var middle = (newer + older) / 2;
            (newer, older) = IsNewer(await read(builds[middle]), builds[middle].Id, meta, id) ? (middle, older) : (newer, middle);
        }

        return builds[newer].Id;
    }

    /// <summary>Whether a listed build was composed after another; not when it cannot be known.</summary>
    private static bool IsNewer(JsonTextObject? listed, string listedId, JsonTextObject other, string otherId)
    {
        if (TimeOf(listed) is { } a && TimeOf(other) is { } b && a != b)
        {
            return a > b;
        }

        return ReleaseVersion.TryParse(listedId, out var left)
            && ReleaseVersion.TryParse(otherId, out var right)
            && left.CompareTo(right) > 0;
    }

    private static DateTimeOffset? TimeOf(JsonTextObject? meta) =>
        meta?.Find("coreos-assembler.build-timestamp") is JsonTextString text
        && DateTimeOffset.TryParse(
            text.Value,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : null;
}
