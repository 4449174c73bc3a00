using System.Xml;
using Pipeline.Compose.Solving;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Reads comps.xml: groups of packages, and environments, which are groups of groups.</summary>
internal static class CompsReader
{
    private const int MaxCharacters = 64 * 1024 * 1024;
    private const int MaxGroups = 10_000;

    /// <summary>The groups; an environment has the packages of its groups and an id that begins with <c>^</c>.</summary>
    /// <exception cref="PipelineException">PL1116 (class 5): the text makes no sense.</exception>
    public static IReadOnlyList<PackageGroup> Read(string repo, ReadOnlyMemory<byte> text) =>
        BoundedXml.ReadIndex(repo, "groups", text, MaxCharacters, Read);

    private static IReadOnlyList<PackageGroup> Read(XmlReader xml)
    {
        var groups = new Dictionary<string, PackageGroup>(StringComparer.Ordinal);
        var environments = new List<(string Id, List<string> Groups)>();
        foreach (var name in xml.Children().TakeWhile(_ => groups.Count + environments.Count < MaxGroups))
        {
            switch (name)
            {
                case "group" when ReadGroup(xml) is { } group:
                    groups[group.Id] = group;
                    break;
                case "environment" when ReadEnvironment(xml) is { } environment:
                    environments.Add(environment);
                    break;
                case "group" or "environment":
                    break;
                default:
                    xml.Skip();
                    break;
            }
        }

        return [.. groups.Values, .. environments.Select(e => Flatten(e.Id, e.Groups, groups))];
    }

    private static PackageGroup Flatten(string id, List<string> members, Dictionary<string, PackageGroup> groups)
    {
        var found = members.Select(m => groups.GetValueOrDefault(m)).OfType<PackageGroup>().ToArray();
        return new(
            $"^{id}",
            found.SelectMany(g => g.Packages).Distinct().ToValueList(),
            found.SelectMany(g => g.Conditional).Distinct().ToValueList()
        );
    }

    private static PackageGroup? ReadGroup(XmlReader xml)
    {
        var (id, packages, conditional) = ("", new List<string>(), new List<(string, string)>());
        foreach (var name in xml.Children())
        {
            switch (name)
            {
                case "id":
                    id = xml.Text();
                    break;
                case "packagelist":
                    ReadPackages(xml, packages, conditional);
                    break;
                default:
                    xml.Skip();
                    break;
            }
        }

        return id.Length == 0 ? null : new(id, packages.ToValueList(), conditional.ToValueList());
    }

    private static void ReadPackages(XmlReader xml, List<string> packages, List<(string Name, string Needs)> conditional)
    {
        foreach (var _ in xml.Children())
        {
            var (type, needs) = (xml.GetAttribute("type") ?? "mandatory", xml.GetAttribute("requires"));
            var name = xml.Text();
            if (!RpmNames.IsName(name))
            {
                continue;
            }

            if (type is "mandatory" or "default")
            {
                packages.Add(name);
            }
            else if (type == "conditional" && needs is not null)
            {
                conditional.Add((name, needs));
            }
        }
    }

    private static (string Id, List<string> Groups)? ReadEnvironment(XmlReader xml)
    {
        var (id, groups) = ("", new List<string>());
        foreach (var name in xml.Children())
        {
            switch (name)
            {
                case "id":
                    id = xml.Text();
                    break;
                case "grouplist":
                    groups.AddRange(xml.Children().Select(_ => xml.Text()));
                    break;
                default:
                    xml.Skip();
                    break;
            }
        }

        return id.Length == 0 ? null : (id, groups);
    }
}
