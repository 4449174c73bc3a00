using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot;

/// <summary>Files of the host that a boot loader puts into images, with the package they come from.</summary>
/// <param name="Name">What they are, as a step's inputs name them.</param>
/// <param name="Directory">Where they are; every file in it counts.</param>
/// <param name="Probe">A file of the directory that shows that the package is installed.</param>
/// <param name="Package">The package to install.</param>
internal sealed record LoaderFiles(string Name, string Directory, string Probe, string Package)
{
    /// <summary>Whether the package is installed.</summary>
    public bool Installed => File.Exists(Path.Combine(Directory, Probe));

    /// <summary>The names and contents of all files as one input of a step.</summary>
    public async Task<StepInput> InputAsync(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in System.IO.Directory.EnumerateFiles(Directory).Order(StringComparer.Ordinal))
        {
            await using var stream = RegularFile.OpenStream(path);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(path)));
            hash.AppendData(await SHA256.HashDataAsync(stream, cancellationToken));
        }

        return new(Name, Digest.FromHash(hash.GetHashAndReset()));
    }
}
