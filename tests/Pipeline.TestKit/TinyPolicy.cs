namespace Pipeline.TestKit;

/// <summary>A small SELinux policy with all kinds of rules: enough to label files, nothing to load into a kernel.</summary>
public static class TinyPolicy
{
    private const string Settings = "SELINUX=permissive\nSELINUXTYPE=tiny\n";

    private const string Contexts = """
        # the last rule that matches wins, exact paths before patterns
        /.*                        system_u:object_r:default_t:s0
        /                     -d   system_u:object_r:root_t:s0
        /boot(/.*)?                system_u:object_r:boot_t:s0
        /etc(/.*)?                 system_u:object_r:etc_t:s0
        /etc/passwd           --   system_u:object_r:passwd_t:s0
        /usr(/.*)?                 system_u:object_r:usr_t:s0
        /usr/bin(/.*)?             system_u:object_r:bin_t:s0
        /usr/bin/[^/]*sh      --   system_u:object_r:shell_t:s0
        /usr/bin/.*           -l   system_u:object_r:link_t:s0
        /usr/lib/[^/]+\.so(\.[0-9]+)?  --  system_u:object_r:lib_t:s0:c1,c2
        /var(/.*)?                 system_u:object_r:var_t:s0
        /run(/.*)?                 <<none>>
        """;

    /// <summary>Its files by path, below <c>etc</c> or <c>usr/etc</c>.</summary>
    public static IReadOnlyList<(string Path, string Content)> Files { get; } =
    [
        ("selinux/config", Settings),
        ("selinux/tiny/contexts/files/file_contexts", Contexts + "\n"),
        ("selinux/tiny/contexts/files/file_contexts.local", "/usr/bin/local -- system_u:object_r:local_t:s0\n"),
        ("selinux/tiny/contexts/files/file_contexts.homedirs", "/home/[^/]+/.* user_u:object_r:home_t:s0\n"),
        ("selinux/tiny/contexts/files/file_contexts.subs", "/srv/site /usr/bin\n"),
        ("selinux/tiny/contexts/files/file_contexts.subs_dist", "/usr/etc /etc\n/usr/lib64 /usr/lib\n"),
        ("selinux/tiny/policy/policy.33", "not read here, but ostree hashes it\n"),
    ];

    /// <summary>Writes it.</summary>
    /// <param name="root">A tree.</param>
    /// <param name="etc">Where its settings are.</param>
    public static void Write(string root, string etc = "usr/etc")
    {
        foreach (var (path, content) in Files)
        {
            var file = Path.Combine(root, etc, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
        }
    }
}
