using System.Text;
using Pipeline.Host.Archives;
using Pipeline.Images.Disks;
using Pipeline.Images.Outputs;
using Pipeline.Images.Recipes;

namespace Pipeline.TestKit.Images;

/// <summary>A commit of one file and a small disk that says for which platform it was stamped.</summary>
/// <param name="directory">A directory of its own.</param>
internal sealed class FakeImageSource(string directory) : IImageSource
{
    /// <summary>The commit's checksum.</summary>
    public static readonly string Checksum = new('c', 64);

    /// <summary>The disk.</summary>
    public string Disk { get; } = Path.Combine(directory, "disk.raw");

    /// <inheritdoc/>
    public Task<ExtractedCommit> CommitAsync(string directory, CancellationToken cancellationToken)
    {
        File.WriteAllText(Path.Combine(directory, "content"), "the commit\n");
        return Task.FromResult(new ExtractedCommit(directory, Checksum, "fake/x86_64", 1_700_000_000));
    }

    /// <inheritdoc/>
    public Task<DiskView> DiskAsync(DiskRecipe recipe, CancellationToken cancellationToken)
    {
        SparseFile.SetLength(Disk, 0);
        SparseFile.SetLength(Disk, 4 << 20);
        SparseFile.Write(Disk, 1 << 20, Encoding.UTF8.GetBytes(string.Join(' ', recipe.KernelArguments)));
        return Task.FromResult(DiskView.Open(Disk));
    }
}
