using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Deb;

/// <summary>A Debian package on its way into a tree.</summary>
internal sealed record DebPackage : TreePackage
{
    private readonly HashSet<string> _configurationFiles;
    private readonly HashSet<string> _replaces;

    /// <summary>Reads the control files.</summary>
    /// <exception cref="PipelineException">PL2113 (class 5).</exception>
    public DebPackage(PackageLayer layer)
        : base(layer)
    {
        Control = DebControl.Parse(layer.Package.Name, layer.Layer.Control["control"]);
        ConfigurationFiles = [.. (Text("conffiles") ?? "").Split('\n', StringSplitOptions.TrimEntries).Where(l => l.StartsWith('/'))];
        _configurationFiles = new(ConfigurationFiles, StringComparer.Ordinal);
        _replaces = new(Control.Names("Replaces"), StringComparer.Ordinal);
        Diverts = Text("preinst")?.Contains("dpkg-divert", StringComparison.Ordinal) == true;
    }

    /// <inheritdoc/>
    public override string Name => Control.Package;

    /// <summary>Its control file, read.</summary>
    public DebControl Control { get; }

    /// <summary>Configuration files by dpkg's rules, as absolute paths, in the package's order.</summary>
    public IReadOnlyList<string> ConfigurationFiles { get; }

    /// <summary>Whether its preinst may divert files of other packages.</summary>
    public bool Diverts { get; }

    /// <summary>A control file as text, or <c>null</c>.</summary>
    public string? Text(string name) => Layer.Layer.Control.TryGetValue(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Whether it names the package in <c>Replaces</c>.</summary>
    public bool Replaces(DebPackage other) => _replaces.Contains(other.Name);

    /// <summary>Whether an entry of this package is one of its configuration files.</summary>
    public bool IsConfiguration(LayerEntry entry) => entry.Kind == TarKind.File && _configurationFiles.Contains("/" + entry.RawPath);
}
