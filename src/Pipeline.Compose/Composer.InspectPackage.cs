using Pipeline.Compose.Families;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose;

/// <summary>Which package file to inspect.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Display">As the user named it.</param>
/// <param name="Keys">Files with keys, absolute; none: signatures are not checked.</param>
public sealed record PackageQuery(string Path, string Display, IReadOnlyList<string> Keys);

public sealed partial class Composer
{
    /// <summary>Says what is in a package file, and checks its digests and, with keys, its signatures.</summary>
    /// <exception cref="PipelineException">
    /// PL0323 (class 2): not a regular file. PL1109: a key that cannot be read. PL2001–PL2005 (class 5): refused.
    /// PL2007 (class 2): no package.
    /// </exception>
    public async Task<PackageReport> InspectPackageAsync(PackageQuery query, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var keys = new MemoryStream();
        foreach (var key in query.Keys)
        {
            if (Keyring.ReadFile(key, key, new(key, 1, 1), problems) is { } packets)
            {
                keys.Write(packets.Span);
            }
        }

        problems.ThrowIfErrors();
        if (!File.Exists(query.Path) && !Directory.Exists(query.Path))
        {
            throw new PipelineException(Layers.LayerDiagnostics.NoFile(query.Display));
        }

        await using var file = RegularFile.OpenStream(query.Path);
        ReadOnlyMemory<byte>? keyring = query.Keys.Count == 0 ? default(ReadOnlyMemory<byte>?) : keys.ToArray();
        return await PackageInspector.InspectAsync(query.Display, file, keyring, _services.Tools, cancellationToken);
    }
}
