using Pipeline.Model.Text;
using Pipeline.Provisioning.Ignition;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning;

/// <summary>
/// A config of the Ignition specification, any version from 3.0.0 on (https://coreos.github.io/ignition/specs/). Immutable. The members are
/// those of all versions; a member the config's version does not have is never set.
/// </summary>
public sealed class IgnitionConfig : IEquatable<IgnitionConfig>
{
    internal IgnitionConfig(IgnitionVersion version, SpecObject root)
    {
        Version = version;
        Root = root;
    }

    /// <summary>The version it is written in.</summary>
    public IgnitionVersion Version { get; }

    /// <summary><c>ignition</c>: where other configs come from, timeouts, certificates and proxies.</summary>
    public IgnitionSection Ignition => new(Root.Object("ignition"));

    /// <summary><c>storage</c>.</summary>
    public StorageSection Storage => new(Root.Object("storage"));

    /// <summary><c>systemd.units</c>.</summary>
    public IEnumerable<UnitEntry> Units => (Root.Object("systemd")?.Objects("units") ?? []).Select(u => new UnitEntry(u));

    /// <summary><c>passwd.users</c>.</summary>
    public IEnumerable<UserEntry> Users => (Root.Object("passwd")?.Objects("users") ?? []).Select(u => new UserEntry(u));

    /// <summary><c>passwd.groups</c>.</summary>
    public IEnumerable<GroupEntry> Groups => (Root.Object("passwd")?.Objects("groups") ?? []).Select(g => new GroupEntry(g));

    /// <summary><c>kernelArguments.shouldExist</c>; since 3.3.0.</summary>
    public IEnumerable<string> KernelArguments => Root.Object("kernelArguments")?.Texts("shouldExist").Select(t => t.Value) ?? [];

    /// <summary><c>kernelArguments.shouldNotExist</c>; since 3.3.0.</summary>
    public IEnumerable<string> RemovedKernelArguments => Root.Object("kernelArguments")?.Texts("shouldNotExist").Select(t => t.Value) ?? [];

    internal SpecObject Root { get; }

    /// <summary>What it was translated from; <c>null</c> when it was written as Ignition.</summary>
    internal ButaneVersion? Source { get; init; }

    /// <summary>The config as JSON nodes, members in the order Ignition writes them.</summary>
    public JsonTextObject ToJson() => IgnitionWriter.Write(Root);

    /// <summary>Equal when they are written the same.</summary>
    public bool Equals(IgnitionConfig? other) => other is not null && other.ToJson().Equals(ToJson());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as IgnitionConfig);

    /// <inheritdoc/>
    public override int GetHashCode() => Root.Shape.Name.GetHashCode(StringComparison.Ordinal) ^ Version.GetHashCode();

    /// <summary>Compact JSON without a final line feed, the form that is put into machines.</summary>
    public override string ToString() => Provisioner.Write(this, pretty: false);
}
