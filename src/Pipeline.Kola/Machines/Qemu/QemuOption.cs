using System.Globalization;
using Pipeline.Host.Tools;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>How values are written in QEMU's arguments.</summary>
internal static class QemuOption
{
    /// <summary>A text as the value of an option: a comma ends it unless doubled.</summary>
    public static string Escape(string text) => text.Replace(",", ",,", StringComparison.Ordinal);

    /// <summary>A number.</summary>
    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The call that makes a qcow2 file.</summary>
    /// <param name="arguments">Its path and size, with what it lies over in front.</param>
    public static ToolCommand CreateDisk(IEnumerable<string> arguments) =>
        new("qemu-img", ["create", "-q", "-f", "qcow2", .. arguments]) { MissingHint = KolaDiagnostics.QemuHint };

    /// <summary>The call that makes a machine's own disk over an image that stays as it is.</summary>
    /// <param name="image">The image.</param>
    /// <param name="disk">Path of the disk.</param>
    /// <param name="shape">The machine's shape.</param>
    public static ToolCommand CreateOverlay(QemuImage image, string disk, MachineShape shape) =>
        CreateDisk([
            "-b",
            image.Path,
            "-F",
            image.Format,
            disk,
            .. shape.SystemDisk.Size is { } size ? [Text(size.Bytes)] : Array.Empty<string>(),
        ]);
}
