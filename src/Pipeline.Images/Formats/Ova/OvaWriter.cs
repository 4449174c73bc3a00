using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats.Vmdk;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Formats.Ova;

/// <summary>
/// An OVA: a tar with a description, the digests of the other members, and the disk as stream-optimised VMDK. The description and the
/// digests stand before the disk and need its size, so the disk goes through a scratch file.
/// </summary>
/// <param name="format">Whose machines the description is for.</param>
/// <param name="describe">Makes the description of a disk.</param>
internal sealed class OvaWriter(DiskFormat format, Func<OvfDisk, string> describe) : IDiskWriter
{
    private const string Description = "coreos.ovf";
    private const string DiskName = "disk.vmdk";
    private readonly VmdkWriter _disk = new();

    /// <inheritdoc/>
    public DiskFormat Format => format;

    /// <inheritdoc/>
    public StepTools Tools => _disk.Tools;

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        using var content = FileImage.Nameless(target.ScratchFile);
        _disk.Write(disk, facts, content, cancellationToken);
        var (size, digest) = content.Finish();
        var text = Encoding.UTF8.GetBytes(describe(new(facts, DiskName, size.Bytes, disk.Length)));
        var digests = Encoding.ASCII.GetBytes($"SHA256({Description})= {Digest.Of(text).Hex}\nSHA256({DiskName})= {digest.Hex}\n");
        TarMembers.Add(target, Description, text, facts.Epoch);
        TarMembers.Add(target, "coreos.mf", digests, facts.Epoch);
        target.Write(TarHeader.Of(DiskName, size.Bytes, facts.Epoch));
        target.Copy(content.File, 0, size.Bytes, cancellationToken);
        TarMembers.End(target);
    }
}
