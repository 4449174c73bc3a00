using System.Globalization;
using Pipeline.Images.Live.Areas;
using Pipeline.Images.Live.Initrds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Provisioning;

namespace Pipeline.Images.Live.Customizing;

/// <summary>
/// Turns a <see cref="Customization"/> into the files beside an initramfs, as coreos-installer does: one Ignition config of the live system
/// that holds all the rest, and what the initramfs itself reads.
/// </summary>
/// <param name="file">The image, for messages.</param>
/// <param name="features">What its OS can do.</param>
internal sealed class Customizer(string file, OsFeatures features)
{
    private const int Secret = 0b110_000_000;
    private const int Executable = 0b111_000_000;
    private const string Destination = "/etc/coreos/dest.ign";
    private const string Installer = "coreos-installer";
    private const string NmStateDirectory = "etc/nmstate/";
    private readonly LiveConfig _live = new();
    private readonly InitrdImage _initrd = new();
    private readonly List<Diagnostic> _remarks = [];
    private int _configs;

    /// <summary>Warnings of configs, and what the medium will do by itself.</summary>
    public IReadOnlyList<Diagnostic> Remarks => _remarks;

    /// <summary>The files.</summary>
    /// <exception cref="PipelineException">PL3111, PL3113, PL3117–PL3119, PL3128, or a config is not valid.</exception>
    public InitrdImage Make(Customization wanted)
    {
        Network(wanted);
        foreach (var authority in wanted.Authorities)
        {
            _live.Trust(Certificates(authority));
        }

        Hooks(wanted.PreInstall, "pre", $"After={Installer}-pre.target\nBefore={Installer}.service", $"{Installer}.service");
        Hooks(wanted.PostInstall, "post", $"After={Installer}.service\nBefore={Installer}.target", $"{Installer}.target");
        foreach (var config in wanted.InstallerConfigs)
        {
            AddInstallerConfig(FileName(config), config.Content.ToArray(), InstallerConfig.Check(config.Path, config.Content.ToArray()));
        }

        foreach (var config in wanted.LiveIgnition)
        {
            _live.Merge(Ignition(config));
        }

        Install(wanted);
        if (!_live.IsEmpty)
        {
            _initrd.Ignition = _live.ToBytes();
        }

        return _initrd;
    }

    private void Network(Customization wanted)
    {
        if (wanted.Keyfiles.Count + wanted.NmState.Count > 0 && !features.Network)
        {
            throw Unsupported("network settings of the live system");
        }

        foreach (var keyfile in wanted.Keyfiles)
        {
            _initrd.AddOnce(InitrdImage.NetworkDirectory + FileName(keyfile), keyfile);
        }

        foreach (var state in wanted.NmState)
        {
            _initrd.AddOnce(PathOf(state), state);
            _live.AddFile($"/{PathOf(state)}", state.Content.ToArray(), Secret);
        }
    }

    /// <summary>nmstate.service applies the files of its directory that end so; JSON is YAML.</summary>
    private static string PathOf(NamedBytes state) => NmStateDirectory + Path.ChangeExtension(FileName(state), ".yml");

    /// <summary>A unit of the live system per script; when one fails, the installer does not go on.</summary>
    private void Hooks(ValueList<NamedBytes> scripts, string when, string order, string target)
    {
        foreach (var script in scripts)
        {
            var name = $"{when}-install-{FileName(script)}";
            _live.AddFile($"/usr/local/bin/{name}", script.Content.ToArray(), Executable);
            _live.AddUnit(
                $"{name}.service",
                $"""
                [Unit]
                Description=Script '{script.Name}' {(when == "pre" ? "before" : "after")} installing
                {order}

                [Service]
                Type=oneshot
                RemainAfterExit=true
                ExecStart=/usr/local/bin/{name}
                StandardOutput=kmsg+console
                StandardError=kmsg+console

                [Install]
                RequiredBy={target}

                """
            );
        }
    }

