using System.CommandLine;
using Pipeline.Images.Live;

namespace Pipeline.Cli.Commands.Live;

/// <summary>Options of <c>iso customize</c> and <c>pxe customize</c>, named as coreos-installer names them.</summary>
internal sealed class CustomizeOptions
{
    private readonly Option<string[]> _destIgnition = Files("--dest-ignition", "Ignition config for the installed system");
    private readonly Option<string?> _destDevice = new("--dest-device")
    {
        Description = "Install to this device, without asking: what is on it is lost",
        HelpName = "DEVICE",
    };
    private readonly Option<string[]> _destConsole = Texts(
        "--dest-console",
        "SPEC",
        "Console of the installed system, kernel and boot menu"
    );
    private readonly Option<string[]> _destAppend = Texts(
        "--dest-karg-append",
        "KARG",
        "Kernel argument to append on the installed system"
    );
    private readonly Option<string[]> _destDelete = Texts(
        "--dest-karg-delete",
        "KARG",
        "Kernel argument to delete on the installed system"
    );
    private readonly Option<string[]> _keyfiles = Files(
        "--network-keyfile",
        "Keyfile of NetworkManager for the live and the installed system"
    );
    private readonly Option<string[]> _nmState = Files("--network-nmstate", "nmstate file for the live and the installed system, as it is");
    private readonly Option<string[]> _authorities = Files("--ignition-ca", "Certificate authorities that Ignition trusts, PEM");
    private readonly Option<string[]> _preInstall = Files("--pre-install", "Script to run before installing");
    private readonly Option<string[]> _postInstall = Files("--post-install", "Script to run after installing");
    private readonly Option<string[]> _installerConfigs = Files("--installer-config", "Config of coreos-installer; starts it");
    private readonly Option<string[]> _liveIgnition = Files("--live-ignition", "Ignition config for the live system");

    /// <summary>The options.</summary>
    public Option[] All =>
        [
            _destIgnition,
            _destDevice,
            _destConsole,
            _destAppend,
            _destDelete,
            _keyfiles,
            _nmState,
            _authorities,
            _preInstall,
            _postInstall,
            _installerConfigs,
            _liveIgnition,
        ];

    /// <summary>What they say; their files are read.</summary>
    public async Task<Customization> ReadAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        return new()
        {
            DestinationIgnition = await Read(_destIgnition),
            DestinationDevice = parsed.GetValue(_destDevice),
            DestinationConsoles = [.. parsed.GetValue(_destConsole) ?? []],
            DestinationAppend = [.. parsed.GetValue(_destAppend) ?? []],
            DestinationDelete = [.. parsed.GetValue(_destDelete) ?? []],
            Keyfiles = await Read(_keyfiles),
            NmState = await Read(_nmState),
            Authorities = await Read(_authorities),
            PreInstall = await Read(_preInstall),
            PostInstall = await Read(_postInstall),
            InstallerConfigs = await Read(_installerConfigs),
            LiveIgnition = await Read(_liveIgnition),
        };

        Task<Model.Values.ValueList<NamedBytes>> Read(Option<string[]> option) =>
            MediaFiles.ReadAllAsync(services, parsed.GetValue(option), cancellationToken);
    }

    private static Option<string[]> Files(string name, string description) => Texts(name, "FILE", description);

    private static Option<string[]> Texts(string name, string helpName, string description) =>
        new(name) { Description = $"{description}; may be repeated", HelpName = helpName };
}
