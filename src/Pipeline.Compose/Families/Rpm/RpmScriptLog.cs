using System.Text.RegularExpressions;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// Reads what <c>rpm -v</c> writes while it runs scripts: the name of each package, in front of which its %pre ran and behind which its
/// %post runs, and a line for each script that failed. So it knows who failed, with which words, and who changed what no script may change.
/// </summary>
internal sealed partial class RpmScriptLog
{
    private const int MostLines = 40;
    private const int MostAfter = 15;
    private static readonly RpmTag[] Texts =
    [
        RpmTag.PreTrans,
        RpmTag.PreIn,
        RpmTag.PostIn,
        RpmTag.PostTrans,
        RpmTag.TriggerScripts,
        RpmTag.FileTriggerScripts,
        RpmTag.TransFileTriggerScripts,
    ];

    private readonly TreeHandle _root;
    private readonly TreeLayout _layout;
    private readonly bool _early;
    private readonly Dictionary<string, RpmPackage> _packages;
    private readonly Queue<string> _lines = new();
    private readonly List<string> _suspects = [];
    private string? _last;
    private bool _changed;
    private string? _failed;
    private List<string> _words = [];

    /// <summary>Begins with the first line of one call of rpm.</summary>
    /// <param name="tree">The packages.</param>
    /// <param name="root">The tree on disk.</param>
    /// <param name="layout">What no script may change.</param>
    /// <param name="early">Whether the early scripts run.</param>
    public RpmScriptLog(MergedTree tree, TreeHandle root, TreeLayout layout, bool early)
    {
        (_root, _layout, _early) = (root, layout, early);
        _packages = tree.Packages.Cast<RpmPackage>().DistinctBy(p => p.FullName).ToDictionary(p => p.FullName, StringComparer.Ordinal);
    }

    /// <summary>Whose scripts run now, about: for a message about a process.</summary>
    public string? Current => _last is null ? null : $"the scripts of {_last}";

    /// <summary>Reads a line.</summary>
    public void See(string line)
    {
        if (_packages.TryGetValue(WithoutEpoch().Replace(line.Trim(), "-"), out var package))
        {
            Begin(package);
            return;
        }

        if (Failed().Match(line) is { Success: true } failed)
        {
            if (_failed is null)
            {
                _failed = Describe(failed, line);
                _words = [.. _lines, line];
            }

            return;
        }

        if (line is "Verifying packages..." or "Preparing packages...")
        {
            return;
        }

        if (_failed is not null && _words.Count < MostAfter)
        {
            _words.Add(line); // what Lua printed comes when rpm ends
        }

        _lines.Enqueue(line);
        if (_lines.Count > MostLines)
        {
            _lines.Dequeue();
        }
    }

    /// <summary>The first script that failed, with what it said; <c>null</c> when none did.</summary>
    public Diagnostic? Failure(string log) =>
        _failed is null ? null : TreeDiagnostics.ScriptFailed(_failed, string.Join('\n', _words), log);

    /// <summary>Who changed the layout, for a message; <paramref name="otherwise"/> when no package can be named.</summary>
    public string Name(string otherwise)
    {
        var paths = _layout.Problems(_root).Select(p => p.Rule.Path).ToArray();
        var naming = _packages
            .Values.Where(p => paths.Any(path => Mentions(p, path)))
            .Select(p => p.Name)
            .ToHashSet(StringComparer.Ordinal);
        var named = _suspects.Where(naming.Contains).ToArray();
        string[] meant = [.. (
                named.Length > 0 ? named
                : naming.Count > 0 ? [.. naming]
                : _suspects.Take(2)
            ).Distinct(StringComparer.Ordinal).Take(4)];
        return ScriptText.Blame(meant, otherwise);
    }

    private static bool Mentions(RpmPackage package, string path) =>
        Texts.SelectMany(t => package.Header.Texts(t, LayerLimits.Default.Entries)).Any(t => ScriptText.Mentions(t, path));

    private static string Describe(Match failed, string line)
    {
        var how = line[(line.LastIndexOf(')') + 1)..].Trim(' ', ':');
        const string status = "scriptlet failed, ";
        return $"%{failed.Groups["script"].Value} of '{PackagePath.Show(failed.Groups["package"].Value)}'"
            + (how.StartsWith(status, StringComparison.Ordinal) ? $" ({how[status.Length..]})" : "");
    }

    private void Begin(RpmPackage package)
    {
        _last = package.FullName;
        _lines.Clear();
        _changed = _changed || _layout.IsBroken(_root);
        if (!_changed)
        {
            _suspects.Clear();
        }

        // Its %pre has run, its %post will: lines may be slow to arrive, so that the change can also be a later one's.
        if (!_early || _changed)
        {
            _suspects.Add(package.Name);
        }
    }

    [GeneratedRegex(
        """\A(?:error|warning): (?:lua script failed: \[string ")?%(?<script>[a-z]+)\((?<package>[^()\s]+)\)(?: scriptlet failed|"\])""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Failed();

    [GeneratedRegex(@"-[0-9]+:(?=[^-]*-[^-]*\z)", RegexOptions.CultureInvariant)]
    private static partial Regex WithoutEpoch();
}
