using System.Globalization;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.Provisioning.Ignition;

/// <summary>Explains a config to people: what it does to a machine, in the order Ignition does it.</summary>
internal static class ConfigDescription
{
    private const int EmbeddedLimit = 256 * 1024 * 1024;

    /// <summary>Lines of text with a final line feed.</summary>
    public static string Of(IgnitionConfig config)
    {
        var size = Encoding.UTF8.GetByteCount(Provisioner.Write(config, pretty: false));
        var text = new StringBuilder($"Ignition {config.Version}, {ByteSize.FromBytes(size)}\n");
        Section(
            text,
            "configs",
            [
                .. config.Ignition.Merge.Select(r => $"merge    {Source(r)}"),
                .. config.Ignition.Replace is { } r ? (string[])[$"replace  {Source(r)}"] : [],
            ]
        );
        Section(text, "network", Network(config));
        Section(
            text,
            "kernel arguments",
            [.. config.KernelArguments.Select(a => $"+ {a}"), .. config.RemovedKernelArguments.Select(a => $"- {a}")]
        );
        Section(text, "disks", config.Storage.Disks.SelectMany(Disk));
        Section(text, "RAID", config.Storage.Raid.Select(r => $"{r.Name}  {r.Level}  {string.Join(' ', r.Devices)}"));
        Section(text, "LUKS", config.Storage.Luks.Select(l => $"{l.Name}  {l.Device}  unlocked by {l.Unlock}"));
        Section(
            text,
            "file systems",
            config.Storage.Filesystems.Select(f =>
                $"{f.Device}  {f.Format ?? "as it is"}{(f.Path is { } path ? $"  at {path}" : "")}{(f.Wipe ? "  wiped" : "")}"
            )
        );
        Section(text, "groups", config.Groups.Select(g => $"{g.Name}{Id(g.Gid)}{(g.ShouldExist ? "" : "  removed")}"));
        Section(text, "users", config.Users.Select(User));
        Section(text, "directories", config.Storage.Directories.Select(d => $"{Mode(d.Mode)}  {Owner(d)}  {d.Path}"));
        Section(text, "files", config.Storage.Files.Select(f => $"{Mode(f.Mode)}  {Owner(f)}  {Size(f), 9}  {f.Path}{Extra(f)}"));
        Section(text, "links", config.Storage.Links.Select(l => $"{l.Path} {(l.Hard ? "=>" : "->")} {l.Target}"));
        Section(text, "units", config.Units.Select(Unit));
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, IEnumerable<string> lines)
    {
        var all = lines.ToArray();
        if (all.Length == 0)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"{title} ({all.Length})\n");
        foreach (var line in all)
        {
            text.Append("  ").Append(Printable(line)).Append('\n');
        }
    }

    private static IEnumerable<string> Network(IgnitionConfig config)
    {
        if (config.Ignition.HttpProxy is { } http)
        {
            yield return $"http proxy   {http}";
        }

        if (config.Ignition.HttpsProxy is { } https)
        {
            yield return $"https proxy  {https}";
        }

        foreach (var authority in config.Ignition.CertificateAuthorities)
        {
            yield return $"authority    {Source(authority)}";
        }
    }

    private static IEnumerable<string> Disk(DiskEntry disk)
    {
        yield return $"{disk.Device}{(disk.WipeTable ? "  partition table wiped" : "")}";
        foreach (var (number, label, start, size) in disk.Partitions)
        {
            var place = start is null or 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  from {start} MiB");
            var amount = size is null or 0 ? "rest" : string.Create(CultureInfo.InvariantCulture, $"{size} MiB");
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"  {(number == 0 ? "next" : number)}  {label ?? "-"}  {amount}{place}"
            );
        }
    }

    private static string User(UserEntry user)
    {
        var keys = user.SshAuthorizedKeys.Count();
        var groups = string.Join(',', user.Groups);
        return $"{user.Name}{Id(user.Uid)}{(groups.Length == 0 ? "" : $"  groups {groups}")}{(user.HasPassword ? "  password" : "")}"
            + (keys == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  {keys} SSH key{(keys == 1 ? "" : "s")}"))
            + (user.ShouldExist ? "" : "  removed");
    }

    private static string Id(long? id) => id is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ({id})");

    private static string Mode(int? mode) => mode is null ? "default" : "0" + Convert.ToString(mode.Value, 8).PadLeft(3, '0');

    private static string Owner(FileEntry entry) => $"{entry.User ?? "root"}:{entry.Group ?? "root"}";

    private static string Size(FileEntry file) =>
        file.Contents is { } contents
            ? contents.Embedded(EmbeddedLimit) is { } bytes
                ? ByteSize.FromBytes(bytes.Length).ToString()
                : "fetched"
            : "-";

    private static string Extra(FileEntry file)
    {
        var fetched =
            file.Contents is { Source: { } source } && !source.StartsWith("data:", StringComparison.Ordinal) ? $"  from {source}" : "";
        var appended = file.Append.Count();
        return fetched
            + (appended == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  + {appended} appended"))
            + (file.Overwrite ? "  overwrites" : "");
    }

    private static string Unit(UnitEntry unit)
    {
        var dropins = string.Join(' ', unit.Dropins.Select(d => d.Name));
        var state =
            unit.Mask == true
                ? "masked"
                : unit.Enabled switch
                {
                    true => "enabled",
                    false => "disabled",
                    _ => "as it is",
                };
        var written = unit.Contents is null ? "" : "  written";
        return $"{state, -8}  {unit.Name}{written}{(dropins.Length == 0 ? "" : $"  drop-ins {dropins}")}";
    }

    private static string Source(ResourceEntry resource) =>
        resource.Embedded(EmbeddedLimit) is { } bytes ? $"embedded, {ByteSize.FromBytes(bytes.Length)}" : resource.Source ?? "-";

    /// <summary>Names come from the config; nothing in them may steer a terminal.</summary>
    private static string Printable(string line) => string.Concat(line.Select(c => char.IsControl(c) ? '?' : c));
}
