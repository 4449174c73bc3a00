using System.Globalization;
using Pipeline.Model.Values;

namespace Pipeline.Provisioning;

/// <summary>
/// Which versions of the specification a release of the program Ignition reads. Source:
/// https://github.com/coreos/ignition/blob/main/docs/specs.md, "Specification versions and Ignition releases".
/// </summary>
public static class IgnitionReleases
{
    /// <summary>The name of its package, in every distribution that has one.</summary>
    public const string Package = "ignition";

    /// <summary>The key of a commit's metadata with the newest final version of the specification that its Ignition reads.</summary>
    public const string CommitKey = "ignition.spec-version";

    /// <summary>The first release that reads a version, oldest first; a release reads all older versions too.</summary>
    private static readonly ValueList<(int Major, int Minor, IgnitionVersion Reads)> First =
    [
        (2, 0, IgnitionVersion.Of(0)),
        (2, 3, IgnitionVersion.Of(1)),
        (2, 7, IgnitionVersion.Of(2)),
        (2, 11, IgnitionVersion.Of(3)),
        (2, 15, IgnitionVersion.Of(4)),
        (2, 20, IgnitionVersion.Of(5)),
        (2, 26, IgnitionVersion.Of(6)),
    ];

    /// <summary>The newest final version that a release reads.</summary>
    /// <param name="packageVersion">Version of its package, for example <c>2.14.0+ds1-1</c> or <c>0:2.20.0-1.fc41</c>.</param>
    /// <returns>The version; <c>null</c> for a release before 2.0, and for a text that does not begin with two numbers.</returns>
    public static IgnitionVersion? NewestReadBy(string packageVersion)
    {
        ArgumentNullException.ThrowIfNull(packageVersion);
        var upstream = packageVersion[(packageVersion.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var parts = upstream.Split('.', 3);
        return parts.Length < 2 || Leading(parts[0]) is not { } major || Leading(parts[1]) is not { } minor
            ? null
            : First.LastOrDefault(f => major > f.Major || (major == f.Major && minor >= f.Minor)).Reads;
    }

    /// <summary>Whether an Ignition whose newest final version is <paramref name="newest"/> reads <paramref name="version"/>.</summary>
    /// <remarks>A release also reads the experimental version that follows its newest final one, and no other.</remarks>
    public static bool Reads(IgnitionVersion newest, IgnitionVersion version)
    {
        ArgumentNullException.ThrowIfNull(newest);
        ArgumentNullException.ThrowIfNull(version);
        return version.Experimental ? version.Minor == newest.Minor + 1 : version.Minor <= newest.Minor;
    }

    private static int? Leading(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
