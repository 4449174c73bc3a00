using System.Text;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot.Grub;
using Pipeline.Images.Disks;
using Pipeline.Images.Live.Areas;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live.Making;

/// <summary>What an ISO is called and says.</summary>
/// <param name="Title">The entry of its menu.</param>
/// <param name="Volume">Its volume id.</param>
/// <param name="Arguments">Kernel arguments.</param>
/// <param name="Identity">Decides ids.</param>
/// <param name="Epoch">All times.</param>
internal sealed record LiveIsoFacts(string Title, string Volume, ValueList<string> Arguments, Digest Identity, long Epoch);

/// <summary>
/// Makes the ISO: the three files of network boot as they are, a boot loader, and the places where users put their own things. The image
/// without root file system is made too, to say how it is made of the full one.
/// </summary>
/// <param name="tools">Starts xorriso and the boot loader's tools.</param>
/// <param name="facts">What it says.</param>
internal sealed class LiveIsoMaker(IToolRunner tools, LiveIsoFacts facts)
{
    /// <summary>Programs that decide bytes.</summary>
    public static readonly StepTools Tools = GrubMedia.Tools.With(IsoWriter.Tools);

    private const string Pxe = "images/pxeboot";
    private const string RootFileSystem = $"{Pxe}/rootfs.img";
    private const int InitrdAreaSize = 256 * 1024;
    private const int MinimalSize = 16 * 1024;

    /// <summary>Makes the image.</summary>
    /// <param name="target">A path that does not exist.</param>
    /// <param name="files">Kernel, initramfs and root file system, on the same file system as <paramref name="work"/>.</param>
    /// <param name="work">An empty directory for its files.</param>
    /// <param name="scratch">A directory for temporary files.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    public async Task MakeAsync(
        string target,
        (string Kernel, string Initramfs, string Root) files,
        string work,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        using var medium = TreeHandle.Open(work);
        medium.MakeDirectories(Pxe);
        medium.MakeDirectories("coreos");
        Link(medium, files.Kernel, "vmlinuz");
        Link(medium, files.Initramfs, "initrd.img");
        Link(medium, files.Root, "rootfs.img");
        var boot = await new GrubMedia(tools).AddAsync(medium, facts.Volume, facts.Epoch, scratch, cancellationToken);
        var menu = new LiveMenu(facts.Title, facts.Arguments);
        medium.CreateFile(GrubMedia.Menu, menu.Text, FileModes.Plain);
        medium.CreateFile(KernelArgumentArea.Document, menu.Document(GrubMedia.Menu), FileModes.Plain);
        medium.CreateFile(OsFeatures.Document, LiveInitrds.Features, FileModes.Plain);
        medium.CreateFile(InitrdArea.DefaultFile, new byte[InitrdAreaSize], FileModes.Plain);
        var info = Encoding.ASCII.GetBytes($"{{\"file\":\"{InitrdArea.DefaultFile}\"}}\n");
        medium.CreateFile(InitrdArea.Document, info, FileModes.Plain);
        medium.CreateFile(MinimalIso.Document, new byte[MinimalSize], FileModes.Plain);
        await WriteAsync(medium, target, boot, scratch, cancellationToken);
    }

    /// <summary>
    /// The last file of the full image is the root file system, so that all others lie at the same places in both, and what xorriso writes
    /// into the boot loader is the same.
    /// </summary>
    private async Task WriteAsync(
        TreeHandle medium,
        string target,
        ValueList<string> boot,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var writer = new IsoWriter(tools, facts.Volume, facts.Identity, facts.Epoch);
        ValueList<string> order = [.. boot, "--sort-weight", "1", "/", "--sort-weight", "0", $"/{RootFileSystem}"];
        await writer.WriteAsync(medium.Directory, target, order, cancellationToken);
        medium.Delete(RootFileSystem);
        medium.Delete(MinimalIso.Document);
        var small = Path.Combine(scratch, "minimal.iso");
        await writer.WriteAsync(medium.Directory, small, [.. boot, "--sort-weight", "1", "/"], cancellationToken);
        long place;
        byte[] data;
        using (var full = IsoImage.Open(target, Path.GetFileName(target)))
        using (var minimal = IsoImage.Open(small, "minimal.iso"))
        {
            data = MinimalIso.Pack(full, minimal);
            place = full.FindFile(MinimalIso.Document)!.Offset;
        }

        if (data.Length > MinimalSize)
        {
            throw new PipelineException(ImageDiagnostics.MinimalTooLarge(data.Length, MinimalSize));
        }

        SparseFile.Write(target, place, data);
    }

    private static void Link(TreeHandle medium, string file, string name)
    {
        using var directory = TreeHandle.Open(Path.GetDirectoryName(file)!);
        medium.Link($"{Pxe}/{name}", directory, Path.GetFileName(file));
    }
}
