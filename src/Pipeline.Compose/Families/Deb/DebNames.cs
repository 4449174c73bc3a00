namespace Pipeline.Compose.Families.Deb;

/// <summary>Which texts of an index can be names, versions and paths.</summary>
internal static class DebNames
{
    /// <summary>Whether a path is relative, plain and stays below its base.</summary>
    public static bool IsSafeLocation(string path) =>
        path.Length is > 0 and <= 1024
        && path[0] != '/'
        && path.Split('/').All(s => s.Length > 0 && s is not ("." or ".."))
        && path.All(c => c is > ' ' and < (char)0x7f and not ('\\' or '?' or '#'));

    /// <summary>Whether it is a Debian package name (Policy 5.6.7).</summary>
    public static bool IsName(string name) =>
        name.Length is > 1 and <= 200
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.');

    /// <summary>Whether it is a Debian version (Policy 5.6.12).</summary>
    public static bool IsVersion(string version) =>
        version.Length is > 0 and <= 200 && version.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.' or '~' or ':');
}
