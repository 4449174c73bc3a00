using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning;

/// <summary><c>ignition</c>.</summary>
public sealed record IgnitionSection
{
    private readonly SpecObject? _node;

    internal IgnitionSection(SpecObject? node) => _node = node;

    /// <summary><c>config.merge</c>: configs merged over this one, in order.</summary>
    public IEnumerable<ResourceEntry> Merge => (_node?.Object("config")?.Objects("merge") ?? []).Select(r => new ResourceEntry(r));

    /// <summary><c>config.replace</c>: the config used instead of this one; <c>null</c> when there is none.</summary>
    public ResourceEntry? Replace => _node?.Object("config")?.Object("replace") is { } r && r.HasText("source") ? new(r) : null;

    /// <summary><c>security.tls.certificateAuthorities</c>.</summary>
    public IEnumerable<ResourceEntry> CertificateAuthorities =>
        (_node?.Object("security")?.Object("tls")?.Objects("certificateAuthorities") ?? []).Select(r => new ResourceEntry(r));

    /// <summary><c>timeouts.httpResponseHeaders</c> in seconds; 0 = none, <c>null</c> = Ignition's default of 10.</summary>
    public long? HttpResponseHeadersSeconds => _node?.Object("timeouts")?.Number("httpResponseHeaders");

    /// <summary><c>timeouts.httpTotal</c> in seconds; 0 or <c>null</c> = none.</summary>
    public long? HttpTotalSeconds => _node?.Object("timeouts")?.Number("httpTotal");

    /// <summary><c>proxy.httpProxy</c>; since 3.1.0.</summary>
    public string? HttpProxy => _node?.Object("proxy")?.Text("httpProxy");

    /// <summary><c>proxy.httpsProxy</c>; since 3.1.0.</summary>
    public string? HttpsProxy => _node?.Object("proxy")?.Text("httpsProxy");
}

/// <summary><c>storage</c>.</summary>
public sealed record StorageSection
{
    private readonly SpecObject? _node;

    internal StorageSection(SpecObject? node) => _node = node;

    /// <summary><c>disks</c>.</summary>
    public IEnumerable<DiskEntry> Disks => All("disks").Select(n => new DiskEntry(n));

    /// <summary><c>raid</c>: name and level of each array.</summary>
    public IEnumerable<RaidEntry> Raid => All("raid").Select(n => new RaidEntry(n));

    /// <summary><c>luks</c>; since 3.2.0.</summary>
    public IEnumerable<LuksEntry> Luks => All("luks").Select(n => new LuksEntry(n));

    /// <summary><c>filesystems</c>.</summary>
    public IEnumerable<FilesystemEntry> Filesystems => All("filesystems").Select(n => new FilesystemEntry(n));

    /// <summary><c>files</c>.</summary>
    public IEnumerable<FileEntry> Files => All("files").Select(n => new FileEntry(n));

    /// <summary><c>directories</c>.</summary>
    public IEnumerable<FileEntry> Directories => All("directories").Select(n => new FileEntry(n));

    /// <summary><c>links</c>.</summary>
    public IEnumerable<LinkEntry> Links => All("links").Select(n => new LinkEntry(n));

    private IEnumerable<SpecObject> All(string name) => _node?.Objects(name) ?? [];
}

/// <summary>Something that is fetched.</summary>
public sealed record ResourceEntry
{
    private readonly SpecObject _node;

    internal ResourceEntry(SpecObject node) => _node = node;

    /// <summary><c>source</c>: its URL.</summary>
    public string? Source => _node.Text("source");

    /// <summary><c>compression</c>: empty or <c>gzip</c>.</summary>
    public string? Compression => _node.Text("compression");

    /// <summary><c>verification.hash</c>, of the decompressed bytes.</summary>
    public string? Hash => _node.Object("verification")?.Text("hash");

