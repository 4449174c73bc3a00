using Pipeline.Clouds.Disks;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Images;

/// <summary>
/// Images of one account of one cloud, in all of its regions. A seam: each provider implements it. Every operation looks for its own result
/// first, by name and owner tag, so a repeated call makes nothing twice, and what does not carry the owner tag is never changed. Failures
/// of the provider are <see cref="Model.Diagnostics.PipelineException"/>s of class 4, refused credentials of class 2, names and images of
/// others of class 5.
/// </summary>
public interface ICloudImages : IDisposable
{
    /// <summary>The platform of its artifacts.</summary>
    string Platform { get; }

    /// <summary>The account that the credentials belong to; the first call of a run, because it fails when they are no good.</summary>
    Task<string> AccountAsync(CancellationToken cancellationToken);

    /// <summary>The regions that the account can use, sorted.</summary>
    Task<ValueList<string>> RegionsAsync(CancellationToken cancellationToken);

    /// <summary>The account's image of that name, whoever made it; <c>null</c> for none.</summary>
    Task<CloudImage?> FindAsync(string region, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Stores the disk of an image, or finds it stored; an upload that was cut short is gone on with.
    /// </summary>
    /// <param name="region">The region.</param>
    /// <param name="image">The image it is for.</param>
    /// <param name="content">What the disk holds.</param>
    /// <param name="progress">Told about what was sent.</param>
    /// <param name="cancellationToken">Ends the upload; it can be gone on with.</param>
    /// <returns>The provider's id of the disk.</returns>
    Task<string> UploadAsync(
        string region,
        CloudImageSpec image,
        DiskContent content,
        IProgress<UploadProgress> progress,
        CancellationToken cancellationToken
    );

    /// <summary>Makes an image of a stored disk, or finds the one of that name. Returns when it is available.</summary>
    Task<CloudImage> RegisterAsync(string region, CloudImageSpec image, string disk, CancellationToken cancellationToken);

    /// <summary>Copies an image to another region, or finds the copy. Returns when it is available.</summary>
    Task<CloudImage> ReplicateAsync(CloudImage image, CloudImageSpec spec, string region, CancellationToken cancellationToken);

    /// <summary>Lets others use an image; adds to whom it is shared with already.</summary>
    Task ShareAsync(CloudImage image, CloudAudience audience, CancellationToken cancellationToken);

    /// <summary>Makes an image the newest of its family; the ones before it are deprecated.</summary>
    Task PromoteAsync(CloudImage image, string family, CancellationToken cancellationToken);

    /// <summary>Says from when on an image is not to be used any more.</summary>
    Task DeprecateAsync(CloudImage image, DateTimeOffset when, CancellationToken cancellationToken);

    /// <summary>Deletes an image with its disk, or a disk; fine when it is gone already.</summary>
    Task DeleteAsync(CloudResource resource, CancellationToken cancellationToken);

    /// <summary>The images and disks of a region that carry the owner tag.</summary>
    Task<ValueList<CloudResource>> ListAsync(string region, CancellationToken cancellationToken);
}

/// <summary>How far an upload is.</summary>
/// <param name="Done">Bytes of the disk that are stored, with those that were stored before.</param>
/// <param name="Total">Bytes to store as far as known, or 0.</param>
/// <param name="Sent">Bytes sent in this run.</param>
public sealed record UploadProgress(long Done, long Total, long Sent);
