using Pipeline.Images.Live.Areas;
using Pipeline.Images.Live.Initrds;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>
/// A live ISO with what may be changed in it. Changes are made here, in memory, and become bytes at known places by <see cref="Changes"/>.
/// </summary>
internal sealed class LiveIso : IDisposable
{
    private readonly string _argumentsBefore;
    private bool _initrdChanged;
    private string _arguments;

    private LiveIso(IsoImage image, (Region Region, string Source) area, InitrdImage initrd)
    {
        Image = image;
        (InitrdRegion, InitrdSource) = area;
        Initrd = initrd;
        Arguments = KernelArgumentArea.Find(image);
        _arguments = _argumentsBefore = Arguments?.Current(image) ?? "";
        Features = OsFeatures.Of(image);
        Region.RequireApart(image, (Arguments?.Places.Select(p => p.Region) ?? []).Append(InitrdRegion));
    }

    /// <summary>The image.</summary>
    public IsoImage Image { get; }

    /// <summary>Where the user's initramfs image is.</summary>
    public Region InitrdRegion { get; }

    /// <summary>How that place was found.</summary>
    public string InitrdSource { get; }

    /// <summary>The user's initramfs image.</summary>
    public InitrdImage Initrd { get; private set; }

    /// <summary>Where kernel arguments are, or <c>null</c>.</summary>
    public KernelArgumentArea? Arguments { get; }

    /// <summary>What the OS can do.</summary>
    public OsFeatures Features { get; }

    /// <summary>The kernel arguments.</summary>
    /// <exception cref="PipelineException">PL3107 the image has no place for them.</exception>
    public string KernelArguments
    {
        get
        {
            RequireArguments();
            return _arguments;
        }
        set
        {
            RequireArguments();
            _arguments = value;
        }
    }

    /// <summary>Whether anything differs from the released image.</summary>
    public bool IsCustomized => Initrd.Files.Count > 0 || (Arguments is { } area && _argumentsBefore != area.Default);

    /// <summary>Opens a live ISO.</summary>
    /// <exception cref="PipelineException">PL3100–PL3104, PL3110, PL3122.</exception>
    public static LiveIso Open(string path, string display, CancellationToken cancellationToken)
    {
        var image = IsoImage.Open(path, display);
        try
        {
            var area = InitrdArea.Find(image) ?? throw new PipelineException(LiveDiagnostics.NotLive(display));
            return new(image, area, InitrdArea.Read(image, area.Region, cancellationToken));
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The places of kernel arguments.</summary>
    /// <exception cref="PipelineException">PL3107.</exception>
    public KernelArgumentArea RequireArguments() => Arguments ?? throw new PipelineException(LiveDiagnostics.NoKernelArguments(Image.File));

    /// <summary>Changes files of the user's initramfs image.</summary>
    public void Change(Action<InitrdImage> change)
    {
        change(Initrd);
        _initrdChanged = true;
    }

    /// <summary>Puts another initramfs image in place of the user's.</summary>
    public void Replace(InitrdImage initrd)
    {
        Initrd = initrd;
        _initrdChanged = true;
    }

    /// <summary>What has to be written. Everything fits, or nothing is written.</summary>
    /// <exception cref="PipelineException">PL3105, PL3106, PL3114.</exception>
    public ValueList<MediaChange> Changes()
    {
        var changes = new List<MediaChange>();
        if (_initrdChanged)
        {
            changes.Add(new(InitrdRegion.Offset, InitrdArea.Write(Image, InitrdRegion, Initrd)));
        }

        if (Arguments is { } area && _arguments != _argumentsBefore)
        {
            changes.AddRange(area.Write(Image, _arguments).Select(w => new MediaChange(w.Region.Offset, w.Bytes)));
        }

        return [.. changes.OrderBy(c => c.Offset)];
    }

    /// <inheritdoc/>
    public void Dispose() => Image.Dispose();
}
