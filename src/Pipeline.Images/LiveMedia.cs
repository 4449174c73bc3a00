using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Images.Live;
using Pipeline.Images.Live.Customizing;
using Pipeline.Images.Live.Initrds;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Provisioning;

namespace Pipeline.Images;

/// <summary>
/// Reads and changes live media: ISOs of every layout since September 2020 and initramfs images for network boot. What coreos-installer
/// does with them, byte by byte in the same places.
/// </summary>
public sealed partial class LiveMedia
{
    /// <summary>Most bytes of a file that is embedded.</summary>
    public const int LargestFile = 64 << 20;
    private const string RootFileSystem = "images/pxeboot/rootfs.img";
    private const string PxeDirectory = "images/pxeboot/";
    private readonly IReporter _reporter;

    /// <summary>An editor.</summary>
    /// <param name="reporter">Gets warnings about configs.</param>
    public LiveMedia(IReporter reporter) => _reporter = reporter;

    /// <summary>Puts an Ignition config into an ISO. A config with mistakes is put there too, with warnings.</summary>
    /// <exception cref="PipelineException">PL3100–PL3105, PL3108, PL3110.</exception>
    public Task EmbedIgnitionAsync(MediaFile iso, NamedBytes config, bool force, MediaTarget target, CancellationToken cancellationToken) =>
        ChangeAsync(
            iso,
            target,
            live =>
            {
                if (live.Initrd.Ignition is not null && !force)
                {
                    throw new PipelineException(LiveDiagnostics.Already(iso.Display, "an Ignition config"));
                }

                Look(config);
                live.Change(i => i.Ignition = config.Content.ToArray());
            },
            cancellationToken
        );

    /// <summary>The Ignition config of an ISO.</summary>
    /// <exception cref="PipelineException">PL3109 there is none.</exception>
    public static byte[] IgnitionOf(MediaFile iso, CancellationToken cancellationToken)
    {
        using var live = LiveIso.Open(iso.Path, iso.Display, cancellationToken);
        return live.Initrd.Ignition ?? throw new PipelineException(LiveDiagnostics.Nothing(iso.Display, "Ignition config"));
    }

    /// <summary>Removes the Ignition config of an ISO, if there is one.</summary>
    public static Task RemoveIgnitionAsync(MediaFile iso, MediaTarget target, CancellationToken cancellationToken) =>
        ChangeAsync(iso, target, live => live.Change(i => i.Ignition = null), cancellationToken);

    /// <summary>Puts NetworkManager's keyfiles into an ISO, in place of those that are there.</summary>
    /// <exception cref="PipelineException">PL3108, PL3111, PL3113, PL3119.</exception>
    public static Task EmbedNetworkAsync(
        MediaFile iso,
        ValueList<NamedBytes> keyfiles,
        bool force,
        MediaTarget target,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            iso,
            target,
            live =>
            {
                if (!live.Features.Network)
                {
                    throw new PipelineException(LiveDiagnostics.Unsupported(iso.Display, "network settings of the live system"));
                }

                if (live.Initrd.Keyfiles.Any() && !force)
                {
                    throw new PipelineException(LiveDiagnostics.Already(iso.Display, "network settings"));
                }

                live.Change(i =>
                {
                    i.RemoveKeyfiles();
                    Add(i, keyfiles);
                });
            },
            cancellationToken
        );

    /// <summary>NetworkManager's keyfiles of an ISO.</summary>
    /// <exception cref="PipelineException">PL3109 there are none; PL3122.</exception>
    public static ValueList<NamedBytes> NetworkOf(MediaFile iso, CancellationToken cancellationToken)
    {
        using var live = LiveIso.Open(iso.Path, iso.Display, cancellationToken);
        return Keyfiles(iso.Display, live.Initrd);
    }

    /// <summary>Removes NetworkManager's keyfiles of an ISO, if there are some.</summary>
    public static Task RemoveNetworkAsync(MediaFile iso, MediaTarget target, CancellationToken cancellationToken) =>
        ChangeAsync(iso, target, live => live.Change(i => i.RemoveKeyfiles()), cancellationToken);

    /// <summary>The kernel arguments of an ISO, and those it was released with.</summary>
    /// <exception cref="PipelineException">PL3107.</exception>
    public static (string Current, string Default) KernelArgumentsOf(MediaFile iso, CancellationToken cancellationToken)
    {
        using var live = LiveIso.Open(iso.Path, iso.Display, cancellationToken);
        return (live.KernelArguments, live.RequireArguments().Default);
    }

