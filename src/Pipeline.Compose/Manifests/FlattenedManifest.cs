using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>The flattened manifest as a document: printed by <c>manifest show --json</c>, hashed as an input of a build.</summary>
internal static class FlattenedManifest
{
    /// <summary>All given keys in their merged form; packages with those of the architecture, scripts by content.</summary>
    public static JsonTextObject Of(TreefileConfig config, Manifest manifest)
    {
        var members = new SortedDictionary<string, JsonTextNode>(StringComparer.Ordinal);
        foreach (var (key, item) in config.Single)
        {
            members[key] = TreefileJson.ToJson(item.Node);
        }

        foreach (var (key, set) in config.Sets)
        {
            members[key] = Texts(set.Keys);
        }

        foreach (var (key, map) in config.Maps)
        {
            members[key] = new JsonTextObject(map.Select(m => new JsonTextMember(m.Key, TreefileJson.ToJson(m.Value.Value))).ToValueList());
        }

        foreach (var (key, list) in config.Lists)
        {
            members[key] = new JsonTextArray(list.Select(i => TreefileJson.ToJson(i.Node)).ToValueList());
        }

        // A script that could not be read is a problem already.
        if (config.Single.ContainsKey("postprocess-script") && manifest.Postprocess.Count > 0)
        {
            members["postprocess-script"] = new JsonTextString(manifest.Postprocess[^1]);
        }

        members["basearch"] = new JsonTextString(manifest.Architecture.Name);
        members["variables"] = new JsonTextObject(
            manifest.Variables.Select(v => new JsonTextMember(v.Name, new JsonTextString(v.Value))).ToValueList()
        );
        if (manifest.IsSchema)
        {
            members["schema"] = new JsonTextString("compose/v1");
        }

        return new(members.Select(m => new JsonTextMember(m.Key, m.Value)).ToValueList());
    }

    private static JsonTextArray Texts(IEnumerable<string> texts) =>
        new(texts.Select(t => (JsonTextNode)new JsonTextString(t)).ToValueList());
}
