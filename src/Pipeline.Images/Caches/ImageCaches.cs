using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Images.Outputs;
using Pipeline.Model.Values;

namespace Pipeline.Images.Caches;

/// <summary>What images keep below <c>cache/</c>: the disk of a commit that all platforms share.</summary>
public static class ImageCaches
{
    /// <summary>The one kind. Each disk has a lock of its own, so one that a run works on stays.</summary>
    /// <param name="work">The work directory.</param>
    /// <param name="time">The clock of lock notes.</param>
    public static ValueList<CacheKind> Of(WorkDirectory work, TimeProvider time)
    {
        var images = BuildSource.ImagesOf(work.Cache);
        return
        [
            new()
            {
                Name = "disks",
                Holds = "a disk of each commit, from which images of all platforms are made",
                Directory = images,
                Entries = CacheFiles.EachDirectory,
                RemoveAsync = (entries, cancellationToken) =>
                    BuildSource.ForgetAsync(entries.Select(e => Path.Combine(images, e.Name)), time, cancellationToken),
            },
        ];
    }
}
