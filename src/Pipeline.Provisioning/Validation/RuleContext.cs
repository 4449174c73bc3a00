using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>What a rule sees: the version it applies to, where problems go, and how to name the place of a missing field.</summary>
internal sealed class RuleContext(IgnitionVersion version, DiagnosticBag problems)
{
    /// <summary>The version whose rules apply.</summary>
    public IgnitionVersion Version { get; } = version;

    /// <summary>Reports a problem.</summary>
    public void Report(Diagnostic diagnostic) => problems.Add(diagnostic);

    /// <summary>Where a field stands, or would stand.</summary>
    public static Origin At(SpecObject node, string name) =>
        node[name]?.Origin ?? node.Origin.Child(node.Origin.Pointer ? name : node.Shape[name].Yaml, node.Origin.Span);

    /// <summary>Checks an absolute path in its simplest form.</summary>
    public void CheckPath(string path, Origin at)
    {
        if (path.Length == 0)
        {
            Report(RuleTexts.PathMissing(at));
        }
        else if (path[0] != '/')
        {
            Report(RuleTexts.PathRelative(at, path));
        }
        else if (GoPath.Clean(path) is var clean && clean != path)
        {
            Report(RuleTexts.PathNotClean(at, path, clean));
        }
    }
}
