using System.Text.RegularExpressions;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// Names the package whose script changed what no script may change. dpkg says when it begins with a package; at each such line the tree is
/// looked at, so the change is the work of the package before, or of this one when the line was slow to arrive.
/// </summary>
/// <param name="tree">The packages.</param>
/// <param name="root">The tree on disk.</param>
/// <param name="layout">What no script may change.</param>
internal sealed partial class ScriptSuspects(MergedTree tree, TreeHandle root, TreeLayout layout)
{
    private static readonly string[] Scripts = ["preinst", "postinst"];

    private readonly HashSet<string> _withScripts = tree
        .Packages.Where(p => Scripts.Any(p.Layer.Layer.Control.ContainsKey))
        .Select(p => p.Name)
        .ToHashSet(StringComparer.Ordinal);
    private readonly HashSet<string> _suspects = new(StringComparer.Ordinal);
    private string? _current;
    private bool _changed;

    /// <summary>Reads a line of the output.</summary>
    public void See(string line)
    {
        if (!_changed && Begin().Match(line) is { Success: true } begin && begin.Groups[1].Value is var package && IsSuspect(package))
        {
            _changed = IsChanged();
            _suspects.Clear();
            _suspects.UnionWith(_changed ? [_current ?? package, package] : [package]);
            _current = package;
        }
    }

    /// <summary>Who did it, for a message; <paramref name="otherwise"/> when no package can be named.</summary>
    public string Name(string otherwise) =>
        _suspects.Count == 0
            ? otherwise
            : $"a script of {string.Join(" or ", _suspects.Order(StringComparer.Ordinal).Select(s => $"'{s}'"))}";

    private bool IsSuspect(string package) => _withScripts.Contains(package);

    private bool IsChanged()
    {
        try
        {
            return layout.Problems(root).Any();
        }
        catch (PipelineException)
        {
            return true; // a path that changes while it is looked at, or a loop of links
        }
    }

    [GeneratedRegex(@"\A(?:Setting up|preinst of) ([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?(?: \(|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Begin();
}
