using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Configs;

/// <summary>Reads image.yaml and platforms.yaml.</summary>
/// <param name="problems">Receives PL1050–PL1052, PL1055 and those of YAML.</param>
/// <param name="remarks">Receives PL1053, PL1054.</param>
public sealed class ImageSettingsReader(DiagnosticBag problems, ICollection<Diagnostic> remarks)
{
    private const int MostIncludes = 20;
    private const int MostGibibytes = 16384;
    private readonly ConfigReader _reader = new(problems, remarks);

    /// <summary>
    /// Reads image.yaml with what it includes. Of scalars the first file's value counts; lists are joined, each item once, the including
    /// file's first.
    /// </summary>
    /// <param name="config">The root file.</param>
    /// <param name="stream">Stands for <c>{stream}</c>; <c>null</c> leaves it.</param>
    /// <param name="open">Gives a file that is included by its name relative to the root file, or <c>null</c>.</param>
    public ImageSettings Image(ConfigText config, string? stream, Func<string, ConfigText?> open)
    {
        var settings = new ImageSettings();
        ConfigText? next = config;
        for (var seen = new HashSet<string>(StringComparer.Ordinal) { config.File }; next is not null; )
        {
            var (include, text) = (default(YamlScalar), next);
            next = null;
            foreach (var (key, value) in _reader.Open(text) is { } root ? Entries(_reader.Acting(root, ConfigKeys.Image)) : [])
            {
                switch (key)
                {
                    case "size":
                        settings = settings with { DiskSize = settings.DiskSize ?? Size(value) };
                        break;
                    case "extra-kargs":
                        var arguments = _reader.Texts(key, value).Select(a => Expanded(a, stream));
                        settings = settings with { ExtraKernelArguments = [.. settings.ExtraKernelArguments.Union(arguments)] };
                        break;
                    default:
                        include = value as YamlScalar;
                        break;
                }
            }

            if (include is not null)
            {
                next = seen.Count < MostIncludes ? open(Expanded(include.Text, stream)) : null;
                if (next is null || !seen.Add(next.File))
                {
                    var why = next is null ? "it is not there, or too many are" : "it is included already";
                    problems.Add(ConfigDiagnostics.Include(include.Text, why, include.Span));
                    next = null;
                }
            }
        }

        return settings;
    }

    /// <summary>Adds platforms.yaml.</summary>
    public ImageSettings Platforms(ConfigText config, ImageSettings settings)
    {
        var (architectures, consoles) = (new List<Architecture>(), new List<PlatformConsole>());
        foreach (var (name, value) in _reader.Open(config) is { } root ? Entries(root.Entries) : [])
        {
            if (!Architecture.TryParse(name, out var architecture))
            {
                problems.Add(ConfigDiagnostics.UnknownKey(name, value.Span, Architecture.All.Select(a => a.Name)));
                continue;
            }

            architectures.Add(architecture);
            foreach (var (platform, keys) in _reader.Mapping(name, value) is { } platforms ? Entries(platforms.Entries) : [])
            {
                if (PlatformTable.Known.Find(platform) is null)
                {
                    remarks.Add(ConfigDiagnostics.UnknownPlatform(platform, keys.Span));
                }

                foreach (
                    var (key, arguments) in _reader.Mapping(platform, keys) is { } m ? Entries(_reader.Acting(m, ConfigKeys.Platform)) : []
                )
                {
                    consoles.Add(new(platform, architecture, _reader.Texts(key, arguments)));
                }
            }
        }

        return settings with
        {
            ConsoleArchitectures = [.. architectures.Distinct()],
            Consoles = [.. consoles],
        };
    }

    private static IEnumerable<(string Key, YamlNode Value)> Entries(IEnumerable<YamlEntry> entries) =>
        entries.Select(e => (e.Key.Text, e.Value));

    private static string Expanded(string text, string? stream) =>
        stream is null ? text : text.Replace("{stream}", stream, StringComparison.Ordinal);

    private ByteSize? Size(YamlNode node)
    {
        if (
            node is YamlScalar scalar
            && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && size is >= 1 and <= MostGibibytes
        )
        {
            return ByteSize.FromGiB(size);
        }

        problems.Add(ConfigDiagnostics.WrongValue("size", $"a whole number of GiB, 1 to {MostGibibytes}", node.Span));
        return null;
    }
}
