using System.Text.RegularExpressions;
using Pipeline.Compose;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Build.Rpm;

/// <summary>What the control part of a .deb says.</summary>
/// <param name="File">The package file.</param>
/// <param name="Fields">The fields of <c>control</c>; continued lines are separated by line feeds.</param>
/// <param name="ConfigFiles">Paths that a user may change.</param>
/// <param name="Scripts">Maintainer scripts by name.</param>
internal sealed partial record DebPackage(
    string File,
    IReadOnlyDictionary<string, string> Fields,
    IReadOnlySet<string> ConfigFiles,
    IReadOnlyDictionary<string, string> Scripts
)
{
    private static readonly string[] ScriptNames = ["preinst", "postinst"];

    /// <summary>Its name.</summary>
    public string Name => Fields["Package"];

    /// <summary>Its version.</summary>
    public RpmVersion Version => RpmVersion.Of(Fields["Version"]);

    /// <summary>Its architecture as RPM spells it.</summary>
    public string Architecture =>
        Fields["Architecture"] is var debian && debian == "all" ? "noarch"
        : Model.Values.Architecture.TryParse(debian, out var known) ? known.Name
        : debian;

    /// <summary>Whether other packages need it without saying so.</summary>
    public bool Essential => Fields.GetValueOrDefault("Essential") == "yes";

    /// <summary>Units that its scripts enable: of the system, and of every user.</summary>
    public (ValueList<string> System, ValueList<string> User) Units
    {
        get
        {
            var enabled = Scripts.Values.SelectMany(s => Enabled().Matches(s)).ToArray();
            return (
                [.. enabled.Where(m => !m.Groups[1].Success).Select(m => m.Groups[2].Value).Distinct().Order(StringComparer.Ordinal)],
                [.. enabled.Where(m => m.Groups[1].Success).Select(m => m.Groups[2].Value).Distinct().Order(StringComparer.Ordinal)]
            );
        }
    }

    /// <summary>
    /// Whether a script does more than what Debian's helpers put into it. What those do, file triggers and presets do in an RPM system.
    /// </summary>
    public bool HasOwnScript =>
        Scripts.Values.Any(s =>
            Generated()
                .Replace(s, "")
                .Split('\n')
                .Select(l => l.Trim())
                .Any(l => l is not ("" or "set -e" or "exit 0") && !l.StartsWith('#'))
        );

    /// <summary>All relations of some fields.</summary>
    public IEnumerable<ValueList<DebRelation>> Relations(params IEnumerable<string> fields) =>
        fields.SelectMany(f => DebRelation.Parse(Fields.GetValueOrDefault(f, "").Replace('\n', ' ')));

    /// <summary>Reads the control part.</summary>
    /// <param name="package">The file.</param>
    /// <param name="directory">An empty directory for its control files.</param>
    /// <param name="tools">Starts dpkg-deb.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<DebPackage> ReadAsync(
        FetchedFile package,
        string directory,
        IToolRunner tools,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
        await tools.RunAsync(new("dpkg-deb", ["--control", package.File, directory]), cancellationToken);
        var control = await Lines("control");
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var last = "";
        foreach (var line in control.Where(l => l.Length > 0))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line[0] is ' ' or '\t')
            {
                fields[last] += "\n" + line.Trim();
            }
            else if (colon > 0)
            {
                last = line[..colon];
                fields[last] = line[(colon + 1)..].Trim();
            }
        }

        var scripts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in ScriptNames.Where(n => System.IO.File.Exists(Path.Combine(directory, n))))
        {
            scripts[name] = await System.IO.File.ReadAllTextAsync(Path.Combine(directory, name), cancellationToken);
        }

        // A line may begin with a word such as remove-on-upgrade: that file is not in the package.
        var configs = (await Lines("conffiles")).Where(l => l.StartsWith('/')).ToHashSet(StringComparer.Ordinal);
        return new(package.File, fields, configs, scripts);

        async Task<string[]> Lines(string name) =>
            System.IO.File.Exists(Path.Combine(directory, name))
                ? await System.IO.File.ReadAllLinesAsync(Path.Combine(directory, name), cancellationToken)
                : [];
    }

    [GeneratedRegex(@"deb-systemd-helper (--user )?enable '([A-Za-z0-9@._:\\-]+)'")]
    private static partial Regex Enabled();

    [GeneratedRegex(
        @"^# Automatically added by dh_.*?^# End automatically added section",
        RegexOptions.Multiline | RegexOptions.Singleline
    )]
    private static partial Regex Generated();
}