    /// <summary>
    /// The bytes a <c>data:</c> URL holds, decompressed; <c>null</c> when the source is another URL or holds no valid data.
    /// </summary>
    /// <param name="limit">Most bytes after decompression; more is <c>null</c> too.</param>
    public byte[]? Embedded(int limit) =>
        Source is { } source && source.StartsWith("data:", StringComparison.Ordinal) && DataUrl.Decode(source, out _) is { } bytes
            ? Compression == "gzip"
                ? Gzip.Decompress(bytes, limit)
                : bytes.Length <= limit
                    ? bytes
                    : null
            : null;
}

/// <summary>A file or directory.</summary>
public sealed record FileEntry
{
    private readonly SpecObject _node;

    internal FileEntry(SpecObject node) => _node = node;

    /// <summary><c>path</c>, absolute.</summary>
    public string Path => _node.TextOrEmpty("path");

    /// <summary><c>mode</c>; <c>null</c> = Ignition's default (0644 or 0755).</summary>
    public int? Mode => (int?)_node.Number("mode");

    /// <summary><c>overwrite</c>.</summary>
    public bool Overwrite => _node.Flag("overwrite") == true;

    /// <summary><c>contents</c>; <c>null</c> for directories and when there are none.</summary>
    public ResourceEntry? Contents => _node.Object("contents") is { } c && c["source"] is not null ? new(c) : null;

    /// <summary><c>append</c>.</summary>
    public IEnumerable<ResourceEntry> Append => _node.Objects("append").Select(r => new ResourceEntry(r));

    /// <summary><c>user</c>, as a name or a number; <c>null</c> = root.</summary>
    public string? User => Entries.Owner(_node.Object("user"));

    /// <summary><c>group</c>, as a name or a number; <c>null</c> = root.</summary>
    public string? Group => Entries.Owner(_node.Object("group"));
}

/// <summary>A link.</summary>
public sealed record LinkEntry
{
    private readonly SpecObject _node;

    internal LinkEntry(SpecObject node) => _node = node;

    /// <summary><c>path</c>, absolute.</summary>
    public string Path => _node.TextOrEmpty("path");

    /// <summary><c>target</c>.</summary>
    public string Target => _node.TextOrEmpty("target");

    /// <summary><c>hard</c>.</summary>
    public bool Hard => _node.Flag("hard") == true;
}

/// <summary>A systemd unit.</summary>
public sealed record UnitEntry
{
    private readonly SpecObject _node;

    internal UnitEntry(SpecObject node) => _node = node;

    /// <summary><c>name</c> with its suffix.</summary>
    public string Name => _node.TextOrEmpty("name");

    /// <summary><c>enabled</c>; <c>null</c> = left as it is.</summary>
    public bool? Enabled => _node.Flag("enabled");

    /// <summary><c>mask</c>; <c>null</c> = left as it is.</summary>
    public bool? Mask => _node.Flag("mask");

    /// <summary><c>contents</c>.</summary>
    public string? Contents => _node.Text("contents");

    /// <summary><c>dropins</c>: name and contents.</summary>
    public IEnumerable<(string Name, string? Contents)> Dropins =>
        _node.Objects("dropins").Select(d => (d.TextOrEmpty("name"), d.Text("contents")));
}

/// <summary>A user.</summary>
public sealed record UserEntry
{
    private readonly SpecObject _node;

    internal UserEntry(SpecObject node) => _node = node;

    /// <summary><c>name</c>.</summary>
    public string Name => _node.TextOrEmpty("name");

    /// <summary><c>uid</c>; <c>null</c> = chosen by the system.</summary>
    public long? Uid => _node.Number("uid");

    /// <summary><c>groups</c>: supplementary groups.</summary>
    public IEnumerable<string> Groups => _node.Texts("groups").Select(t => t.Value);

    /// <summary><c>sshAuthorizedKeys</c>.</summary>
    public IEnumerable<string> SshAuthorizedKeys => _node.Texts("sshAuthorizedKeys").Select(t => t.Value);

    /// <summary>Whether a password hash is set.</summary>
    public bool HasPassword => _node.HasText("passwordHash");

