using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families;

/// <summary>Reads a package file of any family to its end, keeps nothing of it, and says what is in it.</summary>
internal static class PackageInspector
{
    /// <summary>Inspects a package.</summary>
    /// <param name="display">The file as the user named it, for messages.</param>
    /// <param name="file">Can seek.</param>
    /// <param name="keyring">Keys as binary packets, or <c>null</c>: signatures are listed, but not checked.</param>
    /// <param name="tools">Runs gpgv.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="PipelineException">PL2001–PL2005 (class 5): the package is refused. PL2007: not a package.</exception>
    public static async Task<PackageReport> InspectAsync(
        string display,
        Stream file,
        ReadOnlyMemory<byte>? keyring,
        IToolRunner tools,
        CancellationToken cancellationToken
    )
    {
        var start = new byte[8];
        file.Position = 0;
        _ = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        try
        {
            return start.AsSpan().StartsWith("!<arch>\n"u8) ? DebInspector.Inspect(file, keyring is not null, cancellationToken)
                : start.AsSpan().StartsWith(RpmPackageFile.Magic)
                    ? await RpmPackageInspector.InspectAsync(file, keyring, new(tools, Path.GetTempPath()), cancellationToken)
                : throw new PipelineException(LayerDiagnostics.NoPackage(display));
        }
        catch (BadPackageException e)
        {
            throw new PipelineException(LayerDiagnostics.Refused(display, e));
        }
    }
}
