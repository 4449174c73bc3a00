using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Butane;

/// <summary>The files, directories and links of a config by path, while entries are added.</summary>
internal sealed class NodeTracker
{
    private readonly SpecObject _config;
    private readonly Dictionary<string, (string Kind, SpecObject Node)> _nodes = new(StringComparer.Ordinal);

    public NodeTracker(SpecObject config)
    {
        _config = config;
        foreach (var kind in (string[])["files", "directories", "links"])
        {
            foreach (var node in config.Object("storage")?.Objects(kind) ?? [])
            {
                _nodes.TryAdd(node.TextOrEmpty("path"), (kind, node));
            }
        }
    }

    /// <summary>The entry of this kind at the path; <paramref name="taken"/> when an entry of another kind is there.</summary>
    public SpecObject? Find(string kind, string path, out bool taken)
    {
        var found = _nodes.TryGetValue(path, out var node);
        taken = found && node.Kind != kind;
        return found && !taken ? node.Node : null;
    }

    /// <summary>Appends an entry; owner and group are copied from <paramref name="owners"/>.</summary>
    public SpecObject Add(string kind, string path, Origin at, SpecObject? owners = null)
    {
        var storage = _config.Need("storage", at);
        var list = storage.NeedList(kind, at);
        var node = new SpecObject(IgnitionSpec.Config["storage"].Item![kind].Item!, at).With("path", path, at);
        foreach (var name in (string[])["user", "group"])
        {
            if (owners?.Object(name) is { IsEmpty: false } owner)
            {
                var made = node.Need(name, owner.Origin);
                made["id"] = owner["id"];
                made["name"] = owner["name"];
            }
        }

        list.Items.Add(node);
        _nodes.TryAdd(path, (kind, node));
        return node;
    }
}
