using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Butane;

/// <summary><c>systemd.quadlets</c> (fcos 1.8.0-experimental): files where Podman's generator finds them; instances of a template are links to it.</summary>
internal sealed class Quadlets(Embedder embedder, DiagnosticBag problems)
{
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
            var path = $"/etc/containers/systemd/{(quadlet.Flag("rootful") == true ? "" : "users/")}{name}";
            var template = TemplateOf(name);
            var exists = nodes.Find("files", path, out var taken) is not null;
            if (exists || taken)
            {
                problems.Add(ButaneTexts.NodeExists(quadlet.Origin, path));
            }
            else if (template is not null)
            {
                nodes.Add("links", path, quadlet.Origin).With("target", template, quadlet.Origin);
            }
            else if (Contents(quadlet) is { } bytes)
            {
                embedder.Embed(bytes, nodes.Add("files", path, quadlet.Origin).Need("contents", quadlet.Origin), quadlet.Origin);
            }
        }
    }

    /// <summary>The template an instance belongs to (<c>a@b.container</c> to <c>a@.container</c>); <c>null</c> when the name is no instance.</summary>
    public static string? TemplateOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return at < 0 || at + 1 == dot ? null : $"{name[..at]}@.{name[(dot + 1)..]}";
    }

    private byte[]? Contents(SpecObject quadlet) =>
        quadlet["contentsLocal"] is SpecText { Value.Length: > 0 } local
            ? embedder.Read(local.Value, local.Origin)
            : Encoding.UTF8.GetBytes(quadlet.TextOrEmpty("contents"));
}
