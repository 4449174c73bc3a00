using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>Reads and writes the files of users and groups: passwd(5), group(5), shadow(5), gshadow(5).</summary>
internal static partial class AccountText
{
    private const int UserFields = 7;
    private const int GroupFields = 4;

    /// <summary>The accounts, sorted by name; of two lines with one name the first counts, as for the C library.</summary>
    /// <param name="text">A passwd or group file.</param>
    /// <param name="isGroup">Which.</param>
    /// <param name="wrong">Numbers of the lines that are none; empty lines and comments are left out.</param>
    public static ValueList<ManifestAccount> Read(string text, bool isGroup, out ValueList<int> wrong)
    {
        var (found, bad) = (new SortedDictionary<string, ManifestAccount>(StringComparer.Ordinal), new List<int>());
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var fields = line.Split(':');
            var group = 0u;
            if (
                fields.Length != (isGroup ? GroupFields : UserFields)
                || !Name().IsMatch(fields[0])
                || !Id(fields[2], out var id)
                || (!isGroup && !Id(fields[3], out group))
            )
            {
                bad.Add(number);
                continue;
            }

            found.TryAdd(fields[0], new(fields[0], id, isGroup ? null : group));
        }

        wrong = bad.ToValueList();
        return found.Values.ToValueList();
    }

    /// <summary>The shadow file of a passwd file: nobody has a password.</summary>
    public static string Shadow(string passwd) => Lines(passwd, f => $"{f[0]}:*::0:99999:7:::");

    /// <summary>The gshadow file of a group file.</summary>
    public static string GroupShadow(string group) => Lines(group, f => $"{f[0]}:::{f[^1]}");

    private static string Lines(string text, Func<string[], string> line) =>
        string.Concat(text.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => line(l.Split(':')) + "\n"));

    private static bool Id(string text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id < uint.MaxValue;

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.-]*\$?\z")]
    private static partial Regex Name();
}
