using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Publishing;

/// <summary>Adds releases to an index. What was published is never replaced by something else.</summary>
internal static class ReleaseIndexEditor
{
    /// <summary>An index without releases.</summary>
    public static ReleaseIndex Empty(string stream) =>
        new()
        {
            Note = ReleaseIndex.StandardNote,
            Releases = [],
            Metadata = new(),
            Stream = stream,
        };

    /// <summary>The index with <paramref name="release"/>: appended, extended by architectures that came late, or as it was.</summary>
    /// <param name="index">The index; its stream must be the release's.</param>
    /// <param name="release">The release.</param>
    /// <param name="url">URL of its release.json.</param>
    /// <param name="now">Becomes <c>last-modified</c> when something changes.</param>
    /// <param name="allowLower">Whether a version below that of the last release may be appended.</param>
    /// <param name="warnings">
    /// Receives architectures without any image, which cannot become graph nodes, and a lower version that was appended.
    /// </param>
    /// <exception cref="PipelineException">
    /// Wrong stream, not the newest release, or contradicting content (class 5), all at once.
    /// </exception>
    public static ReleaseIndex Add(
        ReleaseIndex index,
        ReleaseDocument release,
        string url,
        string now,
        bool allowLower,
        Action<Diagnostic> warnings
    )
    {
        var entry = Entry(release, url, warnings);
        var at = Enumerable.Range(0, index.Releases.Count).LastOrDefault(i => index.Releases[i].Version == entry.Version, -1);
        var problems = new DiagnosticBag();
        CheckPlace(index, release, entry, at, problems);
        if (at < 0 && IsLower(index, entry))
        {
            var last = index.Releases[^1].Version;
            problems.Add(
                allowLower
                    ? PublishingDiagnostics.GoesBackOnPurpose(entry.Version, last)
                    : PublishingDiagnostics.GoesBack(entry.Version, last)
            );
        }

        var added = at < 0 ? entry : Extend(index.Releases[at], entry, problems);
        problems.ThrowIfErrors();
        foreach (var warning in problems.Items)
        {
            warnings(warning);
        }

        if (at >= 0 && added.Equals(index.Releases[at]))
        {
            return index;
        }

        return index with
        {
            Note = ReleaseIndex.StandardNote,
            Releases = [.. index.Releases.Take(at < 0 ? index.Releases.Count : at), added],
            Metadata = (index.Metadata ?? new()) with { LastModified = now },
            Stream = release.Stream,
        };
    }

    private static void CheckPlace(ReleaseIndex index, ReleaseDocument release, IndexRelease entry, int at, DiagnosticBag problems)
    {
        if (index.Stream != release.Stream)
        {
            problems.Add(PublishingDiagnostics.WrongStream(index.Stream, release.Stream));
        }

        if (at >= 0 && at < index.Releases.Count - 1)
        {
            problems.Add(PublishingDiagnostics.NotNewest(entry.Version, index.Releases[^1].Version));
        }

        if (entry.Commits is null && entry.OciImages is null)
        {
            problems.Add(PublishingDiagnostics.NothingToRelease(entry.Version));
        }
    }

    private static bool IsLower(ReleaseIndex index, IndexRelease entry) =>
        index.Releases.Count > 0
        && ReleaseVersion.TryParse(entry.Version, out var added)
        && ReleaseVersion.TryParse(index.Releases[^1].Version, out var last)
        && added.CompareTo(last) < 0;

    /// <summary>The entry of a release: architectures in the order all documents list them, others behind by name.</summary>
    private static IndexRelease Entry(ReleaseDocument release, string url, Action<Diagnostic> warnings)
    {
        var known = Architecture.All.Select(a => a.Name).ToArray();
        var ordered = release
            .Architectures.OrderBy(a => Array.IndexOf(known, a.Key) is var i and >= 0 ? i : known.Length)
            .ThenBy(a => a.Key, StringComparer.Ordinal)
            .ToArray();
        var commits = ordered
            .Where(a => a.Value.Commit is { Length: > 0 })
            .Select(a => new IndexCommit { Architecture = a.Key, Checksum = a.Value.Commit! })
            .ToValueList();
        var images = ordered
            .Where(a => a.Value.OciImage?.DigestRef is { Length: > 0 })
            .Select(a => new IndexImage
            {
                Image = a.Value.OciImage!.Image,
                DigestRef = a.Value.OciImage.DigestRef!,
                Architecture = a.Key,
            })
            .ToValueList();
        foreach (var (arch, value) in ordered)
        {
            var noImage = value.OciImage?.DigestRef is not { Length: > 0 };
            if (noImage && (images.Count > 0 || value.Commit is not { Length: > 0 }))
            {
                warnings(PublishingDiagnostics.NoImage(release.Release, arch, value.Commit is { Length: > 0 }));
            }
        }

        return new()
        {
            Commits = commits.Count == 0 ? null : commits,
            OciImages = images.Count == 0 ? null : images,
            Version = release.Release,
            MetadataUrl = url,
        };
    }

    /// <summary>The new entry when it has everything of the old one, unchanged.</summary>
    private static IndexRelease Extend(IndexRelease old, IndexRelease added, DiagnosticBag problems)
    {
        foreach (var commit in old.Commits ?? [])
        {
            Check(
                problems,
                added.Version,
                commit.Architecture,
                "commit",
                commit.Checksum,
                (added.Commits ?? []).FirstOrDefault(c => c.Architecture == commit.Architecture)?.Checksum
            );
        }

        foreach (var image in old.OciImages ?? [])
        {
            Check(
                problems,
                added.Version,
                image.Architecture,
                "image",
                image.DigestRef,
                (added.OciImages ?? []).FirstOrDefault(c => c.Architecture == image.Architecture)?.DigestRef
            );
        }

        if (old.MetadataUrl != added.MetadataUrl)
        {
            problems.Add(PublishingDiagnostics.UrlChanged(added.Version, old.MetadataUrl, added.MetadataUrl));
        }

        var grew = (old.Commits?.Count ?? 0) < (added.Commits?.Count ?? 0) || (old.OciImages?.Count ?? 0) < (added.OciImages?.Count ?? 0);
        return grew ? added : old;
    }

    private static void Check(DiagnosticBag problems, string version, string arch, string what, string published, string? offered)
    {
        if (offered is null)
        {
            problems.Add(PublishingDiagnostics.Lost(version, arch, what));
        }
        else if (offered != published)
        {
            problems.Add(PublishingDiagnostics.Conflict(version, arch, what, published, offered));
        }
    }
}
