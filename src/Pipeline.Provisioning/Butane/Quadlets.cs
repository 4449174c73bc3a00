using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Butane;

/// <summary>
/// <c>systemd.quadlets</c> (fcos 1.8.0-experimental): files where Podman's generator finds them; instances of a template are links to it.
/// </summary>
internal sealed class Quadlets(Embedder embedder, DiagnosticBag problems)
{
    private const long Mode = FileModes.Plain;

    /// <summary>Adds all quadlets to the config.</summary>
    public void Add(SpecObject butane, SpecObject config)
    {
        var quadlets = butane.Object("systemd")?.Objects("quadlets").ToArray() ?? [];
        if (quadlets.Length == 0)
        {
            return;
        }

        var nodes = new NodeTracker(config);
        foreach (var quadlet in quadlets)
        {
            var name = quadlet.TextOrEmpty("name");
            var path = GoPath.Join($"/etc/containers/systemd{(quadlet.Flag("rootful") == true ? "" : "/users")}", name);
            if (TemplateOf(name) is not { } template)
            {
                AddFile(quadlet, path, nodes);
            }
            else if (IsFree("links", path, quadlet.Origin, nodes))
            {
                nodes.Add("links", path, quadlet.Origin).With("target", template, quadlet.Origin);
            }

            foreach (var dropin in quadlet.Objects("dropins"))
            {
                AddFile(dropin, $"{path}.d/{dropin.TextOrEmpty("name")}", nodes);
            }
        }
    }

    /// <summary>
    /// The template an instance belongs to (<c>a@b.container</c> to <c>a@.container</c>); <c>null</c> when the name is no instance.
    /// </summary>
    public static string? TemplateOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        var dot = name.LastIndexOf('.');
        return at < 0 || dot < 0 || at + 1 == dot ? null : $"{name[..at]}@.{name[(dot + 1)..]}";
    }

    private void AddFile(SpecObject from, string path, NodeTracker nodes)
    {
        if (IsFree("files", path, from.Origin, nodes) && Contents(from) is { } bytes)
        {
            var file = nodes.Add("files", path, from.Origin).With("mode", Mode, from.Origin);
            embedder.Embed(bytes, file.Need("contents", from.Origin), from.Origin);
        }
    }

    private bool IsFree(string kind, string path, Origin at, NodeTracker nodes)
    {
        var free = nodes.Find(kind, path, out var taken) is null && !taken;
        if (!free)
        {
            problems.Add(ButaneTexts.NodeExists(at, path));
        }

        return free;
    }

    private byte[]? Contents(SpecObject from) =>
        from["contentsLocal"] is SpecText { Value.Length: > 0 } local
            ? embedder.Read(local.Value, local.Origin)
            : Encoding.UTF8.GetBytes(from.TextOrEmpty("contents"));
}
