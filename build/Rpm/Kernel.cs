namespace Pipeline.Build.Rpm;

/// <summary>The kernel's package as RPM systems have it: image and configuration beside the modules, nothing in /boot.</summary>
internal static class Kernel
{
    private const string Prefix = "linux-image-";

    private static readonly string[] Made =
    [
        "modules.alias",
        "modules.alias.bin",
        "modules.builtin.alias.bin",
        "modules.builtin.bin",
        "modules.dep",
        "modules.dep.bin",
        "modules.devname",
        "modules.softdep",
        "modules.symbols",
        "modules.symbols.bin",
        "modules.weakdep",
    ];

    /// <summary>Whether a package holds a kernel, and not only the name of the newest one.</summary>
    public static bool IsKernel(string package) =>
        package.StartsWith(Prefix, StringComparison.Ordinal) && package.Length > Prefix.Length && char.IsAsciiDigit(package[Prefix.Length]);

    /// <summary>What stands for its scripts.</summary>
    public static RpmAddition Addition(string package)
    {
        var version = package[Prefix.Length..];
        var modules = $"/usr/lib/modules/{version}";
        return new RpmAddition
            {
                Files = payload => Move(payload, version, modules),
                Post = [$"depmod -a {version}"],
                Sections =
                [
                    $"""
                        %posttrans
                        if [ -x /usr/bin/kernel-install ] && [ -d /run/systemd/system ]; then
                          /usr/bin/kernel-install add {version} {modules}/vmlinuz || exit $?
                        fi
                        """,
                ],
            } + RpmAddition.Ghosts(0b110_100_100, [.. Made.Select(m => $"{modules}/{m}")]);
    }

    private static void Move(RpmPayload payload, string version, string modules)
    {
        foreach (var entry in payload.Entries.Where(e => e.Path.StartsWith("/boot/", StringComparison.Ordinal)).ToArray())
        {
            var name = Path.GetFileName(entry.Path);
            var plain = name.EndsWith($"-{version}", StringComparison.Ordinal) ? name[..^(version.Length + 1)] : name;
            payload.Move(entry.Path, $"{modules}/{(plain == "vmlinux" ? "vmlinuz" : plain)}");
        }
    }
}
