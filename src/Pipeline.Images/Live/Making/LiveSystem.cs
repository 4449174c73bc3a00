using Pipeline.Host.Archives;

namespace Pipeline.Images.Live.Making;

/// <summary>What live media are made of, as files.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Initramfs">The initramfs of the OS, as installed machines have it.</param>
/// <param name="RootImage">A squashfs with the deployed commit.</param>
/// <param name="Epoch">The commit's time.</param>
internal sealed record LiveSystem(string Kernel, string Initramfs, string RootImage, long Epoch);

/// <summary>Makes a live system of a commit.</summary>
internal interface ILiveSystemMaker
{
    /// <summary>Makes the files. Equal commits make equal bytes.</summary>
    /// <param name="extract">Takes the commit out of its archive, into the directory it is given.</param>
    /// <param name="rootImage">Where the root file system's image goes: a path that does not exist.</param>
    /// <param name="scratch">A directory for everything else; it is kept until the files were used.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    Task<LiveSystem> MakeAsync(
        Func<string, CancellationToken, Task<ExtractedCommit>> extract,
        string rootImage,
        string scratch,
        CancellationToken cancellationToken
    );
}
