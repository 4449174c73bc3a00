using System.Text.RegularExpressions;

namespace Pipeline.Compose.Manifests;

/// <summary>A regular expression of a manifest over paths. It takes time that grows with the path, unless it looks back or ahead.</summary>
internal static class PathPattern
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The expression; <c>null</c> when it is none.</summary>
    public static Regex? Compile(string pattern)
    {
        try
        {
            return new(pattern, Options | RegexOptions.NonBacktracking, Patience);
        }
        catch (NotSupportedException)
        {
            return new(pattern, Options, Patience);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
