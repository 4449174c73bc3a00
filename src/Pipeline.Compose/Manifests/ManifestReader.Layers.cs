using Pipeline.Host.Files;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <content><c>ostree-layers</c>: which directory a name means.</content>
internal sealed partial class ManifestReader
{
    private const string LayerPrefix = "overlay/";

    private ValueList<Overlay> Layers(TreefileConfig config)
    {
        var layers = new List<Overlay>();
        foreach (var item in AllItems(config, "ostree-layers").Concat(AllItems(config, "ostree-override-layers")))
        {
            if (item.Node is YamlScalar scalar && Layer(scalar, Around(item).Select(p => p.Directory)) is { } layer)
            {
                layers.Add(layer);
            }
        }

        return layers.ToValueList();
    }

    private Overlay? Layer(YamlScalar item, IEnumerable<string> around)
    {
        if (!item.Text.StartsWith(LayerPrefix, StringComparison.Ordinal))
        {
            _blocking.Add(ManifestDiagnostics.ForeignLayer(item.Text, item.Span));
            return null;
        }

        var name = item.Text[LayerPrefix.Length..];
        if (!FileNamePattern().IsMatch(name))
        {
            _problems.Add(ManifestDiagnostics.BadName("layer", item.Text, "'overlay/NAME' with one plain name", item.Span));
            return null;
        }

        // The root's directory first: a project may have a layer of its own in the place of one that it includes.
        string[] places = [.. around.Prepend(Path.GetDirectoryName(_request.Path)!).Distinct().Select(OverlaysBeside)];
        string[] layers = [.. places.Select(p => Path.Combine(p, name))];
        var layer = Array.Find(layers, l => UnixFile.Status(l) is not null) ?? layers[0];
        if (UnixFile.Status(layer) is { Kind: UnixKind.Symlink })
        {
            _blocking.Add(ManifestDiagnostics.LinkedLayer(item.Text, item.Span));
        }
        else if (!Directory.Exists(layer))
        {
            _blocking.Add(ManifestDiagnostics.MissingLayer(item.Text, item.Span, KnownLayers(places)));
        }

        return new(item.Text, layer, item.Span);
    }

    private static string OverlaysBeside(string directory) => Path.Combine(directory, "overlay.d");

    private static string[] KnownLayers(IEnumerable<string> places) =>
        [
            .. places
                .Where(Directory.Exists)
                .SelectMany(Directory.EnumerateDirectories)
                .Select(d => LayerPrefix + Path.GetFileName(d))
                .Distinct(),
        ];
}
