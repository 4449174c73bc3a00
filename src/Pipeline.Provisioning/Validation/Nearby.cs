using Pipeline.Model.Diagnostics;

namespace Pipeline.Provisioning.Validation;

/// <summary>
/// Lets the rules run although some values could not be read: all problems are reported at once, but none that may only follow from a value
/// that is missing because it was unreadable.
/// </summary>
internal static class Nearby
{
    /// <summary>
    /// Adds what the rules found, without what they say about objects that hold an unreadable value, or that lie above one.
    /// </summary>
    public static void AddOthers(DiagnosticBag found, DiagnosticBag problems)
    {
        // Sets of paths, so that a document of nothing but mistakes costs no square.
        var holders = new HashSet<string>(StringComparer.Ordinal);
        var above = new HashSet<string>(StringComparer.Ordinal);
        foreach (var problem in problems.Items.Where(d => d.Severity == Severity.Error))
        {
            var up = Up(problem.Path ?? "").ToArray();
            holders.Add(up.Length > 1 ? up[1] : "");
            above.UnionWith(up);
        }

        foreach (var problem in found.Items)
        {
            var path = problem.Path ?? "";
            if (!above.Contains(path) && !Up(path).Any(holders.Contains))
            {
                problems.Add(problem);
            }
        }
    }

    /// <summary>The path and all above it; the last is the empty one of the root.</summary>
    private static IEnumerable<string> Up(string path)
    {
        var separator = path.StartsWith('/') ? '/' : '.';
        while (path.Length > 0)
        {
            yield return path;
            path = path[..Math.Max(0, path.LastIndexOf(separator))];
        }

        yield return "";
    }
}
