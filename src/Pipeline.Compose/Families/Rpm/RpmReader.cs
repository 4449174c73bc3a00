using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Takes an <c>.rpm</c> apart.</summary>
/// <param name="user">The id that stands for root; another one only where nothing can be given to root.</param>
/// <param name="group">The group that stands for root's.</param>
internal sealed class RpmReader(int user = 0, int group = 0) : IPackageReader
{
    /// <summary>The name of the header among a layer's control files.</summary>
    public const string Header = "header";

    /// <summary>The name of the signature header among a layer's control files.</summary>
    public const string Signature = "signature";

    /// <inheritdoc/>
    public Layer Read(Stream file, ObjectWriter objects, LayerLimits limits, CancellationToken cancellationToken)
    {
        var package = RpmPackageFile.Read(file, limits);
        RpmPackageDigests.Require(package, file, cancellationToken);
        var payload = new RpmPackagePayload(package, limits, (entry, content) => objects.Write(content, entry)) { Root = (user, group) };
        var entries = payload.Read(file, cancellationToken);
        return new()
        {
            Entries = entries,
            Control = new(StringComparer.Ordinal)
            {
                [Header] = package.Header.Bytes.ToArray(),
                [Signature] = package.Signature.Bytes.ToArray(),
            },
        };
    }
}
