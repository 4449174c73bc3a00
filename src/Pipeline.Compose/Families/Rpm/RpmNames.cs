using System.Globalization;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Which texts of an index can be names, versions and paths.</summary>
internal static class RpmNames
{
    /// <summary>Whether a path is relative, plain and stays below its base.</summary>
    public static bool IsSafeLocation(string path) =>
        path.Length is > 0 and <= 1024
        && path[0] != '/'
        && path.Split('/').All(s => s.Length > 0 && s is not ("." or ".."))
        && path.All(c => c is > ' ' and < (char)0x7f and not ('\\' or '?' or '#'));

    /// <summary>Whether it is a package name: one that rpmbuild makes.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 200
        && (char.IsAsciiLetterOrDigit(name[0]) || name[0] == '_')
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.' or '_');

    /// <summary>Whether it is <c>[epoch:]version-release</c>.</summary>
    public static bool IsVersion(string version)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var parts = version[(colon + 1)..].Split('-');
        return version.Length <= 200
            && (colon < 0 || uint.TryParse(version.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            && parts.Length == 2
            && parts.All(p => p.Length > 0 && p.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '.' or '_' or '~' or '^'));
    }

    /// <summary>A version without an epoch of zero, as libsolv has it; lockfiles may write <c>0:</c>.</summary>
    public static string WithoutZeroEpoch(string version) => version.StartsWith("0:", StringComparison.Ordinal) ? version[2..] : version;
}
