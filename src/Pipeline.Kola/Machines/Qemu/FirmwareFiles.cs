using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>The files of a UEFI firmware: code that is shared read-only, and variables of which each machine gets a copy.</summary>
/// <param name="Code">Path of the code flash image.</param>
/// <param name="Variables">Path of the template of the variable store.</param>
internal sealed record FirmwareFiles(string Code, string Variables)
{
    /// <summary>Where distributions put them; 4 MiB variants first because newer packages ship only these.</summary>
    private static readonly ValueList<FirmwareFiles> Known =
    [
        new("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        new("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
        new("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
        new("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
    ];

    /// <summary>Whether one is installed.</summary>
    public static bool IsInstalled(Func<string, bool> exists) => Known.Any(f => exists(f.Code) && exists(f.Variables));

    /// <summary>The first installed firmware.</summary>
    /// <exception cref="PipelineException">PL4003 none is installed.</exception>
    public static FirmwareFiles Find(Func<string, bool> exists) =>
        Known.FirstOrDefault(f => exists(f.Code) && exists(f.Variables)) ?? throw new PipelineException(KolaDiagnostics.NoFirmware());
}
