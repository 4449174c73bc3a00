using Pipeline.Host.Files;
using Pipeline.Images.Live;
using Pipeline.Images.Live.Areas;
using Pipeline.Images.Live.Customizing;
using Pipeline.Images.Live.Initrds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <content>Initramfs images for network boot.</content>
public sealed partial class LiveMedia
{
    private const string Stamp = "etc/coreos-live-initramfs";

    /// <summary>An initramfs image that holds an Ignition config.</summary>
    public byte[] WrapIgnition(NamedBytes config)
    {
        Look(config);
        return new InitrdImage { Ignition = config.Content.ToArray() }.ToBytes();
    }

    /// <summary>An initramfs image that holds NetworkManager's keyfiles.</summary>
    /// <exception cref="PipelineException">PL3113, PL3119.</exception>
    public static byte[] WrapNetwork(ValueList<NamedBytes> keyfiles)
    {
        var image = new InitrdImage();
        Add(image, keyfiles);
        return image.ToBytes();
    }

    /// <summary>The Ignition config in an initramfs image.</summary>
    /// <exception cref="PipelineException">PL3109, PL3110.</exception>
    public static byte[] UnwrapIgnition(string display, Stream image, CancellationToken cancellationToken) =>
        InitrdReader.Read(display, image, InitrdReader.LargestInitramfs, n => n == InitrdImage.IgnitionConfig, cancellationToken).Ignition
        ?? throw new PipelineException(LiveDiagnostics.Nothing(display, "Ignition config"));

    /// <summary>NetworkManager's keyfiles in an initramfs image.</summary>
    /// <exception cref="PipelineException">PL3109, PL3110, PL3122.</exception>
    public static ValueList<NamedBytes> UnwrapNetwork(string display, Stream image, CancellationToken cancellationToken) =>
        Keyfiles(display, InitrdReader.Read(display, image, InitrdReader.LargestInitramfs, InitrdImage.IsKeyfile, cancellationToken));

    /// <summary>Appends to the initramfs of a live system what it is to do.</summary>
    /// <exception cref="PipelineException">PL3110–PL3119, PL3128, or a config is not valid.</exception>
    public async Task CustomizeInitrdAsync(MediaFile initrd, Customization wanted, MediaTarget target, CancellationToken cancellationToken)
    {
        InitrdImage found;
        await using (var stream = RegularFile.OpenStream(initrd.Path))
        {
            found = InitrdReader.Read(
                initrd.Display,
                stream,
                InitrdReader.LargestInitramfs,
                n => n is Stamp or OsFeatures.InInitrd or InitrdImage.IgnitionConfig || InitrdImage.IsKeyfile(n),
                cancellationToken
            );
        }

        if (!found.Files.ContainsKey(Stamp))
        {
            throw new PipelineException(LiveDiagnostics.NotLiveInitrd(initrd.Display));
        }

        if (found.Ignition is not null || found.Keyfiles.Any())
        {
            throw new PipelineException(LiveDiagnostics.AlreadyCustomized(initrd.Display, "start from the initramfs as released"));
        }

        var customizer = new Customizer(initrd.Display, OsFeatures.Of(initrd.Display, found.Files.GetValueOrDefault(OsFeatures.InInitrd)));
        var more = customizer.Make(wanted).ToBytes();
        await MediaWriter.AppendAsync(initrd, more, target, cancellationToken);
        Report(customizer.Remarks);
    }
}
