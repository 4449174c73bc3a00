using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live.Customizing;

/// <summary>Configs of coreos-installer: YAML with the long names of its options.</summary>
internal static partial class InstallerConfig
{
    private static readonly ValueList<string> Keys =
    [
        "stream",
        "image-url",
        "image-file",
        "ignition-file",
        "ignition-url",
        "ignition-hash",
        "architecture",
        "platform",
        "console",
        "append-karg",
        "delete-karg",
        "copy-network",
        "network-dir",
        "save-partlabel",
        "save-partindex",
        "offline",
        "insecure",
        "insecure-ignition",
        "stream-base-url",
        "preserve-on-error",
        "fetch-retries",
        "dest-device",
    ];

    /// <summary>Checks that a text is one, and gives its keys.</summary>
    /// <exception cref="PipelineException">PL3118, or what is wrong with the YAML.</exception>
    public static ValueList<string> Check(string file, byte[] bytes)
    {
        var problems = new DiagnosticBag();
        var root = YamlText.Parse(file, Encoding.UTF8.GetString(bytes), problems);
        if (problems.HasErrors)
        {
            throw new PipelineException(problems.Items);
        }

        if (root is not YamlMapping map)
        {
            throw new PipelineException(
                LiveDiagnostics.BadInstallerConfig(new(file, 1, 1), "it is no mapping", "its keys are long options without '--'")
            );
        }

        foreach (var entry in map.Entries)
        {
            if (!Keys.Contains(entry.Key.Text))
            {
                problems.Add(
                    LiveDiagnostics.BadInstallerConfig(
                        entry.Key.Span,
                        $"unknown key '{entry.Key.Text}'",
                        ClosestName.Hint(entry.Key.Text, Keys, $"known are {string.Join(", ", Keys)}")
                    )
                );
            }
        }

        return problems.HasErrors ? throw new PipelineException(problems.Items) : [.. map.Entries.Select(e => e.Key.Text)];
    }

    /// <summary>Writes one; keys with nothing are left out, lists are lists and flags are <c>true</c>.</summary>
    public static byte[] Write(IEnumerable<(string Key, ValueList<string> Values, bool IsList)> settings)
    {
        var text = new StringBuilder();
        foreach (var (key, values, isList) in settings.Where(s => s.Values.Count > 0))
        {
            if (isList)
            {
                text.Append(key).Append(":\n");
                foreach (var value in values)
                {
                    text.Append("- ").Append(Quote(value)).Append('\n');
                }
            }
            else
            {
                text.Append(key).Append(": ").Append(values[0] == "true" ? values[0] : Quote(values[0])).Append('\n');
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A console as the kernel's <c>console=</c> names it, complete: <c>ttyS0</c> becomes <c>ttyS0,9600n8</c>.</summary>
    /// <exception cref="PipelineException">PL3117.</exception>
    public static string Console(string spec)
    {
        if (spec is "tty0" or "hvc0" or "ttysclp0")
        {
            return spec;
        }

        var match = Serial().Match(spec);
        return
            match.Success
            && byte.TryParse(match.Groups["port"].Value, out var port)
            && uint.TryParse(match.Groups["speed"] is { Success: true } given ? given.Value : "9600", out var speed)
            ? $"{match.Groups["device"].Value}{port},{speed}{Or(match.Groups["parity"], "n")}{Or(match.Groups["bits"], "8")}"
            : throw new PipelineException(LiveDiagnostics.BadConsole(spec));
    }

    private static string Or(Group group, string otherwise) => group.Success ? group.Value : otherwise;

    /// <summary>A string of JSON is one of YAML.</summary>
    private static string Quote(string value) => JsonTextWriter.Write(new JsonTextString(value), JsonStyle.Compact).TrimEnd('\n');

    [GeneratedRegex(
        @"\A(?<device>ttyS|ttyAMA)(?<port>[0-9]{1,3})(,(?<speed>[0-9]{1,10})((?<parity>[noe])(?<bits>[5-8])?)?)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Serial();
}
