using System.Globalization;
using System.Text;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>
/// Problems as workflow commands of GitHub Actions: the runner shows the text in the log, and the problem beside the line it is about.
/// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
/// </summary>
/// <param name="workspace">The variable GITHUB_WORKSPACE: the runner wants paths relative to it.</param>
public sealed class GitHubAnnotations(string? workspace)
{
    /// <summary>One line.</summary>
    public string Of(Diagnostic problem)
    {
        var command = problem.Severity switch
        {
            Severity.Error => "error",
            Severity.Warning => "warning",
            _ => "notice",
        };
        var properties = new StringBuilder();
        if (problem.Span is { } span)
        {
            properties.Append(CultureInfo.InvariantCulture, $"file={Property(Relative(span.File))},line={span.Line},col={span.Column},");
        }

        return $"::{command} {properties}title={Property(problem.Code)}::{Text(problem.ToString())}";
    }

    private string Relative(string file) =>
        !string.IsNullOrEmpty(workspace) && file.StartsWith(workspace.TrimEnd('/') + "/", StringComparison.Ordinal)
            ? file[(workspace.TrimEnd('/').Length + 1)..]
            : file;

    private static string Text(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal)
            .Replace("\r", "%0D", StringComparison.Ordinal)
            .Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) =>
        Text(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
