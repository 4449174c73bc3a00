using Pipeline.Host.Archives;
using Pipeline.Images.Live.Making;

namespace Pipeline.TestKit.Images;

/// <summary>A live system of three small files that say which commit they are of. Its initramfs is an archive with one file.</summary>
internal sealed class FakeLiveSystemMaker : ILiveSystemMaker
{
    /// <inheritdoc/>
    public async Task<LiveSystem> MakeAsync(
        Func<string, CancellationToken, Task<ExtractedCommit>> extract,
        string rootImage,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var commit = await extract(scratch, cancellationToken);
        var kernel = Path.Combine(scratch, "vmlinuz");
        var initramfs = Path.Combine(scratch, "initramfs.img");
        await File.WriteAllTextAsync(kernel, $"kernel of {commit.Checksum}\n", cancellationToken);
        await File.WriteAllTextAsync(rootImage, string.Concat(Enumerable.Repeat($"hsqs {commit.Checksum}\n", 50_000)), cancellationToken);
        await using (var stream = File.Create(initramfs))
        {
            var writer = new CpioWriter(stream);
            writer.AddFile("init", 0b111_101_101, "#!/bin/sh\n"u8);
            writer.Finish();
            stream.Write("\0"u8); // what follows is not aligned by itself
        }

        return new(kernel, initramfs, rootImage, commit.Epoch);
    }
}
