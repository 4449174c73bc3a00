using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Model.Configs;

/// <summary>build-args.conf of fedora-coreos-config: the variables that its manifests expect from outside.</summary>
public static partial class BuildArguments
{
    /// <summary>
    /// The variables: <c>releasever</c> (the number of <c>VERSION</c>, as <c>44</c> of <c>44.dev</c>), <c>id</c>, <c>stream</c>,
    /// <c>osversion</c> (<c>ID-VERSION</c>, as <c>rhel-9.8</c>) and <c>deriving</c>, which is false: a compose does not start from an
    /// image.
    /// </summary>
    /// <param name="config">The file.</param>
    /// <param name="problems">Receives PL1050, PL1056, PL1057.</param>
    /// <param name="remarks">Receives PL1053.</param>
    public static IReadOnlyDictionary<string, string> Read(ConfigText config, DiagnosticBag problems, ICollection<Diagnostic> remarks)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in config.Text.Split('\n'))
        {
            number++;
            var (line, span) = (raw.Trim(), new SourceSpan(config.File, number, 1));
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (Argument().Match(line) is not { Success: true } match)
            {
                problems.Add(ConfigDiagnostics.BadLine(line, span));
            }
            else if (ConfigKeys.BuildArguments.FirstOrDefault(k => k.Name == match.Groups["name"].Value) is not { } key)
            {
                problems.Add(ConfigDiagnostics.UnknownKey(match.Groups["name"].Value, span, ConfigKeys.BuildArguments.Select(k => k.Name)));
            }
            else if (key.Reason is not null)
            {
                remarks.Add(ConfigDiagnostics.Noted(key, span));
            }
            else if (Plain().Match(match.Groups["value"].Value) is { Success: true } plain)
            {
                found[key.Name] = plain.Groups["value"].Value;
            }
            else
            {
                problems.Add(ConfigDiagnostics.BadLine(line, span));
            }
        }

        return Variables(found, new(config.File, 1, 1), problems);
    }

    private static Dictionary<string, string> Variables(Dictionary<string, string> found, SourceSpan span, DiagnosticBag problems)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["deriving"] = "false" };
        var version = found.GetValueOrDefault("VERSION", "");
        var major = version.Split('.')[0];
        if (int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            variables["releasever"] = major;
        }
        else
        {
            problems.Add(ConfigDiagnostics.NoArgument("VERSION", "a number, as 44 or 44.dev", span));
        }

        if (found.TryGetValue("ID", out var id))
        {
            variables["id"] = id;
            variables["osversion"] = $"{id}-{version}";
        }

        if (found.TryGetValue("STREAM", out var stream))
        {
            variables["stream"] = stream;
        }

        return variables;
    }

    [GeneratedRegex(@"^(?<name>[A-Z][A-Z0-9_]*)=(?<value>.*)\z")]
    private static partial Regex Argument();

    /// <summary>A value that a shell leaves as it is.</summary>
    [GeneratedRegex("""^(?:"(?<value>[^"$`\\{}]*)"|'(?<value>[^'${}]*)'|(?<value>[^"'\s$`\\{}]*))\z""")]
    private static partial Regex Plain();
}
