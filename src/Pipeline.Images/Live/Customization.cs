using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>What a live system is to do at boot, with the options of coreos-installer. Files are read by the caller.</summary>
public sealed record Customization
{
    /// <summary>Ignition configs for the installed system, each merged over those before it. Starts the installer.</summary>
    public ValueList<NamedBytes> DestinationIgnition { get; init; } = [];

    /// <summary>The device to install to, without asking; starts the installer.</summary>
    public string? DestinationDevice { get; init; }

    /// <summary>Consoles of the installed system; starts the installer.</summary>
    public ValueList<string> DestinationConsoles { get; init; } = [];

    /// <summary>Kernel arguments to append on the installed system; starts the installer.</summary>
    public ValueList<string> DestinationAppend { get; init; } = [];

    /// <summary>Kernel arguments to delete on the installed system; starts the installer.</summary>
    public ValueList<string> DestinationDelete { get; init; } = [];

    /// <summary>NetworkManager's keyfiles for the live and the installed system.</summary>
    public ValueList<NamedBytes> Keyfiles { get; init; } = [];

    /// <summary>nmstate files for the live and the installed system; they are carried as they are, nothing here reads them.</summary>
    public ValueList<NamedBytes> NmState { get; init; } = [];

    /// <summary>Certificate authorities that Ignition trusts, PEM.</summary>
    public ValueList<NamedBytes> Authorities { get; init; } = [];

    /// <summary>Scripts that run before installing.</summary>
    public ValueList<NamedBytes> PreInstall { get; init; } = [];

    /// <summary>Scripts that run after installing.</summary>
    public ValueList<NamedBytes> PostInstall { get; init; } = [];

    /// <summary>Configs of the installer; start it.</summary>
    public ValueList<NamedBytes> InstallerConfigs { get; init; } = [];

    /// <summary>Ignition configs for the live system, each merged over those before it.</summary>
    public ValueList<NamedBytes> LiveIgnition { get; init; } = [];
}

/// <summary>A file's content.</summary>
/// <param name="Path">As the user named it.</param>
/// <param name="Content">Its bytes.</param>
public sealed record NamedBytes(string Path, ReadOnlyMemory<byte> Content)
{
    /// <summary>Its name without directories.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}
