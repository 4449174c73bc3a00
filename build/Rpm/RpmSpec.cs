using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Build.Rpm;

/// <summary>The text of a spec file.</summary>
internal static partial class RpmSpec
{
    private const string Head = """
        %global __os_install_post %{nil}
        %global debug_package %{nil}
        %global _build_id_links none
        %global __docdir_path /usr/share/man:/usr/share/info
        %global _binaries_in_noarch_packages_terminate_build 0
        AutoReqProv: no

        """;

    /// <summary>The spec of a package of the set.</summary>
    /// <param name="package">The Debian package.</param>
    /// <param name="relations">Relations, as lines of the preamble.</param>
    /// <param name="addition">What stands for its scripts.</param>
    /// <param name="payload">Its files.</param>
    /// <param name="skipped">Paths whose owner is another package: its directories are not repeated.</param>
    public static string Of(
        DebPackage package,
        IEnumerable<string> relations,
        RpmAddition addition,
        RpmPayload payload,
        IReadOnlySet<string> skipped
    )
    {
        var description = package.Fields.GetValueOrDefault("Description", package.Name).Split('\n');
        var spec = Begin(package.Name, package.Version, package.Architecture, Escape(description[0]));
        if (package.Fields.GetValueOrDefault("Homepage") is { } home)
        {
            spec.Append(CultureInfo.InvariantCulture, $"URL: {Escape(home)}\n");
        }

        foreach (var line in relations.Concat(addition.Tags).Concat(OwnerTags(payload)).Distinct())
        {
            spec.Append(CultureInfo.InvariantCulture, $"{line}\n");
        }

        spec.Append(CultureInfo.InvariantCulture, $"\n%description\n{Escape(string.Join('\n', description))}\n");
        spec.Append("\n%install\nrmdir %{buildroot}\nmv %{_stage} %{buildroot}\n\n");
        Scriptlet(spec, "%pre", addition.Pre);
        Scriptlet(spec, "%post", addition.Post);
        foreach (var section in addition.Sections)
        {
            spec.Append(CultureInfo.InvariantCulture, $"{section}\n\n");
        }

        spec.Append("%files\n");
        foreach (var entry in payload.Entries.Where(e => e.Kind != PayloadKind.Directory || !skipped.Contains(e.Path)))
        {
            spec.Append(CultureInfo.InvariantCulture, $"{Line(entry)}\n");
        }

        return spec.ToString();
    }

    /// <summary>A package without files that needs others.</summary>
    public static string OfGroup(string name, string summary, IEnumerable<string> needed)
    {
        var spec = Begin(name, new("0", "1", "1"), "noarch", summary);
        foreach (var other in needed)
        {
            spec.Append(CultureInfo.InvariantCulture, $"Requires: {other}\n");
        }

        return spec.Append(CultureInfo.InvariantCulture, $"\n%description\n{summary}\n\n%files\n").ToString();
    }

    private static StringBuilder Begin(string name, RpmVersion version, string architecture, string summary) =>
        new StringBuilder(Head)
            .Append(CultureInfo.InvariantCulture, $"Name: {name}\n{(version.Epoch == "0" ? "" : $"Epoch: {version.Epoch}\n")}")
            .Append(CultureInfo.InvariantCulture, $"Version: {version.Version}\n")
            .Append(CultureInfo.InvariantCulture, $"Release: {version.Release}\nSummary: {summary}\n")
            .Append("License: see the copyright file\nVendor: Pipeline\n")
            .Append(architecture == "noarch" ? "BuildArch: noarch\n" : "");

    /// <summary>Who owns a file has to be known before it is laid.</summary>
    private static IEnumerable<string> OwnerTags(RpmPayload payload) =>
        payload.Entries.Any(e => e.Owner != "root" || e.Group != "root") && !payload.Has("/etc/passwd")
            ? ["Requires(pre): base-passwd"]
            : [];

    private static void Scriptlet(StringBuilder spec, string section, ValueList<string> lines)
    {
        if (lines.Count > 0)
        {
            spec.Append(CultureInfo.InvariantCulture, $"{section}\n{string.Join('\n', lines)}\n\n");
        }
    }

    private static string Line(PayloadEntry entry)
    {
        var mode = entry.Kind == PayloadKind.Link ? "-" : Convert.ToString(entry.Mode, 8);
        var kind = entry.Kind == PayloadKind.Directory ? "%dir " : "";
        var directives = entry.Directives.Length > 0 ? entry.Directives + " " : Marks(entry);
        return $"{kind}{directives}%attr({mode},{entry.Owner},{entry.Group}) \"{Pattern(entry.Path)}\"";
    }

    /// <summary>What a tree without documentation or with few languages leaves out; the copyright always stays.</summary>
    private static string Marks(PayloadEntry entry)
    {
        if (entry.Kind == PayloadKind.Directory)
        {
            return "";
        }

        var parts = entry.Path.Split('/');
        return parts switch
        {
            ["", "usr", "share", "doc", _, "copyright"] => "%license ",
            ["", "usr", "share", "doc" or "man" or "info", ..] => "%doc ",
            ["", "usr", "share", "locale", var language, _, ..] => $"%lang({language}) ",
            _ => "",
        };
    }

    /// <summary>A path as rpmbuild reads it in a list of files: a pattern, in which only brackets can quote.</summary>
    private static string Pattern(string path)
    {
        var isPattern = path.AsSpan().IndexOfAny("*?[") >= 0;
        return path.Any(c => c is '{' or '}' or '"' || char.IsControl(c)) || (isPattern && path.Contains('\\', StringComparison.Ordinal))
            ? throw new PipelineException(
                Diagnostic.Error(
                    "PL0321",
                    $"the path '{path}' cannot be written in a spec file",
                    hint: "leave it out of the package's payload"
                )
            )
            : Escape(Special().Replace(path, "[$0]"));
    }

    [GeneratedRegex("[*?[]")]
    private static partial Regex Special();

    private static string Escape(string text) => text.Replace("%", "%%", StringComparison.Ordinal);
}