    /// <summary>Changes the kernel arguments of an ISO.</summary>
    /// <exception cref="PipelineException">PL3106, PL3107, PL3114.</exception>
    public static Task ChangeKernelArgumentsAsync(
        MediaFile iso,
        KernelArgumentChange change,
        MediaTarget target,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(change);
        return ChangeAsync(iso, target, live => live.KernelArguments = change.ApplyTo(live.KernelArguments), cancellationToken);
    }

    /// <summary>Gives an ISO the kernel arguments back that it was released with.</summary>
    /// <exception cref="PipelineException">PL3107.</exception>
    public static Task ResetKernelArgumentsAsync(MediaFile iso, MediaTarget target, CancellationToken cancellationToken) =>
        ChangeAsync(iso, target, live => live.KernelArguments = live.RequireArguments().Default, cancellationToken);

    /// <summary>Makes an ISO as it was released: nothing embedded, the first kernel arguments.</summary>
    public static Task ResetAsync(MediaFile iso, MediaTarget target, CancellationToken cancellationToken) =>
        ChangeAsync(
            iso,
            target,
            live =>
            {
                live.Replace(new());
                if (live.Arguments is { } area)
                {
                    live.KernelArguments = area.Default;
                }
            },
            cancellationToken
        );

    /// <summary>Puts everything into an ISO that the live system is to do.</summary>
    /// <param name="iso">The image.</param>
    /// <param name="wanted">What.</param>
    /// <param name="arguments">Changes of the kernel arguments that it was released with.</param>
    /// <param name="force">Whether what is embedded already is replaced.</param>
    /// <param name="target">Where the result goes.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="PipelineException">PL3105–PL3107, PL3111, PL3113–PL3119, PL3128, or a config is not valid.</exception>
    public async Task CustomizeAsync(
        MediaFile iso,
        Customization wanted,
        KernelArgumentChange arguments,
        bool force,
        MediaTarget target,
        CancellationToken cancellationToken
    )
    {
        using var live = LiveIso.Open(iso.Path, iso.Display, cancellationToken);
        if (live.IsCustomized && !force)
        {
            throw new PipelineException(LiveDiagnostics.AlreadyCustomized(iso.Display, "--force replaces what is there"));
        }

        var customizer = new Customizer(iso.Display, live.Features);
        live.Replace(customizer.Make(wanted));
        if (!arguments.IsEmpty)
        {
            live.KernelArguments = arguments.ApplyTo(live.RequireArguments().Default);
        }

        await MediaWriter.WriteAsync(iso, live.Changes(), target, cancellationToken);
        Report(customizer.Remarks);
    }

    /// <summary>What is in an ISO.</summary>
    public static LiveReport Inspect(MediaFile iso, CancellationToken cancellationToken)
    {
        using var live = LiveIso.Open(iso.Path, iso.Display, cancellationToken);
        return new()
        {
            VolumeId = live.Image.VolumeId,
            Size = ByteSize.FromBytes(live.Image.Length),
            Ignition = new(live.InitrdSource, live.InitrdRegion.Offset, live.InitrdRegion.Length),
            Embedded = [.. live.Initrd.Files.Select(f => new LiveFile(f.Key, f.Value.Length))],
            KernelArgumentPlaces =
            [
                .. (live.Arguments?.Places ?? []).Select(p => new LiveArea(live.Arguments!.Source, p.Region.Offset, p.Region.Length)),
            ],
            KernelArguments = live.Arguments is null ? null : live.KernelArguments,
            DefaultKernelArguments = live.Arguments?.Default,
            IsCustomized = live.IsCustomized,
            HasInstallerConfig = live.Features.InstallerConfig,
            InstallerDirectives = live.Features.Directives,
            HasNetwork = live.Features.Network,
            HasMinimal = live.Image.FindFile(MinimalIso.Document) is not null,
            Files = [.. live.Image.Entries.Where(e => !e.IsDirectory).Select(e => new LiveFile(e.Path, e.Length))],
        };
    }

    /// <summary>Writes kernel, initramfs and root file system of an ISO into a directory, as NAME-vmlinuz and so on.</summary>
    /// <returns>The files.</returns>
    /// <exception cref="PipelineException">PL3102, PL3112.</exception>
    public static async Task<ValueList<string>> ExtractPxeAsync(MediaFile iso, MediaFile directory, CancellationToken cancellationToken)
    {
        using var image = IsoImage.Open(iso.Path, iso.Display);
        var files = image
            .Entries.Where(e => !e.IsDirectory && e.Path.StartsWith(PxeDirectory, StringComparison.OrdinalIgnoreCase))
            .Where(e => e.Path.IndexOf('/', PxeDirectory.Length) < 0)
            .ToArray();
        if (files.Length == 0)
        {
            throw new PipelineException(LiveDiagnostics.NotLive(iso.Display));
        }

        Directory.CreateDirectory(directory.Path);
        var targets = files.Select(f => Below(directory, $"{Path.GetFileNameWithoutExtension(iso.Name)}-{f.Name}")).ToArray();
        foreach (var target in targets)
        {
            MediaWriter.Require(target);
        }

        foreach (var (file, target) in files.Zip(targets))
        {
            await ExtractAsync(image, file, target, cancellationToken);
        }

        return [.. targets.Select(t => t.Display)];
    }

