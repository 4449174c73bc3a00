using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// Variables of <c>.repo</c> files: <c>$basearch</c>, <c>$arch</c>, <c>$releasever</c>, the manifest's <c>repovars</c> and variables, and
/// <c>${mirror:ID}</c>.
/// </summary>
internal sealed partial class RepoVariables
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly MirrorResolver _mirrors;

    /// <summary>The variables of a manifest.</summary>
    public RepoVariables(Manifest manifest, MirrorResolver mirrors)
    {
        _mirrors = mirrors;
        foreach (var variable in manifest.Variables)
        {
            _values[variable.Name] = variable.Value;
        }

        foreach (var variable in manifest.RepositoryVariables)
        {
            _values[variable.Name] = variable.Value;
        }

        _values["arch"] = _values["basearch"] = manifest.Architecture.Name;
        if (manifest.ReleaseVersion is { } release)
        {
            _values["releasever"] = release;
        }
    }

    /// <summary>The text with its variables replaced, or <c>null</c> after reporting one that has no value.</summary>
    public async Task<string?> ExpandAsync(string text, SourceSpan span, DiagnosticBag problems, CancellationToken cancellationToken)
    {
        var (expanded, end, failed) = (new StringBuilder(), 0, false);
        foreach (Match match in Reference().Matches(text))
        {
            expanded.Append(text, end, match.Index - end);
            end = match.Index + match.Length;
            var name = match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value;
            var isMirror = name.StartsWith("mirror:", StringComparison.Ordinal);
            var value = isMirror
                ? await _mirrors.ResolveAsync(name["mirror:".Length..], span, problems, cancellationToken)
                : _values.GetValueOrDefault(name);
            if (value is null && !isMirror)
            {
                problems.Add(RepositoryDiagnostics.UnknownVariable(name, span, _values.Keys));
            }

            failed |= value is null;
            expanded.Append(value);
        }

        return failed ? null : expanded.Append(text, end, text.Length - end).ToString();
    }

    [GeneratedRegex(@"\$\{([^}]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)")]
    private static partial Regex Reference();
}
