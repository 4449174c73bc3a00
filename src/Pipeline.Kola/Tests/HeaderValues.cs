using System.Globalization;
using Pipeline.Kola.Machines;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>Reads values of header keys; each problem is reported with its place, and <c>null</c> or nothing returned.</summary>
internal static class HeaderValues
{
    /// <summary>Ours, and those that kola's own tests name.</summary>
    private static readonly ValueList<string> KnownPlatforms = PlatformTable
        .Known.Platforms.Select(p => p.Name)
        .Concat(["do", "esx", "packet", "qemu-iso", "qemu-unpriv"])
        .Distinct()
        .Order(StringComparer.Ordinal)
        .ToValueList();

    /// <summary>Text.</summary>
    public static string? Text(YamlNode node, DiagnosticBag problems)
    {
        if (node is YamlScalar scalar)
        {
            return scalar.Text;
        }

        problems.Add(KolaDiagnostics.BadTest($"expected text, not {node.Kind}", node.Span));
        return null;
    }

    /// <summary>A list, or one string of words separated by blanks, as kola has both.</summary>
    public static ValueList<string> Words(YamlNode node, DiagnosticBag problems) =>
        node switch
        {
            YamlScalar scalar => scalar.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is var words
            && words is [['!', .. var first], .. var rest]
                ? [.. new[] { first }.Concat(rest).Where(w => w.Length > 0).Select(w => "!" + w.TrimStart('!'))]
                : words.ToValueList(),
            YamlSequence list => list.Items.Select(i => Text(i, problems) ?? "").ToValueList(),
            _ => Report<string>(problems, KolaDiagnostics.BadTest($"expected words or a list, not {node.Kind}", node.Span)),
        };

    /// <summary>Words that are architectures as RPM spells them.</summary>
    public static ValueList<string> Architectures(YamlNode node, DiagnosticBag problems) =>
        Known(
            node,
            Architecture.IsName,
            word => KolaDiagnostics.BadTest($"there is no architecture '{word.Text}'", word.Span, Architecture.NameHint(word.Text)),
            problems
        );

    /// <summary>Words that are platforms of ours or of kola.</summary>
    public static ValueList<string> Platforms(YamlNode node, DiagnosticBag problems) =>
        Known(
            node,
            KnownPlatforms.Contains,
            word =>
                KolaDiagnostics.BadTest(
                    $"there is no platform '{word.Text}'",
                    word.Span,
                    ClosestName.Hint(word.Text, KnownPlatforms, $"platforms are {string.Join(", ", KnownPlatforms)}")
                ),
            problems
        );

    /// <summary>A word that is misspelled would skip the test everywhere, and nobody would notice.</summary>
    private static ValueList<string> Known(
        YamlNode node,
        Func<string, bool> isKnown,
        Func<YamlScalar, Diagnostic> unknown,
        DiagnosticBag problems
    )
    {
        var words = Words(node, problems);
        foreach (var word in words.Select(w => w.TrimStart('!')).Where(w => w.Length > 0 && !isKnown(w)).Distinct())
        {
            problems.Add(unknown(new(PlaceOf(node, word), word, YamlScalarStyle.Plain)));
        }

        return words;
    }

    /// <summary>Where a word stands: its item of a list, or its column in a plain text of one line.</summary>
    private static SourceSpan PlaceOf(YamlNode node, string word)
    {
        if (node is YamlSequence list)
        {
            return list.Items.OfType<YamlScalar>().FirstOrDefault(i => i.Text.TrimStart('!') == word)?.Span ?? node.Span;
        }

        var at = node is YamlScalar { Style: YamlScalarStyle.Plain } plain ? plain.Text.IndexOf(word, StringComparison.Ordinal) : 0;
        return node.Span with { Column = node.Span.Column + Math.Max(0, at) };
    }

    private static ValueList<T> Report<T>(DiagnosticBag problems, Diagnostic diagnostic)
    {
        problems.Add(diagnostic);
        return [];
    }

    /// <summary>A whole number within bounds.</summary>
    public static int? Number(YamlNode node, int least, int most, DiagnosticBag problems)
    {
        if (
            node is YamlScalar { Style: YamlScalarStyle.Plain } scalar
            && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= least
            && value <= most
        )
        {
            return value;
        }

        problems.Add(KolaDiagnostics.BadTest($"expected a whole number from {least} to {most}", node.Span));
        return null;
    }

    /// <summary>Exactly <c>true</c> or <c>false</c>.</summary>
    public static bool? Truth(YamlNode node, DiagnosticBag problems)
    {
        if (node is YamlScalar { Style: YamlScalarStyle.Plain, Text: "true" or "false" } scalar)
        {
            return scalar.Text == "true";
        }

        problems.Add(KolaDiagnostics.BadTest("expected true or false", node.Span));
        return null;
    }

