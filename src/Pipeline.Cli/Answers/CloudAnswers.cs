using System.Globalization;
using Pipeline.Clouds.Images;
using Pipeline.Clouds.Instances;
using Pipeline.Clouds.Uploads;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Answers;

/// <summary><c>upload</c>.</summary>
/// <param name="Platform">The platform.</param>
/// <param name="Account">The account.</param>
/// <param name="Build">The build's id.</param>
/// <param name="Name">The image's name.</param>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Sent">Bytes sent.</param>
/// <param name="Regions">What came of each region.</param>
internal sealed record UploadAnswer(
    string Platform,
    string Account,
    string Build,
    string Name,
    bool DryRun,
    long Sent,
    IReadOnlyList<UploadRegionAnswer> Regions
)
{
    /// <summary>An outcome as an answer.</summary>
    public static UploadAnswer Of(string platform, BuildUploadOutcome outcome, bool dryRun) =>
        new(
            platform,
            outcome.Publication.Account,
            outcome.Build,
            outcome.Name,
            dryRun,
            outcome.Publication.Sent,
            [
                .. outcome.Publication.Regions.Select(r => new UploadRegionAnswer(
                    r.Region,
                    r.Action,
                    r.Image?.Id,
                    r.Image?.Disk,
                    r.Problem?.Message
                )),
            ]
        );
}

/// <summary>A region of <c>upload</c>.</summary>
/// <param name="Region">Its name.</param>
/// <param name="Action">What happened: found, uploaded, copied, failed; of a dry run what would: upload, copy.</param>
/// <param name="Image">The image's id.</param>
/// <param name="Disk">The id of the disk below it.</param>
/// <param name="Problem">Why it failed.</param>
internal sealed record UploadRegionAnswer(string Region, string Action, string? Image, string? Disk, string? Problem);

/// <summary>A line of <c>cloud list</c> and <c>cloud gc</c>.</summary>
/// <param name="Kind">image, disk or instance.</param>
/// <param name="Region">The region.</param>
/// <param name="Id">The provider's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">The provider's word for its state.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Problem">Why it was not deleted.</param>
internal sealed record CloudResourceAnswer(
    string Kind,
    string Region,
    string Id,
    string Name,
    string State,
    string? Created,
    string? Problem
)
{
    /// <summary>A resource as an answer.</summary>
    public static CloudResourceAnswer Of(CloudResource resource, Diagnostic? problem) =>
        new(
            resource.Kind.ToString().ToLowerInvariant(),
            resource.Region,
            resource.Id,
            resource.Name,
            resource.State,
            resource.Created?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            problem?.Message
        );

    /// <summary>The table for people.</summary>
    public static string Text(IReadOnlyList<CloudResourceAnswer> rows, DateTimeOffset now) =>
        rows.Count == 0
            ? ""
            : TextTable.Of([
                ["kind", "region", "id", "state", "age", "name"],
                .. rows.Select(r => (string[])[r.Kind, r.Region, r.Id, r.State, Age(r.Created, now), r.Name]),
            ]);

    private static string Age(string? created, DateTimeOffset now) =>
        DateTimeOffset.TryParse(created, CultureInfo.InvariantCulture, out var time)
            ? (now - time) switch
            {
                { TotalHours: < 1 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0}m"),
                { TotalDays: < 2 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0}h"),
                var age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0}d"),
            }
            : "-";
}

/// <summary><c>launch</c> and <c>cloud launch</c>.</summary>
/// <param name="Platform">The platform.</param>
/// <param name="Region">The region.</param>
/// <param name="Image">The image's id.</param>
/// <param name="Release">Its version; <c>null</c> when it was named by its id.</param>
/// <param name="Instance">The instance's id; <c>null</c> under --print.</param>
/// <param name="State">Its state.</param>
/// <param name="Address">Its address; <c>null</c> until it has one.</param>
/// <param name="UserData">Under --print the Ignition config, as it is.</param>
internal sealed record LaunchAnswer(
    string Platform,
    string Region,
    string Image,
    string? Release,
    string? Instance,
    string? State,
    string? Address,
    string? UserData
)
{
    /// <summary>An instance as an answer.</summary>
    public static LaunchAnswer Of(string platform, string region, (string Id, string? Release) image, CloudInstance made) =>
        new(platform, region, image.Id, image.Release, made.Id, made.State.ToString().ToLowerInvariant(), made.Address, null);
}
