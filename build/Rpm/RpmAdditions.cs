using Pipeline.Model.Diagnostics;
using static Pipeline.Build.Rpm.RpmAddition;

namespace Pipeline.Build.Rpm;

/// <summary>What stands for the maintainer scripts of each package of the minimal set.</summary>
internal static class RpmAdditions
{
    private const string LibraryDirectories = "/usr/lib /usr/lib64";
    private const string PamHead = "# What all services share: accounts of this machine, checked by pam_unix.\n";

    private const string Session = $"""
        {PamHead}session	[default=1]			pam_permit.so
        session	requisite			pam_deny.so
        session	required			pam_permit.so
        session	optional			pam_umask.so
        session	required			pam_unix.so

        """;

    private static readonly Dictionary<string, RpmAddition> Table = new(StringComparer.Ordinal)
    {
        ["base-files"] = BaseFiles(),
        ["base-passwd"] = new RpmAddition { Files = Accounts.Write, Sections = [Accounts.Shadow] },
        ["bash"] = Provided("/bin/bash"),
        ["ca-certificates"] = Certificates(),
        ["cpio"] = Links(("/usr/bin/mt", "mt-gnu")),
        ["dash"] = Provided("/bin/sh") + new RpmAddition { Tags = ["Requires(pre): base-files"] },
        ["dbus"] =
            Account("messagebus", "System Message Bus")
            + Owned("/usr/lib/dbus-1.0/dbus-daemon-launch-helper", 0b100_111_101_100, "messagebus"),
        ["debianutils"] = Links(("/usr/bin/which", "which.debianutils")) + Config("/etc/shells", Shells),
        ["iputils-arping"] = new RpmAddition
        {
            Files = p => p.Change("/usr/bin/arping", e => e with { Directives = "%caps(cap_net_raw=ep)" }),
        },
        ["kmod"] = Config("/etc/modules", "# Modules to load at boot, one name on a line. See modules-load.d(5).\n"),
        ["libc-bin"] = Libraries(),
        ["libglib2.0-0t64"] = Glib(),
        ["libpam-modules"] = Config("/etc/security/opasswd", "", 0b110_000_000) + Config("/etc/environment", ""),
        ["libpam-runtime"] = Pam(),
        ["libwrap0"] = Config("/etc/hosts.allow", "# See hosts_access(5).\n") + Config("/etc/hosts.deny", "# See hosts_access(5).\n"),
        ["mawk"] = Links(("/usr/bin/awk", "mawk"), ("/usr/bin/nawk", "mawk")),
        ["netbase"] =
            Config("/etc/hosts", "127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\n")
            + Config("/etc/networks", "default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n"),
        ["openssh-client"] = Account("_ssh") + Owned("/usr/bin/ssh-agent", 0b010_111_101_101, "_ssh"),
        ["openssh-server"] = Copy("/etc/ssh/sshd_config", "/usr/share/openssh/sshd_config"),
        ["openssl"] = Nothing,
        ["readline-common"] = Copy("/etc/inputrc", "/usr/share/readline/inputrc"),
        ["rpm-common"] = Database(),
        ["sudo"] = Owned("/etc/sudoers", 0b100_100_000, "root"),
        ["systemd"] = Systemd(),
        ["tar"] = Links(("/usr/sbin/rmt", "rmt-tar")),
        ["udev"] = Trigger(900_000, "/usr/lib/udev/hwdb.d", "systemd-hwdb --usr update") + Ghosts(0b100_100_100, "/usr/lib/udev/hwdb.bin"),
        ["util-linux"] = Links(("/usr/bin/pager", "more")),
    };

    /// <summary>
    /// Scripts that only upgrade from older releases of Debian, move what merged /usr left behind, restart services, or build an initramfs.
    /// </summary>
    private static readonly HashSet<string> Needless = new(StringComparer.Ordinal)
    {
        "dbus-daemon",
        "dbus-system-bus-common",
        "dracut",
        "e2fsprogs",
        "gzip",
        "iproute2",
        "libc6",
        "libext2fs2t64",
        "libgcrypt20",
        "libgssapi-krb5-2",
        "libpam0g",
        "libreadline8t64",
        "libselinux1",
        "libtirpc3t64",
        "libwtmpdb0",
        "linux-base",
        "login.defs",
        "ostree-boot",
        "passwd",
        "procps",
        "qemu-guest-agent",
        "systemd-resolved",
        "systemd-sysv",
        "systemd-timesyncd",
    };

    private static string Shells =>
        string.Concat("sh bash rbash dash".Split(' ').SelectMany(s => new[] { $"/bin/{s}\n", $"/usr/bin/{s}\n" }));

    /// <summary>What stands for the scripts of a package.</summary>
    /// <exception cref="PipelineException">PL0320: nobody looked at its scripts.</exception>
    public static RpmAddition Of(DebPackage package)
    {
        if (Kernel.IsKernel(package.Name))
        {
            return Kernel.Addition(package.Name);
        }

        if (Table.TryGetValue(package.Name, out var addition))
        {
            return addition + Presets(package);
        }

        return package.HasOwnScript && !Needless.Contains(package.Name)
            ? throw new PipelineException(
                Diagnostic.Error(
                    "PL0320",
                    $"the maintainer scripts of '{package.Name}' have no counterpart in RPM",
                    hint: "read them, and add a row to RpmAdditions for what they make, or to its list of those that make nothing"
                )
            )
            : Presets(package);
    }

