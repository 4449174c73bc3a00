namespace Pipeline.Provisioning.Butane;

/// <summary>
/// A variant of Butane for another operating system, which this program does not translate: its configs are not Ignition configs, or follow
/// rules of that system.
/// </summary>
/// <param name="Name">The variant.</param>
/// <param name="Makes">What its configs are.</param>
internal sealed record ForeignVariant(string Name, string Makes)
{
    private const string Program = "use the program 'butane' (https://coreos.github.io/butane/getting-started/)";

    private static readonly ForeignVariant[] All =
    [
        new("openshift", "a MachineConfig of OpenShift"),
        new("r4e", "a config of RHEL for Edge"),
        new("fiot", "a config of Fedora IoT"),
        new("rhcos", "the old name of 'openshift'"),
    ];

    /// <summary>What to do.</summary>
    public string Hint =>
        Name == "rhcos" ? $"change it to 'openshift', and {Program}" : $"{Program}; the variants of this program are fcos and flatcar";

    /// <summary>The variant of that name, or <c>null</c>.</summary>
    public static ForeignVariant? Of(string name) => Array.Find(All, v => v.Name == name);
}
