using System.CommandLine;
using Pipeline.Kola;
using Pipeline.Kola.Machines;

namespace Pipeline.Cli.Commands;

/// <summary>Options of the verbs that boot machines.</summary>
internal sealed class BootOptions
{
    private readonly Option<string?> _image = new("--qemu-image")
    {
        Description = "Boot this disk image instead of a build's",
        HelpName = "PATH",
    };
    private readonly Option<string> _firmware = new("--firmware", "--qemu-firmware")
    {
        Description = "bios or uefi",
        DefaultValueFactory = _ => "bios",
        HelpName = "NAME",
    };
    private readonly Option<int?> _memory = new("--memory", "--qemu-memory")
    {
        Description = "Memory of a machine in MiB (default: 1024)",
        HelpName = "MIB",
        CustomParser = Numbers.Whole(64, 1024 * 1024),
    };
    private readonly Option<string?> _ignition = new("--ignition", "-i")
    {
        Description = "Ignition config merged into every machine",
        HelpName = "FILE",
    };
    private readonly Option<string?> _butane = new("--butane")
    {
        Description = "Butane config translated and merged into every machine",
        HelpName = "FILE",
    };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="image">Whether it may boot an image that belongs to no build.</param>
    public BootOptions(Command verb, bool image = true)
    {
        WrongValues.OneOf(_firmware, "bios", "uefi");
        Option[] options = [_firmware, _memory, _ignition, _butane];
        foreach (var option in image ? options.Prepend(_image) : options)
        {
            verb.Options.Add(option);
        }
    }

    /// <summary>What the user asked for.</summary>
    /// <param name="services">Resolves paths.</param>
    /// <param name="parsed">The parsed line.</param>
    /// <param name="build">Build id or <c>null</c>.</param>
    public BootRequest Request(Services services, ParseResult parsed, string? build) =>
        new()
        {
            WorkDirectory = services.WorkDirectory(parsed.GetValue(Verb.WorkDirectoryOption)),
            Build = build,
            Image = parsed.GetValue(_image) is { } image ? services.FullPath(image) : null,
            Firmware = parsed.GetValue(_firmware) == "uefi" ? MachineFirmware.Uefi : MachineFirmware.Bios,
            MemoryMiB = parsed.GetValue(_memory),
            Ignition = parsed.GetValue(_ignition) is { } ignition ? services.FullPath(ignition) : null,
            TerminalType = services.Environment("TERM"),
            Butane = parsed.GetValue(_butane) is { } butane ? services.FullPath(butane) : null,
        };
}