    /// <summary><c>shouldExist</c>; since 3.2.0.</summary>
    public bool ShouldExist => _node.Flag("shouldExist") != false;
}

/// <summary>A group.</summary>
public sealed record GroupEntry
{
    private readonly SpecObject _node;

    internal GroupEntry(SpecObject node) => _node = node;

    /// <summary><c>name</c>.</summary>
    public string Name => _node.TextOrEmpty("name");

    /// <summary><c>gid</c>; <c>null</c> = chosen by the system.</summary>
    public long? Gid => _node.Number("gid");

    /// <summary><c>shouldExist</c>; since 3.2.0.</summary>
    public bool ShouldExist => _node.Flag("shouldExist") != false;
}

/// <summary>A disk.</summary>
public sealed record DiskEntry
{
    private readonly SpecObject _node;

    internal DiskEntry(SpecObject node) => _node = node;

    /// <summary><c>device</c>.</summary>
    public string Device => _node.TextOrEmpty("device");

    /// <summary><c>wipeTable</c>.</summary>
    public bool WipeTable => _node.Flag("wipeTable") == true;

    /// <summary><c>partitions</c>: number (0 = next free), label, start and size in MiB (0 or <c>null</c> = wherever and all).</summary>
    public IEnumerable<(long Number, string? Label, long? StartMiB, long? SizeMiB)> Partitions =>
        _node.Objects("partitions").Select(p => (p.Number("number") ?? 0, p.Text("label"), p.Number("startMiB"), p.Number("sizeMiB")));
}

/// <summary>A RAID array.</summary>
public sealed record RaidEntry
{
    private readonly SpecObject _node;

    internal RaidEntry(SpecObject node) => _node = node;

    /// <summary><c>name</c>.</summary>
    public string Name => _node.TextOrEmpty("name");

    /// <summary><c>level</c>.</summary>
    public string Level => _node.TextOrEmpty("level");

    /// <summary><c>devices</c>.</summary>
    public IEnumerable<string> Devices => _node.Texts("devices").Select(t => t.Value);
}

/// <summary>A LUKS volume.</summary>
public sealed record LuksEntry
{
    private readonly SpecObject _node;

    internal LuksEntry(SpecObject node) => _node = node;

    /// <summary><c>name</c>.</summary>
    public string Name => _node.TextOrEmpty("name");

    /// <summary><c>device</c>.</summary>
    public string Device => _node.TextOrEmpty("device");

    /// <summary>What unlocks it, for people: tpm2, tang servers, a custom pin, a CEX card, or a key file.</summary>
    public string Unlock
    {
        get
        {
            var clevis = _node.Object("clevis");
            string[] parts =
            [
                .. clevis?.Flag("tpm2") == true ? (string[])["TPM2"] : [],
                .. clevis?.Objects("tang").Select(t => $"tang {t.TextOrEmpty("url")}") ?? [],
                .. clevis?.Object("custom")?.HasText("pin") == true ? (string[])[$"clevis {clevis.Object("custom")!.Text("pin")}"] : [],
                .. _node.Object("cex")?.Flag("enabled") == true ? (string[])["CEX"] : [],
            ];
            return parts.Length == 0 ? "key file" : string.Join(", ", parts);
        }
    }
}

/// <summary>A file system.</summary>
public sealed record FilesystemEntry
{
    private readonly SpecObject _node;

    internal FilesystemEntry(SpecObject node) => _node = node;

    /// <summary><c>device</c>.</summary>
    public string Device => _node.TextOrEmpty("device");

    /// <summary><c>format</c>.</summary>
    public string? Format => _node.Text("format");

    /// <summary><c>path</c>: where Ignition mounts it.</summary>
    public string? Path => _node.Text("path");

    /// <summary><c>wipeFilesystem</c>.</summary>
    public bool Wipe => _node.Flag("wipeFilesystem") == true;
}

internal static class Entries
{
    public static string? Owner(SpecObject? node) =>
        node is null ? null
        : node.HasText("name") ? node.Text("name")
        : node.Number("id")?.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
