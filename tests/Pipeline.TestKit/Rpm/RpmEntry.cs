using System.Globalization;
using System.Security;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Rpm;

/// <summary>A package of an RPM repository's index. Its file is some bytes: nothing that resolves or fetches opens it.</summary>
/// <param name="Name">Name.</param>
/// <param name="Version">Version without epoch and release.</param>
/// <param name="Release">Release.</param>
/// <param name="Architecture">Architecture.</param>
public sealed record RpmEntry(string Name, string Version = "1.0", string Release = "1", string Architecture = "noarch")
{
    /// <summary>Epoch.</summary>
    public int Epoch { get; init; }

    /// <summary>Capabilities beside its own name: <c>name</c> or <c>name = version</c>.</summary>
    public ValueList<string> Provides { get; init; } = [];

    /// <summary>What it needs: <c>name</c>, <c>name &gt;= version</c>, a path, or a rich dependency in parentheses.</summary>
    public ValueList<string> Requires { get; init; } = [];

    /// <summary>Weak dependencies.</summary>
    public ValueList<string> Recommends { get; init; } = [];

    /// <summary>Reverse weak dependencies.</summary>
    public ValueList<string> Supplements { get; init; } = [];

    /// <summary>What it does not go with.</summary>
    public ValueList<string> Conflicts { get; init; } = [];

    /// <summary>What it takes the place of.</summary>
    public ValueList<string> Obsoletes { get; init; } = [];

    /// <summary>Paths of its files.</summary>
    public ValueList<string> Files { get; init; } = [];

    /// <summary>What the index says its size is, when that is not the truth.</summary>
    public string? ClaimedSize { get; init; }

    /// <summary>What the index says its location is, when that is not the truth.</summary>
    public string? ClaimedLocation { get; init; }

    /// <summary>A real package file; <c>null</c> for some bytes.</summary>
    public byte[]? File { get; init; }

    /// <summary>The bytes of its file.</summary>
    public byte[] Content => File ?? Encoding.UTF8.GetBytes($"{Name} {Epoch} {Version} {Release} {Architecture}\n");

    /// <summary>Path of its file below the repository's base.</summary>
    public string Location => $"Packages/{Name}-{Version}-{Release}.{Architecture}.rpm";

    /// <summary>Its element of primary.xml.</summary>
    public string Primary() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <package type="rpm"><name>{Name}</name><arch>{Architecture}</arch>
            <version epoch="{Epoch}" ver="{Version}" rel="{Release}"/><checksum type="sha256" pkgid="YES">{Digest.Of(
                Content
            ).Hex}</checksum>
            <summary>{Name}</summary><description>{Name}</description><packager/><url/><time file="1" build="1"/>
            <size package="{ClaimedSize ?? Content.Length.ToString(CultureInfo.InvariantCulture)}" installed="1" archive="1"/>
            <location href="{ClaimedLocation ?? Location}"/>
            <format><rpm:license>x</rpm:license><rpm:vendor/><rpm:group>x</rpm:group><rpm:buildhost>x</rpm:buildhost>
            <rpm:sourcerpm>{Name}-{Version}-{Release}.src.rpm</rpm:sourcerpm><rpm:header-range start="1" end="2"/>
            {List("provides", [.. Provides, $"{Name} = {(Epoch == 0 ? "" : $"{Epoch}:")}{Version}-{Release}"])}{List("requires", Requires)}
            {List("recommends", Recommends)}{List("supplements", Supplements)}{List("conflicts", Conflicts)}{List("obsoletes", Obsoletes)}
            {string.Concat(Files.Where(IsPrimary).Select(f => $"<file>{SecurityElement.Escape(f)}</file>"))}</format></package>

            """
        );

    /// <summary>Its element of filelists.xml.</summary>
    public string FileList() =>
        $"<package pkgid=\"{Digest.Of(Content).Hex}\" name=\"{Name}\" arch=\"{Architecture}\">"
        + $"<version epoch=\"{Epoch}\" ver=\"{Version}\" rel=\"{Release}\"/>"
        + $"{string.Concat(Files.Select(f => $"<file>{SecurityElement.Escape(f)}</file>"))}</package>\n";

    private static bool IsPrimary(string path) =>
        path.StartsWith("/etc/", StringComparison.Ordinal) || path.Contains("bin/", StringComparison.Ordinal);

    private static string List(string kind, ValueList<string> entries) =>
        entries.Count == 0 ? "" : $"<rpm:{kind}>{string.Concat(entries.Select(Entry))}</rpm:{kind}>";

    private static string Entry(string text)
    {
        var words = text.StartsWith('(') ? [text] : text.Split(' ');
        if (words.Length != 3)
        {
            return $"<rpm:entry name=\"{SecurityElement.Escape(text)}\"/>";
        }

        var flags = words[1] switch
        {
            "=" => "EQ",
            ">=" => "GE",
            "<=" => "LE",
            ">" => "GT",
            _ => "LT",
        };
        var colon = words[2].IndexOf(':', StringComparison.Ordinal);
        var version = words[2][(colon + 1)..].Split('-');
        var release = version.Length > 1 ? $" rel=\"{version[1]}\"" : "";
        var epoch = colon < 0 ? "0" : words[2][..colon];
        var name = SecurityElement.Escape(words[0]);
        return $"<rpm:entry name=\"{name}\" flags=\"{flags}\" epoch=\"{epoch}\" ver=\"{version[0]}\"{release}/>";
    }
}
