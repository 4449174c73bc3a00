namespace Pipeline.Compose.Layers;

/// <summary>Takes package files of one family apart. Package files are hostile until they are read to the end.</summary>
internal interface IPackageReader
{
    /// <summary>Reads a package in one pass.</summary>
    /// <param name="file">The package file; its digest is already checked. Can seek.</param>
    /// <param name="objects">Receives the content of its files; the caller commits them.</param>
    /// <param name="limits">Bounds on what may come out.</param>
    /// <param name="cancellationToken">Stops between entries.</param>
    /// <exception cref="BadPackageException">Damaged, hostile or too large.</exception>
    Layer Read(Stream file, ObjectWriter objects, LayerLimits limits, CancellationToken cancellationToken);
}
