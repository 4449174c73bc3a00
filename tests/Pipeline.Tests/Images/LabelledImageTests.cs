using Pipeline.Host.Builds;
using Pipeline.Images.Layouts;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>Images of a commit whose files have labels of SELinux.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LabelledImageTests : IDisposable
{
    private const int Patience = 300_000;
    private readonly TinyBuild _build = new();

    public void Dispose() => _build.Dispose();

    [Test, CancelAfter(Patience)]
    public async Task Every_file_of_an_image_has_the_label_that_the_commit_gives_it(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken, labelled: true);
        await ImageAsync(_build, "metal", cancellationToken);

        var (boot, root) = Devices("metal");
        var deployment = await DeploymentAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            foreach (
                var (path, type) in ((string, string)[])
                    [
                        ("/", "root_t"),
                        ("/lost+found", "root_t"),
                        ("/boot", "boot_t"),
                        ("/ostree/repo/config", "root_t"),
                        ("/ostree/deploy/tiny/deploy", "root_t"),
                        ("/ostree/deploy/tiny/var", "var_t"),
                        (deployment, "root_t"),
                        ($"{deployment}/boot", "boot_t"),
                        ($"{deployment}/usr", "usr_t"),
                        ($"{deployment}/usr/bin", "bin_t"),
                        ($"{deployment}/usr/bin/sudo", "bin_t"),
                        ($"{deployment}/usr/lib/file0", "usr_t"),
                        ($"{deployment}/usr/lib/file7", "usr_t"),
                        ($"{deployment}/usr/etc/passwd", "passwd_t"),
                        ($"{deployment}/etc", "etc_t"),
                        ($"{deployment}/etc/passwd", "passwd_t"),
                        ($"{deployment}/etc/selinux/config", "etc_t"),
                        ($"{deployment}/proc", "default_t"),
                    ]
            )
            {
                Assert.That(
                    await Debugfs(root, $"ea_get {path} security.selinux"),
                    Does.Contain($"= \"system_u:object_r:{type}:s0\\000\""),
                    path
                );
            }

            foreach (var path in (string[])["/", "/loader.1/grub.cfg", "/ostree"])
            {
                Assert.That(await Debugfs(boot, $"ea_get {path} security.selinux"), Does.Contain("boot_t:s0\\000"), path);
            }

            Assert.That(async () => await _build.ToolAsync("e2fsck", "-f", "-n", root), Throws.Nothing);
            Assert.That(async () => await _build.ToolAsync("e2fsck", "-f", "-n", boot), Throws.Nothing);
        }
    }

    /// <summary>ostree does not see the settings while it deploys; they, and files of the same object, are themselves afterwards.</summary>
    [Test, CancelAfter(Patience)]
    public async Task The_settings_and_the_repository_are_those_of_the_commit(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken, labelled: true);
        await ImageAsync(_build, "metal", cancellationToken);

        var (_, root) = Devices("metal");
        var deployment = await DeploymentAsync(cancellationToken);
        var repository = Directory.CreateDirectory(_build.File("dumped")).FullName;
        await Debugfs(root, $"rdump /ostree/repo {repository}");
        using (Assert.EnterMultipleScope())
        {
            foreach (var path in (string[])["etc/selinux/config", "usr/etc/selinux/config", "usr/share/config", "usr/share/same"])
            {
                Assert.That(await Debugfs(root, $"cat {deployment}/{path}"), Is.EqualTo(TinyPolicy.Files[0].Content), path);
            }

            Assert.That(
                await Debugfs(root, $"stat {deployment}/usr/etc/selinux/config"),
                Does.Contain("Mode:  0644").And.Match("User: +0 ")
            );
            Assert.That(await Debugfs(root, $"stat {deployment}/usr/share/config"), Does.Match("User: +7 "));
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(repository, "repo/objects"), "*.dir*", SearchOption.AllDirectories))
        {
            var name = Path.GetFileName(Path.GetDirectoryName(file))! + Path.GetFileNameWithoutExtension(file);
            Assert.That(Digest.Of(await File.ReadAllBytesAsync(file, cancellationToken)).Hex, Is.EqualTo(name), "an object as it is named");
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_labelled_image_is_the_same_twice_and_the_next_platform_has_labels_too(CancellationToken cancellationToken)
    {
        using var other = new TinyBuild();
        await _build.MakeAsync(cancellationToken, labelled: true);
        await other.MakeAsync(cancellationToken, labelled: true);

        await ImageAsync(_build, "metal", cancellationToken);
        await ImageAsync(_build, "qemu", cancellationToken); // of the kept disk
        await ImageAsync(other, "qemu", cancellationToken);

        Assert.That(await QemuAsync(other), Is.EqualTo(await QemuAsync(_build)));

        async Task<Digest> QemuAsync(TinyBuild build) =>
            Digest.Of(await File.ReadAllBytesAsync(Path.Combine(build.Build, $"tiny-{TinyBuild.Id}-qemu.x86_64.qcow2"), cancellationToken));
    }

    private static async Task ImageAsync(TinyBuild build, string platform, CancellationToken cancellationToken)
    {
        var run = await build.RunAsync("022", "UTC", ["images", "-p", platform], cancellationToken);
        Assert.That(run.ExitCode, Is.Zero, run.ErrorTail);
    }

    private (string Boot, string Root) Devices(string platform)
    {
        var disk = Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-{platform}.x86_64.raw");
        var layout = DiskLayout.For(Arch.X86_64, ByteSize.FromMiB(1), null, 512);
        return ($"{disk}?offset={layout[PartitionRole.Boot].Start.Bytes}", $"{disk}?offset={layout[PartitionRole.Root].Start.Bytes}");
    }

    private async Task<string> DeploymentAsync(CancellationToken cancellationToken)
    {
        var meta = await new BuildStore(new(_build.Work), TimeProvider.System).ReadMetaAsync(TinyBuild.Id, Arch.X86_64, cancellationToken);
        return $"/ostree/deploy/tiny/deploy/{((JsonTextString)meta.Find("ostree-commit")!).Value}.0";
    }

    private Task<string> Debugfs(string device, string command) => _build.ToolAsync("debugfs", "-R", command, device);
}
