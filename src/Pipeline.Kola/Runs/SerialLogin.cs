using Pipeline.Model.Text;

namespace Pipeline.Kola.Runs;

/// <summary>The Ignition config by which the serial console of a machine for a person logs in by itself.</summary>
internal static class SerialLogin
{
    /// <summary>The config.</summary>
    /// <param name="terminal">Kind of the person's terminal, as in <c>TERM</c>; <c>null</c> for the guest's own guess.</param>
    public static string Config(string? terminal)
    {
        var kind = terminal is { Length: > 0 and < 64 } && terminal.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+' or '_');
        var unit =
            "[Service]\n"
            + (kind ? $"Environment=TERM={terminal}\n" : "")
            + "ExecStart=\nExecStart=-/sbin/agetty --autologin core --keep-baud 115200,57600,38400,9600 - $TERM\n";
        var dropin = new JsonTextObject([new("name", new JsonTextString("10-login.conf")), new("contents", new JsonTextString(unit))]);
        var service = new JsonTextObject([
            new("name", new JsonTextString("serial-getty@.service")),
            new("dropins", new JsonTextArray([dropin])),
        ]);
        return JsonTextWriter.Write(
            new JsonTextObject([
                new("ignition", new JsonTextObject([new("version", new JsonTextString("3.0.0"))])),
                new("systemd", new JsonTextObject([new("units", new JsonTextArray([service]))])),
            ]),
            JsonStyle.Compact
        );
    }
}