    private static RpmAddition Provided(string path) => new() { Tags = [$"Provides: {path}"] };

    private static RpmAddition BaseFiles() =>
        Copy("/etc/profile", "/usr/share/base-files/profile")
        + Copy("/etc/motd", "/usr/share/base-files/motd")
        + Links(("/var/run", "/run"), ("/var/lock", "/run/lock"))
        + new RpmAddition
        {
            Files = payload =>
            {
                foreach (var path in new[] { "/mnt", "/srv", "/opt", "/media", "/etc/opt", "/var/opt" })
                {
                    payload.MakeDirectory(new(path, PayloadKind.Directory) { Mode = 0b111_101_101 });
                }

                payload.MakeDirectory(new("/var/mail", PayloadKind.Directory) { Mode = 0b010_111_111_101, Group = "mail" });
                foreach (
                    var (path, mode) in new[]
                    {
                        ("/var/log/wtmp", 0b110_110_100),
                        ("/var/log/btmp", 0b110_110_000),
                        ("/var/log/lastlog", 0b110_110_100),
                    }
                )
                {
                    payload.Write(
                        new(path, PayloadKind.File)
                        {
                            Mode = mode,
                            Group = "utmp",
                            Directives = "%ghost",
                        },
                        ""
                    );
                }
            },
        };

    private static RpmAddition Certificates() =>
        new()
        {
            Files = payload =>
                payload.Write(
                    new("/etc/ca-certificates.conf", PayloadKind.File) { Directives = "%config(noreplace)" },
                    string.Concat(
                        payload
                            .Entries.Select(e => e.Path)
                            .Where(p =>
                                p.StartsWith("/usr/share/ca-certificates/", StringComparison.Ordinal)
                                && p.EndsWith(".crt", StringComparison.Ordinal)
                            )
                            .Select(p => p["/usr/share/ca-certificates/".Length..] + "\n")
                    )
                ),
            Tags = ["Requires(post): coreutils", "Requires(post): findutils", "Requires(post): openssl", "Requires(post): sed"],
            Post = ["update-ca-certificates >/dev/null"],
        };

    /// <summary>The cache of the loader is made once, after all libraries are laid, by RPM's own Lua: no shell is needed for it.</summary>
    private static RpmAddition Libraries() =>
        Copy("/etc/nsswitch.conf", "/usr/share/libc-bin/nsswitch.conf")
        + Ghosts(0b110_100_100, "/etc/ld.so.cache")
        + new RpmAddition
        {
            Sections =
            [
                "%post -p /usr/sbin/ldconfig",
                $"%transfiletriggerin -P 2000000 -p <lua> -- {LibraryDirectories}\nrpm.execute(\"/usr/sbin/ldconfig\")",
                $"%transfiletriggerpostun -P 2000000 -p <lua> -- {LibraryDirectories}\nrpm.execute(\"/usr/sbin/ldconfig\")",
            ],
        };

    /// <summary>The lists of modules and schemas, in directories whose names have the architecture in them.</summary>
    private static RpmAddition Glib() =>
        Trigger(
            100_000,
            "/usr/lib",
            "for d in /usr/lib/*/gio/modules; do [ ! -d \"$d\" ] || \"${d%/gio/modules}\"/glib-2.0/gio-querymodules \"$d\"; done"
        ) + Trigger(100_000, "/usr/share/glib-2.0/schemas", "/usr/lib/*/glib-2.0/glib-compile-schemas /usr/share/glib-2.0/schemas");

    private static RpmAddition Pam() =>
        Config(
            "/etc/pam.d/common-auth",
            $"{PamHead}auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
                + "auth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\n"
        )
        + Config(
            "/etc/pam.d/common-account",
            $"{PamHead}account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\n"
                + "account\trequisite\t\t\tpam_deny.so\naccount\trequired\t\t\tpam_permit.so\n"
        )
        + Config(
            "/etc/pam.d/common-password",
            $"{PamHead}password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n"
                + "password\trequisite\t\t\tpam_deny.so\npassword\trequired\t\t\tpam_permit.so\n"
        )
        + Config("/etc/pam.d/common-session", Session)
        + Config("/etc/pam.d/common-session-noninteractive", Session);

    /// <summary>Where an image-based system keeps RPM's database: below /usr, with everything else that belongs to the image.</summary>
    private static RpmAddition Database() =>
        new()
        {
            Files = payload =>
            {
                payload.Write(new("/usr/lib/rpm/macros.d/macros.dbpath", PayloadKind.File), "%_dbpath /usr/lib/sysimage/rpm\n");
                payload.MakeDirectory(new("/usr/lib/sysimage/rpm", PayloadKind.Directory) { Mode = 0b111_101_101 });
            },
        };

    private static RpmAddition Systemd() =>
        Trigger(1_000_700, "/usr/lib/sysusers.d", "systemd-sysusers")
        + Trigger(1_000_500, "/usr/lib/tmpfiles.d", "systemd-tmpfiles --create --exclude-prefix=/dev --exclude-prefix=/proc")
        + Trigger(1_000_300, "/usr/lib/systemd/catalog", "journalctl --update-catalog")
        + Ghosts(0b100_100_100, "/etc/machine-id")
        + Preset("--system", ["getty@tty1.service", "remote-fs.target", "systemd-pstore.service"]);

    private static RpmAddition Presets(DebPackage package)
    {
        var (system, user) = package.Units;
        return Preset("--system", system) + Preset("--global", user);
    }
}
