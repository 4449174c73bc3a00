using System.Globalization;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Provisioning;

namespace Pipeline.Compose.Commits;

/// <summary>A value of a commit's metadata.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">The value.</param>
/// <param name="Type">Its type as GVariant writes it.</param>
internal sealed record CommitValue(string Name, GVariant Value, string Type)
{
    private const string Text = "s";
    private const string Texts = "as";

    /// <summary>What a manifest adds to its commit.</summary>
    public static IReadOnlyList<CommitValue> Of(Manifest manifest) =>
        [
            .. manifest.CommitMetadata.Members.Select(m => Of(m.Name, m.Value)),
            .. Optional("ostree.container-cmd", manifest.ContainerCommand),
            .. Optional("rpmostree.initramfs-args", manifest.HasInitramfs && !manifest.IsContainer ? manifest.InitramfsArguments : []),
        ];

    /// <summary>What a commit says of its packages: the configs that its Ignition reads, when it has one.</summary>
    public static IReadOnlyList<CommitValue> Of(Lockfile lockfile) =>
        IgnitionSpec(lockfile) is { } version ? [new(IgnitionReleases.CommitKey, GVariant.Text(version.ToString()), Text)] : [];

    /// <summary>The newest version of Ignition's specification that a tree of these packages reads; <c>null</c> when unknown.</summary>
    public static IgnitionVersion? IgnitionSpec(Lockfile lockfile) =>
        lockfile.Packages.FirstOrDefault(p => p.Name == IgnitionReleases.Package) is { } package
            ? IgnitionReleases.NewestReadBy(package.Version)
            : null;

    /// <summary>
    /// A value of JSON as json-glib reads it without a signature: numbers are <c>x</c>, lists <c>av</c>, objects <c>a{sv}</c>.
    /// </summary>
    internal static CommitValue Of(string name, JsonTextNode node) =>
        node switch
        {
            JsonTextBool b => new(name, GVariant.Boolean(b.Value), "b"),
            JsonTextNumber n => new(name, GVariant.Int64(long.Parse(n.Raw, CultureInfo.InvariantCulture)), "x"),
            JsonTextArray a => new(name, GVariant.Array(sizeof(ulong), [.. a.Items.Select(i => Boxed(Of("", i)))]), "av"),
            JsonTextObject o => new(
                name,
                GVariant.Array(
                    sizeof(ulong),
                    [.. o.Members.Select(m => GVariant.Tuple(GVariant.Text(m.Name), Boxed(Of(m.Name, m.Value))))]
                ),
                "a{sv}"
            ),
            JsonTextString s => new(name, GVariant.Text(s.Value), Text),
            _ => throw new InvalidOperationException(node.Kind),
        };

    private static GVariant Boxed(CommitValue value) => GVariant.Variant(value.Value, value.Type);

    private static CommitValue[] Optional(string name, ValueList<string> texts) =>
        texts.Count == 0 ? [] : [new(name, GVariant.Array(1, [.. texts.Select(t => GVariant.Text(t))]), Texts)];
}
