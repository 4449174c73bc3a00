using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pipeline.Model.Values;
using Pipeline.Provisioning.Schema;

namespace Pipeline.Provisioning;

/// <summary>A variant and version of the Butane specification and the Ignition version it is written as.</summary>
public sealed record ButaneVersion
{
    private ButaneVersion(string variant, int minor, int ignition, bool experimental = false)
    {
        Variant = variant;
        Minor = minor;
        Ignition = IgnitionVersion.Of(ignition);
        Experimental = experimental;
    }

    /// <summary>All that are read. Source: https://coreos.github.io/butane/specs/.</summary>
    public static ValueList<ButaneVersion> All { get; } =
    [
        new("fcos", 0, 0),
        new("fcos", 1, 1),
        new("fcos", 2, 2),
        new("fcos", 3, 2),
        new("fcos", 4, 3),
        new("fcos", 5, 4),
        new("fcos", 6, 5),
        new("fcos", 7, 6),
        new("fcos", 8, 7, experimental: true),
        new("flatcar", 0, 3),
        new("flatcar", 1, 4),
        new("flatcar", 2, 7, experimental: true),
    ];

    /// <summary><c>fcos</c> or <c>flatcar</c>.</summary>
    public string Variant { get; }

    /// <summary>The middle number; the major one is always 1 and the patch level 0.</summary>
    public int Minor { get; }

    /// <summary>Whether the version may still change.</summary>
    public bool Experimental { get; }

    /// <summary>The version configs are written as.</summary>
    public IgnitionVersion Ignition { get; }

    /// <summary>The text that stands in <c>version</c>.</summary>
    public string Version => string.Create(CultureInfo.InvariantCulture, $"1.{Minor}.0{(Experimental ? "-experimental" : "")}");

    /// <summary>Finds a known variant and version by their texts.</summary>
    public static bool TryFind(string? variant, string? version, [NotNullWhen(true)] out ButaneVersion? found)
    {
        found = All.FirstOrDefault(v => v.Variant == variant && v.Version == version);
        return found is not null;
    }

    /// <summary>The newest final version of a variant whose configs an Ignition reads; <c>null</c> when there is none.</summary>
    /// <param name="newest">The newest final version that the Ignition reads.</param>
    /// <param name="variant"><c>fcos</c> or <c>flatcar</c>.</param>
    public static ButaneVersion? NewestFor(IgnitionVersion newest, string variant) =>
        All.LastOrDefault(v => v.Variant == variant && !v.Experimental && IgnitionReleases.Reads(newest, v.Ignition));

    /// <summary>Variant and version.</summary>
    public override string ToString() => $"{Variant} {Version}";

    internal bool Has(Field field) => field.Only is { } only ? Variant == only.Variant && Minor >= only.Since : Ignition.Has(field.Since);

    /// <summary>Whether this is Fedora CoreOS of at least 1.<paramref name="minor"/>.0.</summary>
    internal bool IsFcos(int minor) => Variant == "fcos" && Minor >= minor;
}
