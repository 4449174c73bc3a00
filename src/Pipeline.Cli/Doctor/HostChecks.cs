using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Architecture = Pipeline.Model.Values.Architecture;

namespace Pipeline.Cli.Doctor;

/// <summary>The checks that need nothing but the host: programs, libraries, user namespaces, disk.</summary>
internal static class HostChecks
{
    private static readonly ByteSize DiskNeeded = ByteSize.FromGiB(8);

    // Program → Debian package. What build/packages.txt installs for a build and for machines.
    private static readonly (string Program, string Package, bool Machine)[] Programs =
    [
        ("gpgv", "gpgv", false),
        ("bwrap", "bubblewrap", false),
        ("unshare", "util-linux", false),
        ("setpriv", "util-linux", false),
        ("ostree", "ostree", false),
        ("mke2fs", "e2fsprogs", false),
        ("debugfs", "e2fsprogs", false),
        ("mformat", "mtools", false),
        ("sfdisk", "fdisk", false),
        ("grub-mkimage", "grub-common", false),
        ("qemu-img", "qemu-utils", false),
        ("qemu-system-x86_64", "qemu-system-x86", true),
        ("ssh", "openssh-client", true),
        ("gpg", "gpg", true),
    ];

    private static readonly (string Library, string Package)[] Libraries =
    [
        ("libsolv.so.1", "libsolv1"),
        ("libsolvext.so.1", "libsolvext1"),
        ("liblzma.so.5", "liblzma5"),
        ("libzstd.so.1", "libzstd1"),
        ("libdeflate.so.0", "libdeflate0"),
        ("libselinux.so.1", "libselinux1"),
        ("libbz2.so.1.0", "libbz2-1.0"),
    ];

    /// <summary>One line for all programs and libraries when nothing is missing, else one for each that is.</summary>
    public static IEnumerable<DoctorCheck> Tools(IToolRunner tools)
    {
        var missing = Programs
            .Where(p => tools.Find(p.Program) is null)
            .Select(p => (p.Program, p.Package))
            .Concat(Libraries.Where(l => !NativeLibrary.TryLoad(l.Library, out _)).Select(l => (Program: l.Library, l.Package)))
            .ToArray();
        if (missing.Length == 0)
        {
            yield return new("tools", DoctorStatus.Good, $"{Programs.Length} programs and {Libraries.Length} libraries are installed");
        }

        foreach (var (program, package) in missing)
        {
            yield return new(program, DoctorStatus.Broken, "not installed", $"apt-get install -y --no-install-recommends {package}");
        }
    }

    /// <summary>Whether a user namespace can be made, and for an ordinary user whether it can hold 65536 ids.</summary>
    public static async Task<IReadOnlyList<DoctorCheck>> NamespacesAsync(IToolRunner tools, CancellationToken cancellationToken)
    {
        var checks = new List<DoctorCheck>();
        try
        {
            await tools.RunAsync(new ToolCommand("unshare", ["--user", "true"]), cancellationToken);
            checks.Add(new("user namespaces", DoctorStatus.Good, "can be made"));
        }
        catch (PipelineException)
        {
            checks.Add(
                new(
                    "user namespaces",
                    DoctorStatus.Broken,
                    "the kernel refuses",
                    "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000"
                )
            );
        }

        if (!Environment.IsPrivilegedProcess)
        {
            checks.Add(Subordinate(tools));
        }

        return checks;
    }

    /// <summary>
    /// Whether trees of each other architecture can be composed here, found out as a compose does. A build for this machine works without.
    /// </summary>
    public static async Task<IReadOnlyList<DoctorCheck>> ArchitecturesAsync(IToolRunner tools, CancellationToken cancellationToken)
    {
        var checks = new List<DoctorCheck>();
        foreach (var architecture in Architecture.All.Where(a => a != Architecture.Host))
        {
            var name = $"compose for {architecture.Name}";
            try
            {
                var runner = await new GuestRunners(tools).FindAsync(architecture, Architecture.Host, cancellationToken);
                var detail = runner is QemuUserRunner emulated ? $"emulated by '{emulated.Interpreter}'" : "runs as it is";
                checks.Add(new(name, DoctorStatus.Good, detail));
            }
            catch (PipelineException e)
            {
                checks.Add(new(name, DoctorStatus.Degraded, e.Diagnostics[0].Message, e.Diagnostics[0].Hint));
            }
        }

        return checks;
    }

    /// <summary>Free space of the work directory's file system.</summary>
    public static DoctorCheck Disk(string directory)
    {
        while (!Directory.Exists(directory))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        var free = ByteSize.FromBytes(new DriveInfo(directory).AvailableFreeSpace);
        return free.CompareTo(DiskNeeded) >= 0
            ? new("disk", DoctorStatus.Good, $"{free} free in '{directory}'")
            : new(
                "disk",
                DoctorStatus.Broken,
                $"{free} free in '{directory}', a build needs {DiskNeeded}",
                "free space, or use -C DIR on a larger disk"
            );
    }

    private static DoctorCheck Subordinate(IToolRunner tools)
    {
        const long needed = 65536;
        if (tools.Find("newuidmap") is null)
        {
            return new(
                "subordinate ids",
                DoctorStatus.Broken,
                "newuidmap is not installed",
                "apt-get install -y --no-install-recommends uidmap"
            );
        }

        var user = Environment.UserName;
        var enough = new[] { "/etc/subuid", "/etc/subgid" }.All(file =>
            File.Exists(file)
            && File.ReadLines(file)
                .Any(line =>
                    line.Split(':') is [var name, _, var count]
                    && name == user
                    && long.TryParse(count, CultureInfo.InvariantCulture, out var n)
                    && n >= needed
                )
        );
        return enough
            ? new("subordinate ids", DoctorStatus.Good, $"'{user}' has {needed} or more")
            : new(
                "subordinate ids",
                DoctorStatus.Broken,
                $"'{user}' has no range of {needed} in /etc/subuid and /etc/subgid",
                SubordinateIds.AddLine(user)
            );
    }
}
