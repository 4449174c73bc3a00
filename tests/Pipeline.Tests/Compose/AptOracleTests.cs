using Pipeline.Compose;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Locks;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>apt itself is the oracle: on the same repositories it must choose the same packages in the same versions.</summary>
[TestFixture, Category(Tiers.System), NonParallelizable]
public sealed class AptOracleTests
{
    private const string Packages = """
        - usr-is-merged mawk gpg dbus systemd systemd-sysv systemd-resolved systemd-timesyncd udev kmod passwd login sudo
        - zstd e2fsprogs dosfstools fdisk gdisk ostree ostree-boot ignition dracut dracut-network curl ca-certificates
        - openssh-server iproute2 netbase qemu-guest-agent podman netavark aardvark-dns crun conmon catatonit passt fuse-overlayfs uidmap
        - libpam-systemd libnss-systemd dbus-user-session nftables iputils-ping xfsprogs tzdata less vim-tiny procps psmisc lsof jq
        """;

    // Mirrors are often out of step for the small suites of the two rarer architectures; apt refuses those indices as we do.
    [TestCase("x86_64", "linux-image-cloud-amd64", "debian, updates, security")]
    [TestCase("aarch64", "linux-image-arm64", "debian, updates, security")]
    [TestCase("ppc64le", "linux-image-powerpc64le", "debian")]
    [TestCase("s390x", "linux-image-s390x", "debian")]
    [CancelAfter(240_000)]
    public async Task A_container_host_has_exactly_the_packages_that_apt_would_install(
        string arch,
        string kernel,
        string repos,
        CancellationToken cancellationToken
    )
    {
        await CompareAsync(Arch.All.Single(a => a.Name == arch), $"{Packages}\n- {kernel}", repos, cancellationToken);
    }

    /// <summary>Nothing names usr-is-merged, gpg or mawk here: apt takes the first of each alternative.</summary>
    [Test, CancelAfter(240_000)]
    public async Task Where_packages_offer_alternatives_the_choice_is_that_of_apt(CancellationToken cancellationToken) =>
        await CompareAsync(
            Arch.X86_64,
            "- systemd-sysv podman netavark openssh-server dracut curl ostree-boot ignition dbus",
            "debian",
            cancellationToken
        );

    private static async Task CompareAsync(Arch architecture, string packages, string repos, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var keyring = SourceTree.Path("tests/Pipeline.Tests/TestData/debian-archive-keyring.pgp");
        WriteManifest(directory, packages, repos, keyring);
        using var http = HttpStack.Create();
        var services = new ComposerServices
        {
            Tools = new ToolRunner(),
            Reporter = new TestReporter(),
            Time = TimeProvider.System,
            Http = http,
            Environment = Environment.GetEnvironmentVariable,
        };

        var locked = await new LockStep(services).RunAsync(
            new()
            {
                ManifestPath = directory.File("m.yaml"),
                ManifestDisplay = "m.yaml",
                Architecture = architecture,
                WorkDirectory = new(directory.File("work")),
            },
            cancellationToken
        );

        var ours = locked.Lockfile.Packages.Select(p => $"{p.Name} {p.Version}").Order(StringComparer.Ordinal).ToArray();
        var theirs = await AptAsync(directory, architecture, keyring, locked, cancellationToken);
        TestContext.Out.WriteLine($"{architecture}: {ours.Length} packages, apt {theirs.Length}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ours.Except(theirs), Is.Empty, "only ours");
            Assert.That(theirs.Except(ours), Is.Empty, "only apt's");
        }
    }

    private static void WriteManifest(TemporaryDirectory directory, string packages, string repos, string keyring)
    {
        File.Copy(keyring, directory.File("keyring.pgp"));
        File.WriteAllText(
            directory.File("m.yaml"),
            $"schema: compose/v1\nmetadata: {{name: oracle}}\nrecommends: false\nrepos: [{repos}]\npackages:\n{packages}\n"
        );
        File.WriteAllText(
            directory.File("debian.sources"),
            string.Join(
                '\n',
                new[]
                {
                    ("debian", "debian", "trixie"),
                    ("updates", "debian", "trixie-updates"),
                    ("security", "debian-security", "trixie-security"),
                }.Select(r =>
                    $"X-Repo-Id: {r.Item1}\nTypes: deb\nURIs: ${{mirror:{r.Item2}}}\nSuites: {r.Item3}\nComponents: main\n"
                    + "Signed-By: keyring.pgp\n"
                )
            )
        );
    }

    private static async Task<string[]> AptAsync(
        TemporaryDirectory directory,
        Arch architecture,
        string keyring,
        LockedManifest locked,
        CancellationToken cancellationToken
    )
    {
        var root = directory.File("apt");
        foreach (
            var part in new[]
            {
                "etc/apt/preferences.d",
                "etc/apt/apt.conf.d",
                "etc/apt/trusted.gpg.d",
                "var/lib/apt/lists/partial",
                "var/cache/apt/archives/partial",
            }
        )
        {
            Directory.CreateDirectory(Path.Combine(root, part));
        }

        await File.WriteAllTextAsync(Path.Combine(root, "status"), "", cancellationToken);
        await File.WriteAllLinesAsync(
            Path.Combine(root, "etc/apt/sources.list"),
            locked.Repositories.Items.Cast<DebRepository>().Select(r => $"deb [signed-by={keyring}] {r.BaseUrl} {r.Suite} main"),
            cancellationToken
        );
        var config = Path.Combine(root, "apt.conf");
        await File.WriteAllTextAsync(
            config,
            $$"""
            Dir "{{root}}"; Dir::State::status "{{root}}/status"; Dir::Etc::sourceparts "/nonexistent";
            APT::Architecture "{{architecture.Debian}}"; APT::Architectures {"{{architecture.Debian}}";};
            APT::Install-Recommends "false"; APT::Sandbox::User "root"; Debug::NoLocking "true"; Acquire::Languages "none";
            """,
            cancellationToken
        );
        var tools = new ToolRunner();
        var environment = new Dictionary<string, string> { ["APT_CONFIG"] = config };
        await tools.RunAsync(new("apt-get", ["update", "-q"]) { Environment = environment }, cancellationToken);
        var essential = locked.Lockfile.Packages.Where(p => p.Essential).Select(p => p.Name);
        var wanted = locked.Manifest.Packages.Select(p => p.Text).Concat(essential).Distinct();
        var result = await tools.RunAsync(
            new("apt-get", ["install", "-s", "-q", .. wanted]) { Environment = environment },
            cancellationToken
        );
        // Inst bash (5.2.37-2+b5 Debian:13.1/stable [amd64])
        return
        [
            .. result
                .Text.Split('\n')
                .Where(l => l.StartsWith("Inst ", StringComparison.Ordinal))
                .Select(l => l.Split(' '))
                .Select(w => $"{w[1]} {w[2].TrimStart('(')}")
                .Order(StringComparer.Ordinal),
        ];
    }
}
