using System.Globalization;
using Pipeline.Cli.Answers;
using Pipeline.Compose.Families;

namespace Pipeline.Cli.Commands;

/// <summary>What is in a package, for people and for programs.</summary>
internal static class PackageAnswer
{
    /// <summary>For people; texts of the package are cleaned by the writer that this is given to.</summary>
    public static string Text(PackageReport report)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Line(text, "name", report.Name);
        Line(text, "version", report.Version);
        Line(text, "arch", report.Architecture);
        Line(text, "format", report.Format);
        foreach (var (name, value) in report.Fields)
        {
            Line(text, name, Indented(value, 15));
        }

        List(text, "digests", report.Digests, d => $"{Word(d.State), -12} {d.Algorithm} of {d.Covers} {d.Value}".TrimEnd());
        List(text, "signatures", report.Signatures, Describe);
        List(text, "relations", report.Relations, r => $"{r.Kind, -12} {r.Text}");
        foreach (var script in report.Scripts)
        {
            var by = script.Interpreter.Length > 0 ? $" by {script.Interpreter}" : "";
            text.WriteLine($"script {script.Name}{by}{(script.Condition.Length > 0 ? $" on {script.Condition}" : "")}");
            if (script.Text.Length > 0)
            {
                text.WriteLine($"  {Indented(script.Text.TrimEnd('\n'), 2)}");
            }
        }

        List(text, "files", report.Files, Describe);
        return text.ToString();
    }

    /// <summary>For programs: every member is always there, so that a query needs no case for a missing one.</summary>
    public static PackageDocument Json(PackageReport report) =>
        new(
            report.Format,
            report.Name,
            report.Version,
            report.Architecture,
            report.Fields.DistinctBy(f => f.Key).ToDictionary(f => f.Key, f => f.Value, StringComparer.Ordinal),
            [.. report.Digests.Select(d => new InspectedDigest(d.Algorithm, d.Covers, d.Value, Word(d.State)))],
            [.. report.Signatures.Select(s => new InspectedSignature(s.Name, s.Covers, Word(s.State), s.Key, s.Reason))],
            [.. report.Relations.Select(r => new InspectedRelation(r.Kind, r.Text))],
            [.. report.Scripts.Select(s => new InspectedScript(s.Name, s.Interpreter, s.Condition, s.Text))],
            [.. report.Files.Select(Json)],
            report.Problem
        );

    private static InspectedFile Json(PackagedFile file) =>
        new(
            file.Path,
            file.Kind,
            Convert.ToString(file.Mode, 8).PadLeft(4, '0'),
            file.User,
            file.Group,
            file.Size,
            file.Digest,
            file.Target,
            file.Capabilities,
            file.Flags,
            file.Language,
            file.Ima
        );

    private static string Describe(PackageSignature signature) =>
        $"{Word(signature.State), -12} {signature.Name} of {signature.Covers}"
        + (signature.Key is null ? "" : $" by {signature.Key}")
        + (signature.State == PackageCheck.NotChecked ? " (no key given)" : "")
        + (signature.Reason is null ? "" : $": {signature.Reason}");

    private static string Describe(PackagedFile file)
    {
        var extra = string.Concat(
            file.Capabilities.Length > 0 ? $" {file.Capabilities}" : "",
            file.Flags.Count > 0 ? $" [{string.Join(',', file.Flags)}]" : "",
            file.Language.Length > 0 ? $" lang({file.Language})" : "",
            file.Ima.Length > 0 ? " ima" : "",
            file.Digest.Length > 0 ? $" {file.Digest}" : ""
        );
        var name = $"{file.Path}{(file.Target.Length > 0 ? $" -> {file.Target}" : "")}".ReplaceLineEndings("?");
        return $"{Mode(file)} {file.User, -8} {file.Group, -8} {file.Size, 10} {name}{extra}";
    }

    /// <summary>As <c>ls -l</c> writes it.</summary>
    private static string Mode(PackagedFile file)
    {
        Span<char> mode = stackalloc char[10];
        mode[0] = file.Kind switch
        {
            "directory" => 'd',
            "link" => 'l',
            "special" => '?',
            _ => '-',
        };
        for (var i = 0; i < 9; i++)
        {
            mode[i + 1] = (file.Mode & (0x100 >> i)) != 0 ? "rwx"[i % 3] : '-';
        }

        foreach (var (bit, at, letter) in ((int, int, char)[])[(0x800, 3, 's'), (0x400, 6, 's'), (0x200, 9, 't')])
        {
            if ((file.Mode & bit) != 0)
            {
                mode[at] = mode[at] == 'x' ? letter : char.ToUpperInvariant(letter);
            }
        }

        return new(mode);
    }

    private static string Word(PackageCheck state) =>
        state switch
        {
            PackageCheck.Good => "good",
            PackageCheck.Bad => "bad",
            PackageCheck.UnknownKey => "unknown-key",
            PackageCheck.NotTrusted => "not-trusted",
            _ => "not-checked",
        };

    private static string Indented(string text, int by) =>
        text.ReplaceLineEndings("\n").Replace("\n", "\n" + new string(' ', by), StringComparison.Ordinal);

    private static void Line(StringWriter text, string label, string value) => text.WriteLine($"{label, -14} {value}".TrimEnd());

    private static void List<T>(StringWriter text, string title, IReadOnlyCollection<T> items, Func<T, string> line)
    {
        text.WriteLine(items.Count == 0 ? $"{title, -14} none" : $"{title} ({items.Count})");
        foreach (var item in items)
        {
            text.WriteLine($"  {line(item)}");
        }
    }
}
