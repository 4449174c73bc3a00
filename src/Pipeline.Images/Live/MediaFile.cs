namespace Pipeline.Images.Live;

/// <summary>A file that the user named.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Display">As the user named it.</param>
public sealed record MediaFile(string Path, string Display)
{
    /// <summary>Its name without directories.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <summary>Where a changed image goes: into the image itself when there is neither a file nor a stream.</summary>
/// <param name="File">A file that does not exist yet.</param>
/// <param name="Stream">Opens a stream that gets the whole image; it is disposed.</param>
public sealed record MediaTarget(MediaFile? File, Func<Stream>? Stream)
{
    /// <summary>The image is changed in place.</summary>
    public static MediaTarget InPlace { get; } = new(null, null);
}
