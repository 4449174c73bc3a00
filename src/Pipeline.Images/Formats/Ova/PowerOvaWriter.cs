using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats.Raw;
using Pipeline.Images.Packing;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Ova;

/// <summary>The OVA of Power Virtual Server: the raw disk with a short description, gzip-compressed on all processors.</summary>
internal sealed class PowerOvaWriter : IDiskWriter
{
    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.PowerOva;

    /// <inheritdoc/>
    public StepTools Tools { get; } = Codecs.Tools(Compression.Gzip);

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        using var packed = new CompressedImage(target, new GzipCodec());
        var name = $"{facts.Product}-{facts.Version}-disk.raw";
        var text = Encoding.UTF8.GetBytes(OvfTexts.Power(new(facts, name, disk.Length, disk.Length)));
        TarMembers.Add(packed, "coreos.ovf", text, facts.Epoch);
        packed.Write(TarHeader.Of(name, disk.Length, facts.Epoch));
        RawWriter.Copy(disk, packed, cancellationToken);
        TarMembers.End(packed);
        packed.Finish();
    }
}
