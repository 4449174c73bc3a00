using System.Globalization;
using System.Text;
using Pipeline.Images.Live.Areas;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live.Making;

/// <summary>
/// The boot menu of an ISO with the place that may be changed: the kernel's arguments, and behind them a comment that gives way when they
/// become longer.
/// </summary>
/// <param name="title">What the entry is called.</param>
/// <param name="arguments">The arguments that the image is released with.</param>
internal sealed class LiveMenu(string title, ValueList<string> arguments)
{
    /// <summary>Bytes of the place: as many as coreos-installer takes, and as the kernel reads.</summary>
    public const int Size = KernelArgumentArea.Largest;

    private const string Head = """
        set timeout=5
        set default=0
        set gfxpayload=keep

        # UEFI firmware mirrors its console to the serial line; BIOS does not.
        if [ "${grub_platform}" = "pc" ]; then
          if serial --unit=0 --speed=115200; then
            terminal_input console serial
            terminal_output console serial
          fi
        fi


        """;

    private readonly string _arguments = string.Join(' ', arguments);

    /// <summary>The file.</summary>
    public byte[] Text => Encoding.ASCII.GetBytes(Before + Place + After);

    private string Before => $"{Head}menuentry '{title}' {{\n  linux /images/pxeboot/vmlinuz ";

    private string Place => (_arguments + "\n").PadRight(Size, '#');

    private static string After => "# COREOS_KARG_EMBED_AREA\n  initrd /images/pxeboot/initrd.img /images/ignition.img\n}\n";

    /// <summary>The document that says where the arguments are.</summary>
    /// <param name="path">Where the menu is in the image.</param>
    public byte[] Document(string path)
    {
        var file = new JsonTextObject([
            new("path", new JsonTextString(path)),
            new("offset", new JsonTextNumber(Before.Length.ToString(CultureInfo.InvariantCulture))),
            new("pad", new JsonTextString("#")),
            new("end", new JsonTextString("\n")),
        ]);
        var document = new JsonTextObject([
            new("files", new JsonTextArray([file])),
            new("size", new JsonTextNumber(Size.ToString(CultureInfo.InvariantCulture))),
            new("default", new JsonTextString(_arguments)),
        ]);
        return Encoding.UTF8.GetBytes(JsonTextWriter.Write(document, JsonStyle.Compact));
    }
}