    private void Install(Customization wanted)
    {
        if (!Installs(wanted))
        {
            return;
        }

        var destination = DestinationConfig(wanted);
        if (wanted.DestinationConsoles.Count > 0 && !features.Directives.Contains("console"))
        {
            throw Unsupported("consoles of the installed system");
        }

        if (destination is not null)
        {
            _live.AddFile(Destination, destination, Secret);
        }

        (string Key, ValueList<string> Values, bool IsList)[] settings =
        [
            ("ignition-file", destination is null ? [] : [Destination], false),
            ("console", [.. wanted.DestinationConsoles.Select(InstallerConfig.Console)], true),
            ("append-karg", wanted.DestinationAppend, true),
            ("delete-karg", wanted.DestinationDelete, true),
            ("copy-network", wanted.Keyfiles.Count > 0 ? ["true"] : [], false),
            ("dest-device", wanted.DestinationDevice is { } device ? [device] : [], false),
        ];
        if (settings.Any(s => s.Values.Count > 0))
        {
            AddInstallerConfig("customize.yaml", InstallerConfig.Write(settings), []);
        }

        _remarks.Add(
            Diagnostic.Warning(
                "PL3129",
                wanted.DestinationDevice is { } disk
                    ? $"the medium installs to '{disk}' without asking"
                    : "the medium starts the installer by itself"
            )
        );
    }

    /// <summary>The config of the installed system: the user's own when there is nothing to add to it.</summary>
    private byte[]? DestinationConfig(Customization wanted)
    {
        var configs = wanted.DestinationIgnition.Select(Ignition).ToArray();
        if (configs.Length + wanted.NmState.Count == 0)
        {
            return null;
        }

        if (configs.Length == 1 && wanted.Authorities.Count + wanted.NmState.Count == 0)
        {
            return configs[0];
        }

        var config = new LiveConfig();
        foreach (var authority in wanted.Authorities)
        {
            config.Trust(authority.Content.ToArray());
        }

        foreach (var own in configs)
        {
            config.Merge(own);
        }

        foreach (var state in wanted.NmState)
        {
            config.AddFile($"/{PathOf(state)}", state.Content.ToArray(), Secret);
        }

        return config.ToBytes();
    }

    private static bool Installs(Customization wanted) =>
        wanted.DestinationDevice is not null
        || wanted.DestinationIgnition.Count
            + wanted.DestinationConsoles.Count
            + wanted.DestinationAppend.Count
            + wanted.DestinationDelete.Count
            + wanted.InstallerConfigs.Count
            > 0;

    private void AddInstallerConfig(string name, byte[] content, ValueList<string> keys)
    {
        if (!features.InstallerConfig)
        {
            throw Unsupported("configs of the installer");
        }

        if (keys.FirstOrDefault(k => features.Directives.Count > 0 && !features.Directives.Contains(k)) is { } unknown)
        {
            throw Unsupported($"'{unknown}' in configs of the installer");
        }

        var number = (_configs++).ToString("0000", CultureInfo.InvariantCulture);
        _live.AddFile($"/etc/coreos/installer.d/{number}-{name}", content, Secret);
    }

    /// <summary>A valid config, as the user wrote it.</summary>
    private byte[] Ignition(NamedBytes config)
    {
        var problems = new DiagnosticBag();
        var read = Provisioner.ReadIgnition(config.Path, config.Content, problems);
        if (read is null || problems.HasErrors)
        {
            throw new PipelineException(problems.Items);
        }

        _remarks.AddRange(problems.Items);
        return config.Content.ToArray();
    }

    private static byte[] Certificates(NamedBytes file) =>
        file.Content.Span.IndexOf("-----BEGIN CERTIFICATE-----"u8) >= 0
            ? file.Content.ToArray()
            : throw new PipelineException(LiveDiagnostics.BadCertificate(file.Path));

    /// <summary>A name that is safe in units, in the initramfs and in a shell.</summary>
    internal static string FileName(NamedBytes file)
    {
        const int longest = 200;
        var name = file.Name;
        return
            name.Length is > 0 and <= longest
            && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '+' or ':')
            ? name
            : throw new PipelineException(LiveDiagnostics.BadFileName(file.Path));
    }

    private PipelineException Unsupported(string what) => new(LiveDiagnostics.Unsupported(file, what));
}