    /// <summary>A day YYYY-MM-DD.</summary>
    public static DateOnly? Date(YamlNode node, DiagnosticBag problems)
    {
        if (
            node is YamlScalar scalar
            && DateOnly.TryParseExact(scalar.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        )
        {
            return date;
        }

        problems.Add(KolaDiagnostics.BadTest("expected a date YYYY-MM-DD", node.Span));
        return null;
    }

    /// <summary>A list of disks <c>SIZE[:OPTION,…]</c>.</summary>
    public static ValueList<MachineDisk> Disks(YamlNode node, DiagnosticBag problems)
    {
        if (node is not YamlSequence list)
        {
            return Report<MachineDisk>(problems, KolaDiagnostics.BadTest($"expected a list of disks, not {node.Kind}", node.Span));
        }

        return list.Items.Select(i => Disk(i, needsSize: true, problems)).OfType<MachineDisk>().ToValueList();
    }

    /// <summary>A disk <c>[SIZE][:OPTION,…]</c>; sizes are whole numbers with M, G or T (powers of 1024).</summary>
    public static MachineDisk? Disk(YamlNode node, bool needsSize, DiagnosticBag problems)
    {
        if (node is not YamlScalar scalar)
        {
            problems.Add(KolaDiagnostics.BadTest($"expected a disk, not {node.Kind}", node.Span));
            return null;
        }

        var (size, options) = scalar.Text.Split(':', 2) is [var head, var tail] ? (head, tail.Split(',')) : (scalar.Text, []);
        var disk =
            size.Length == 0 && !needsSize ? new MachineDisk()
            : Size(size) is { } bytes ? new MachineDisk { Size = bytes }
            : null;
        if (disk is null)
        {
            problems.Add(
                KolaDiagnostics.BadTest($"'{scalar.Text}' does not begin with the size of a disk", node.Span, "for example 5G, or 5G:mpath")
            );
            return null;
        }

        foreach (var option in options)
        {
            if (With(disk, option) is { } changed)
            {
                disk = changed;
            }
            else
            {
                problems.Add(
                    KolaDiagnostics.BadTest(
                        $"unknown or bad option '{option}' of a disk",
                        node.Span,
                        "options are 4k, 512e, mpath, channel=virtio|nvme|scsi, serial=TEXT, wwn=NUMBER"
                    )
                );
            }
        }

        return disk;
    }

    /// <summary>A list of kernel arguments, or one string of them separated by blanks.</summary>
    public static ValueList<string> Arguments(YamlNode node, DiagnosticBag problems)
    {
        ValueList<string> arguments = node is YamlScalar scalar
            ? [.. scalar.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)]
            : Words(node, problems);
        if (arguments.Any(a => a.Any(c => c < ' ' || c == '\x7f')))
        {
            problems.Add(KolaDiagnostics.BadTest("kernel arguments are on one line", node.Span));
            return [];
        }

        return arguments;
    }

    /// <summary>A list of whole numbers within bounds.</summary>
    public static ValueList<int> Numbers(YamlNode node, int least, int most, DiagnosticBag problems) =>
        node is YamlSequence list
            ? list.Items.Select(i => Number(i, least, most, problems)).OfType<int>().ToValueList()
            : Report<int>(problems, KolaDiagnostics.BadTest($"expected a list of numbers, not {node.Kind}", node.Span));

    /// <summary>One of several words.</summary>
    public static string? OneOf(YamlNode node, ValueList<string> words, DiagnosticBag problems)
    {
        if (Text(node, problems) is not { } text || words.Contains(text))
        {
            return (node as YamlScalar)?.Text;
        }

        problems.Add(KolaDiagnostics.BadTest($"unknown value '{text}'", node.Span, $"one of: {string.Join(", ", words)}"));
        return null;
    }

    private static ByteSize? Size(string text)
    {
        var unit = text is [.., var last] ? char.ToUpperInvariant(last) : ' ';
        if (!int.TryParse(unit is 'M' or 'G' or 'T' ? text[..^1] : "", NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        // Up to a pebibyte: sparse files cost nothing, and no number overflows.
        return count is > 0 and <= 1024 * 1024 && (unit != 'T' || count <= 1024)
            ? unit switch
            {
                'M' => ByteSize.FromMiB(count),
                'G' => ByteSize.FromGiB(count),
                _ => ByteSize.FromGiB(count * 1024L),
            }
            : null;
    }

    private static MachineDisk? With(MachineDisk disk, string option)
    {
        var (name, value) = option.Split('=', 2) is [var n, var v] ? (n, v) : (option, null);
        return (name, value) switch
        {
            ("4k", null) => disk with { Sectors = DiskSectors.Bytes4096 },
            ("512e", null) => disk with { Sectors = DiskSectors.Emulated512 },
            ("mpath", null) => disk with { IsMultipath = true, Channel = DiskChannel.Scsi },
            ("channel", "virtio") => disk with { Channel = DiskChannel.Virtio },
            ("channel", "nvme") => disk with { Channel = DiskChannel.Nvme },
            ("channel", "scsi") => disk with { Channel = DiskChannel.Scsi },
            ("serial", { Length: > 0 and <= 20 } serial) when serial.All(c => c is > ' ' and < '\x7f') => disk with { Serial = serial },
            ("wwn", { } number) when Wwn(number) is { } wwn => disk with { Wwn = wwn },
            _ => null,
        };
    }

    private static ulong? Wwn(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                ? hex
                : null
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
}
