using Pipeline.Model.Values;
using Pipeline.Model.Versions;

namespace Pipeline.Build.Rpm;

/// <summary>One name of a Debian relation: <c>libc6 (&gt;= 2.38)</c>, <c>perl:any</c>.</summary>
/// <param name="Name">Without its architecture.</param>
/// <param name="Operator">As RPM writes it, or <c>null</c> for any version.</param>
/// <param name="Version">The Debian version, or <c>null</c>.</param>
internal sealed record DebRelation(string Name, string? Operator, string? Version)
{
    /// <summary>What RPM writes: <c>libc6 &gt;= 2.38-0</c>.</summary>
    /// <remarks>
    /// The release is always written: RPM ignores it in a comparison where one side has none, and then 2.38-1 is not greater than 2.38.
    /// </remarks>
    public string Text => Version is null ? Name : $"{Name} {Operator} {RpmVersion.Of(Version)}";

    /// <summary>The items of a field, each with its alternatives.</summary>
    public static ValueList<ValueList<DebRelation>> Parse(string field) =>
        [
            .. field
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(item => item.Split('|', StringSplitOptions.TrimEntries).Select(One).ToValueList()),
        ];

    private static DebRelation One(string text)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var name = (open < 0 ? text : text[..open]).Trim();
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        name = colon < 0 ? name : name[..colon];
        if (open < 0)
        {
            return new(name, null, null);
        }

        var words = text[(open + 1)..text.IndexOf(')', open)].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var sign = words[0] switch
        {
            "<<" => "<",
            ">>" => ">",
            var same => same,
        };
        return new(name, sign, words[1]);
    }
}

/// <summary>How a Debian version is written in RPM.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Version">The upstream version. RPM has no hyphen in it; any other separator compares the same.</param>
/// <param name="Release">Debian's revision; <c>0</c> for a package that has none, which Debian's order takes for the same.</param>
internal readonly record struct RpmVersion(string Epoch, string Version, string Release)
{
    /// <summary>The parts of a Debian version.</summary>
    public static RpmVersion Of(string debian)
    {
        var (epoch, version, revision) = PackageVersion.Parse(debian);
        return new(epoch, version.Replace('-', '.').Replace(':', '.'), debian.Contains('-', StringComparison.Ordinal) ? revision : "0");
    }

    /// <summary><c>version-release</c>, with the epoch in front when there is one.</summary>
    public override string ToString() => Epoch == "0" ? $"{Version}-{Release}" : $"{Epoch}:{Version}-{Release}";
}
