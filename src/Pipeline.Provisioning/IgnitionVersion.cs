using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pipeline.Model.Values;

namespace Pipeline.Provisioning;

/// <summary>
/// A version of the Ignition specification, 3.0.0 to 3.6.0 or the experimental 3.7.0; an experimental version sorts where its final one
/// will.
/// </summary>
public sealed record IgnitionVersion : IComparable<IgnitionVersion>
{
    private IgnitionVersion(int minor, bool experimental)
    {
        Minor = minor;
        Experimental = experimental;
    }

    /// <summary>All versions that are read and written, oldest first.</summary>
    public static ValueList<IgnitionVersion> All { get; } =
    [new(0, false), new(1, false), new(2, false), new(3, false), new(4, false), new(5, false), new(6, false), new(7, true)];

    /// <summary>The newest version that is not experimental.</summary>
    public static IgnitionVersion Latest { get; } = All.Last(v => !v.Experimental);

    /// <summary>The middle number; the major one is always 3 and the patch level 0.</summary>
    public int Minor { get; }

    /// <summary>Whether the version may still change.</summary>
    public bool Experimental { get; }

    /// <summary>The version 3.<paramref name="minor"/>.0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such version.</exception>
    public static IgnitionVersion Of(int minor) =>
        All.FirstOrDefault(v => v.Minor == minor) ?? throw new ArgumentOutOfRangeException(nameof(minor));

    /// <summary>Reads the exact text of a known version.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IgnitionVersion? version)
    {
        version = All.FirstOrDefault(v => v.ToString() == text);
        return version is not null;
    }

    /// <inheritdoc/>
    public int CompareTo(IgnitionVersion? other) => other is null ? 1 : Minor.CompareTo(other.Minor);

    /// <summary>Whether this version has what <paramref name="minor"/> introduced.</summary>
    public bool Has(int minor) => Minor >= minor;

    /// <summary>The text that stands in <c>ignition.version</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"3.{Minor}.0{(Experimental ? "-experimental" : "")}");
}
