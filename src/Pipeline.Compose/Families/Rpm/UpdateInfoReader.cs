using System.Xml;
using Pipeline.Compose.Solving;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Reads updateinfo.xml: advisories, and the packages that they speak of. Only those of wanted packages are kept.</summary>
internal static class UpdateInfoReader
{
    private const int MaxCharacters = 256 * 1024 * 1024;

    /// <summary>Fedora's largest has about 4000 advisories, RHEL's about 8000.</summary>
    private const int MostAdvisories = 200_000;
    private const int MostOfOne = 50_000;
    private const int MostText = 1000;

    private static readonly string[] Kinds = ["", "security", "bugfix", "enhancement", "newpackage"];
    private static readonly string[] Severities = ["", "low", "moderate", "important", "critical"];

    /// <summary>The advisories that speak of wanted packages, in the order of the document.</summary>
    /// <param name="repo">Names the repository in errors.</param>
    /// <param name="text">The document.</param>
    /// <param name="wanted">Packages as <see cref="Nevra"/> writes them.</param>
    /// <exception cref="PipelineException">PL1116 (class 5): the text makes no sense.</exception>
    public static IReadOnlyList<Advisory> Read(string repo, ReadOnlyMemory<byte> text, IReadOnlySet<string> wanted) =>
        BoundedXml.ReadIndex(repo, "advisories", text, MaxCharacters, xml => Read(xml, wanted));

    private static List<Advisory> Read(XmlReader xml, IReadOnlySet<string> wanted)
    {
        var (found, number) = (new List<Advisory>(), 0);
        foreach (var name in xml.Children())
        {
            if (name != "update")
            {
                xml.Skip();
            }
            else if (++number > MostAdvisories)
            {
                throw new XmlException($"it has more than {MostAdvisories} advisories");
            }
            else if (ReadUpdate(xml, wanted) is { } advisory)
            {
                found.Add(advisory);
            }
        }

        return found;
    }

    /// <summary><c>name-[epoch:]version-release.arch</c>, without an epoch of 0.</summary>
    public static string Nevra(string name, string epoch, string version, string release, string architecture) =>
        $"{name}-{(epoch is "0" or "" ? "" : epoch + ":")}{version}-{release}.{architecture}";

    private static Advisory? ReadUpdate(XmlReader xml, IReadOnlySet<string> wanted)
    {
        var kind = Index(Kinds, xml.GetAttribute("type"));
        var (id, severity) = ("", 0);
        var packages = new SortedSet<string>(StringComparer.Ordinal);
        var references = new List<AdvisoryReference>();
        foreach (var name in xml.Children())
        {
            switch (name)
            {
                case "id":
                    id = xml.Text();
                    break;
                case "severity":
                    severity = Index(Severities, xml.Text());
                    break;
                case "references":
                    ReadReferences(xml, references);
                    break;
                case "pkglist":
                    ReadCollections(xml, wanted, packages);
                    break;
                default:
                    xml.Skip();
                    break;
            }
        }

        return packages.Count == 0 || !IsLine(id) ? null : new(id, kind, severity, packages.ToValueList(), references.ToValueList());
    }

    private static void ReadReferences(XmlReader xml, List<AdvisoryReference> references)
    {
        foreach (var _ in xml.Children())
        {
            var (type, url, title) = (xml.GetAttribute("type"), xml.GetAttribute("href"), xml.GetAttribute("title"));
            title = string.IsNullOrEmpty(title) ? xml.GetAttribute("id") : title;
            if (type == "cve" && references.Count < MostOfOne && IsLine(url) && IsLine(title))
            {
                references.Add(new(url!, title!));
            }

            xml.Skip();
        }
    }

    private static void ReadCollections(XmlReader xml, IReadOnlySet<string> wanted, SortedSet<string> packages)
    {
        foreach (var _ in xml.Children())
        {
            foreach (var name in xml.Children())
            {
                if (name == "package" && packages.Count < MostOfOne)
                {
                    var nevra = Nevra(
                        xml.GetAttribute("name") ?? "",
                        xml.GetAttribute("epoch") ?? "0",
                        xml.GetAttribute("version") ?? "",
                        xml.GetAttribute("release") ?? "",
                        xml.GetAttribute("arch") ?? ""
                    );
                    if (wanted.Contains(nevra))
                    {
                        packages.Add(nevra);
                    }
                }

                xml.Skip();
            }
        }
    }

    private static int Index(string[] names, string? name) => Math.Max(0, Array.IndexOf(names, (name ?? "").Trim().ToLowerInvariant()));

    private static bool IsLine(string? text) => text is { Length: > 0 and <= MostText } && !text.Any(char.IsControl);
}
