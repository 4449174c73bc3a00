using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// Names the package whose script changed what no script may change. dpkg says when it begins with a package; at each such line the tree is
/// looked at, so the change is the work of the package before, or of a later one when lines are slow to arrive. Of those, the ones whose
/// scripts name the path are meant, if there are any.
/// </summary>
/// <param name="tree">The packages.</param>
/// <param name="root">The tree on disk.</param>
/// <param name="layout">What no script may change.</param>
/// <param name="parts">Hears when a package begins; <c>null</c> for nobody.</param>
internal sealed partial class ScriptSuspects(MergedTree tree, TreeHandle root, TreeLayout layout, ScriptParts? parts = null)
{
    private static readonly string[] Scripts = ["preinst", "postinst"];

    private readonly Dictionary<string, string> _scripts = tree
        .Packages.Select(p => (p.Name, Text: string.Concat(Scripts.Select(s => TextOf(p, s)))))
        .Where(p => p.Text.Length > 0)
        .DistinctBy(p => p.Name)
        .ToDictionary(p => p.Name, p => p.Text, StringComparer.Ordinal);
    private readonly List<string> _suspects = [];
    private bool _changed;

    /// <summary>Reads a line of the output.</summary>
    public void See(string line)
    {
        if (Begin().Match(line) is { Success: true } begin && begin.Groups[1].Value is var package && _scripts.ContainsKey(package))
        {
            parts?.Begin($"scripts of {package}");
            _changed = _changed || layout.IsBroken(root);
            if (!_changed)
            {
                _suspects.Clear();
            }

            _suspects.Add(package);
        }
    }

    /// <summary>Who did it, for a message; <paramref name="otherwise"/> when no package can be named.</summary>
    public string Name(string otherwise)
    {
        var paths = layout.Problems(root).Select(p => p.Rule.Path).ToArray();
        var named = _suspects.Where(s => paths.Any(p => ScriptText.Mentions(_scripts[s], p))).ToArray();
        string[] meant = [.. (named.Length > 0 ? named : _suspects.Take(2)).Distinct(StringComparer.Ordinal)];
        return ScriptText.Blame(meant, otherwise);
    }

    private static string TextOf(TreePackage package, string script) =>
        package.Layer.Layer.Control.TryGetValue(script, out var bytes) ? Encoding.Latin1.GetString(bytes) + "\n" : "";

    [GeneratedRegex(@"\A(?:Setting up|preinst of) ([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?(?: \(|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Begin();
}