    /// <summary>Makes an ISO that fetches its root file system, of one that is as it was released.</summary>
    /// <param name="iso">The full image.</param>
    /// <param name="target">A new file or a stream.</param>
    /// <param name="rootFileSystem">A file that gets the root file system, or <c>null</c>.</param>
    /// <param name="url">Where machines will find it, or <c>null</c>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="PipelineException">PL3107, PL3111, PL3112, PL3120, PL3121, PL3126, PL3127.</exception>
    public static async Task ExtractMinimalAsync(
        MediaFile iso,
        MediaTarget target,
        MediaFile? rootFileSystem,
        string? url,
        CancellationToken cancellationToken
    )
    {
        using var live = LiveIso.Open(iso.Path, iso.Display, cancellationToken);
        if (target.File is { } file)
        {
            await MediaWriter.NewAsync(file, temporary => MinimalIsoMaker.MakeAsync(live, temporary, url, cancellationToken));
        }
        else
        {
            using var scratch = new TemporaryDirectory();
            var path = scratch.File("minimal.iso");
            await MinimalIsoMaker.MakeAsync(live, path, url, cancellationToken);
            await MediaWriter.WriteAsync(new(path, iso.Display), [], target, cancellationToken);
        }

        if (rootFileSystem is not null)
        {
            var entry = live.Image.FindFile(RootFileSystem) ?? throw live.Image.Damaged($"it has no '/{RootFileSystem}'");
            await ExtractAsync(live.Image, entry, rootFileSystem, cancellationToken);
        }
    }

    /// <summary>Writes a file that does not exist yet.</summary>
    /// <exception cref="PipelineException">PL3112, PL3125.</exception>
    public static Task WriteNewAsync(MediaFile file, NamedBytes content, CancellationToken cancellationToken) =>
        MediaWriter.NewAsync(file, content.Content.ToArray(), cancellationToken);

    private static async Task ChangeAsync(MediaFile iso, MediaTarget target, Action<LiveIso> change, CancellationToken cancellationToken)
    {
        using var live = LiveIso.Open(iso.Path, iso.Display, cancellationToken);
        change(live);
        await MediaWriter.WriteAsync(iso, live.Changes(), target, cancellationToken);
    }

    private static Task ExtractAsync(IsoImage image, IsoEntry entry, MediaFile target, CancellationToken cancellationToken) =>
        MediaWriter.NewAsync(
            target,
            async temporary =>
            {
                await using var stream = MediaWriter.Create(temporary);
                await image.CopyAsync(entry.Offset, entry.Length, $"'/{entry.Path}'", stream, cancellationToken);
            }
        );

    private static MediaFile Below(MediaFile directory, string name) =>
        new(Path.Combine(directory.Path, name), Path.Combine(directory.Display, name));

    private static void Add(InitrdImage image, ValueList<NamedBytes> keyfiles)
    {
        foreach (var keyfile in keyfiles)
        {
            image.AddOnce(InitrdImage.NetworkDirectory + Customizer.FileName(keyfile), keyfile);
        }
    }

    private static ValueList<NamedBytes> Keyfiles(string display, InitrdImage image)
    {
        var found = image.Keyfiles.ToArray();
        return found.FirstOrDefault(f =>
                f.Name is "" or "." or ".." || f.Name.Contains('/', StringComparison.Ordinal) || f.Name.Any(char.IsControl)
            )
                is { Name: not null } climbing
                ? throw new PipelineException(LiveDiagnostics.Climbs(display, climbing.Name))
            : found.Length == 0 ? throw new PipelineException(LiveDiagnostics.Nothing(display, "network settings"))
            : [.. found.Select(f => new NamedBytes(f.Name, f.Content))];
    }

    /// <summary>What is wrong with a config is said; whether it is embedded is the user's choice.</summary>
    private void Look(NamedBytes config)
    {
        var problems = new DiagnosticBag();
        Provisioner.ReadIgnition(config.Path, config.Content, problems);
        Report(problems.Items);
    }

    private void Report(IEnumerable<Diagnostic> remarks)
    {
        foreach (var remark in remarks)
        {
            _reporter.Report(remark with { Severity = Severity.Warning, Exit = ExitClass.Done });
        }
    }
}
