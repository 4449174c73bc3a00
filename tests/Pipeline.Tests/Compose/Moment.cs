using Pipeline.Host.Files;

namespace Pipeline.Tests.Compose;

/// <summary>A point of a compose that a test waits for, to do something bad there.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Line">The beginning of a progress line that must have come; <c>null</c> for any.</param>
/// <param name="Files">
/// Files below the work directory, of which one must be there and not be empty: a folder whose name may hold <c>*</c> per part, and a file
/// name; <c>null</c> for none.
/// </param>
internal sealed record Moment(string Name, string? Line = null, string? Files = null)
{
    /// <summary>The bulky package is half here: the server stalls. Indices pass through the same directory before.</summary>
    public static readonly Moment Fetching = new("in the middle of fetch", "resolve packages", "cache/sha256/tmp/*");

    /// <summary>Files of packages are in the store without their names.</summary>
    public static readonly Moment Unpacking = new("in the middle of unpack", Files: "cache/layers/*/objects/tmp/*");

    /// <summary>A maintainer script runs.</summary>
    public static readonly Moment Configuring = new(
        "in the middle of configure",
        Files: "cache/trees/*/tmp-*/upper/usr/share/slow/configuring"
    );

    /// <summary>A script of the manifest runs.</summary>
    public static readonly Moment Finishing = new("in the middle of finish", Files: "cache/trees/*/tmp-*/upper/usr/share/slow/finishing");

    /// <summary>Contents are compressed.</summary>
    public static readonly Moment Committing = new("in the middle of commit", Files: "builds/.staging-*/*.objects");

    /// <summary>The commit is packed.</summary>
    public static readonly Moment Packing = new("in the middle of the archive", Files: "builds/.staging-*/*.tar");

    /// <summary>
    /// All of them, and every boundary between two steps. From the lock of the compose on it is the worker's work that is cut off.
    /// </summary>
    public static readonly Moment[] All =
    [
        new("after resolve", "resolve packages"),
        Fetching,
        new("after fetch", "fetch packages"),
        new("as the worker starts", Files: "builds/.compose.lock"),
        Unpacking,
        new("after unpack", "unpack packages"),
        Configuring,
        new("after configure", "configure packages"),
        Finishing,
        new("after the scripts", "lay overlays, run scripts"),
        new("after finish", "finish the tree"),
        Committing,
        new("after commit", "commit:"),
        Packing,
        new("after the archive", "write the build"),
    ];

    /// <summary>Whether it has come.</summary>
    public bool Reached(WorkDirectory work, IReadOnlyCollection<string> progress) =>
        (Line is null || progress.Any(l => l.AsSpan().TrimStart().StartsWith(Line, StringComparison.Ordinal)))
        && (Files is null || Matching(work.Root, Files.Split('/')).Any());

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IEnumerable<string> Matching(string directory, ReadOnlyMemory<string> parts)
    {
        try
        {
            return parts.Length == 1
                ? [.. Directory.EnumerateFiles(directory, parts.Span[0]).Where(f => new FileInfo(f).Length > 0)]
                : [.. Directory.EnumerateDirectories(directory, parts.Span[0]).SelectMany(d => Matching(d, parts[1..]))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It came and went, or is not there yet.
        }
    }
}
