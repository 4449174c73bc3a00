using Pipeline.Host.Builds;
using Pipeline.Host.Tools;
using Pipeline.Images.Layouts;
using Pipeline.Model.Contracts;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>Whole images of a commit of a few hundred small files, made by the real tools through the command line.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EndToEndTests : IDisposable
{
    private static readonly string[] Both = ["images", "-p", "qemu", "-p", "metal", "-p", "live"];
    private readonly TinyBuild _build = new();

    public void Dispose() => _build.Dispose();

    [Test, CancelAfter(300_000)]
    public async Task Two_work_directories_make_the_same_bytes_whatever_umask_and_time_zone(CancellationToken cancellationToken)
    {
        using var other = new TinyBuild();
        await _build.MakeAsync(cancellationToken);
        await other.MakeAsync(cancellationToken);

        await SucceedAsync(_build, "022", "UTC", Both, cancellationToken);
        await SucceedAsync(other, "077", "Asia/Tokyo", Both, cancellationToken);

        var first = await ImagesAsync(_build, cancellationToken);
        var second = await ImagesAsync(other, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Select(i => (i.Platform, i.Digest, i.Size)), Is.EqualTo(first.Select(i => (i.Platform, i.Digest, i.Size))));
            Assert.That(
                first.Select(i => i.Digest),
                Is.EqualTo(first.Select(i => Digest.Of(File.ReadAllBytes(i.Path)))),
                "what is noted is what is there"
            );
        }
    }

    [Test, CancelAfter(300_000)]
    public async Task A_raw_image_is_sound_and_holds_the_commit(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        await SucceedAsync(_build, "022", "UTC", ["images", "-p", "metal"], cancellationToken);

        var disk = Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-metal.x86_64.raw");
        var layout = DiskLayout.For(Arch.X86_64, ByteSize.FromMiB(1), null, 512);
        var boot = $"{disk}?offset={layout[PartitionRole.Boot].Start.Bytes}";
        var root = $"{disk}?offset={layout[PartitionRole.Root].Start.Bytes}";
        var meta = await new BuildStore(new(_build.Work), TimeProvider.System).ReadMetaAsync(TinyBuild.Id, Arch.X86_64, cancellationToken);
        var deployment = $"/ostree/deploy/tiny/deploy/{((JsonTextString)meta.Find("ostree-commit")!).Value}.0";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                await _build.ToolAsync("sfdisk", "--verify", disk),
                Does.Contain("No errors detected").And.Contain("Using 4 out of 128")
            );
            Assert.That(async () => await _build.ToolAsync("e2fsck", "-f", "-n", boot), Throws.Nothing);
            Assert.That(async () => await _build.ToolAsync("e2fsck", "-f", "-n", root), Throws.Nothing);
            Assert.That(
                await _build.ToolAsync("mdir", "-b", "-/", "-i", $"{disk}@@{layout[PartitionRole.Efi].Start.Bytes}", "::"),
                Does.Contain("::/EFI/BOOT/BOOTX64.EFI")
            );
            Assert.That(await Debugfs(root, $"stat {deployment}"), Does.Contain("Flags: 0x80010"));
            Assert.That(await Debugfs(root, $"stat {deployment}/usr/bin/other"), Does.Match(@"User:\s+33\s+Group:\s+44"));
            Assert.That(await Debugfs(root, $"stat {deployment}/usr/bin/sudo"), Does.Contain("Mode:  04755").And.Contain("Links: 2"));
            Assert.That(await Debugfs(root, $"cat {deployment}/etc/passwd"), Does.StartWith("root:"));
            Assert.That(await Debugfs(root, "cat /ostree/repo/config"), Does.Contain("bootloader=grub2\nreadonly=true"));
            Assert.That(Names(await Debugfs(root, "ls -p /ostree/deploy/tiny/var")), Is.Empty);
            Assert.That(Names(await Debugfs(root, "ls -p /boot")), Is.Empty);
            Assert.That(Names(await Debugfs(boot, "ls -p /")), Is.SupersetOf(["grub", "ignition.firstboot", "loader", "ostree"]));
            Assert.That(
                await Debugfs(boot, "cat /loader.1/grub.cfg"),
                Does.Contain("'rw' $ignition_firstboot 'systemd.gpt_auto=0' 'ignition.platform.id=metal' 'ostree=")
            );
        }

        Task<string> Debugfs(string device, string command) => _build.ToolAsync("debugfs", "-R", command, device);
    }

    [Test, CancelAfter(300_000)]
    public async Task Nothing_is_done_again_until_an_input_changes_or_a_file_is_gone(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        var disk = Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-qemu.x86_64.qcow2");
        await SucceedAsync(_build, "022", "UTC", ["images"], cancellationToken);
        var first = Digest.Of(await File.ReadAllBytesAsync(disk, cancellationToken));

        var second = await SucceedAsync(_build, "022", "UTC", ["images", "--json"], cancellationToken);
        File.Delete(disk);
        var third = await SucceedAsync(_build, "022", "UTC", ["images", "--json"], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Does.Contain("\"unchanged\": true"));
            Assert.That(third, Does.Contain("\"unchanged\": false"));
            Assert.That(
                Digest.Of(await File.ReadAllBytesAsync(disk, cancellationToken)),
                Is.EqualTo(first),
                "the kept disk makes the same image"
            );
            Assert.That(Directory.EnumerateFileSystemEntries(_build.Build).Select(Path.GetFileName), Has.None.EndsWith(".tmp"));
        }
    }

    [Test, CancelAfter(300_000)]
    public async Task A_compressed_image_replaces_the_plain_one_and_says_what_it_was(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        await SucceedAsync(_build, "022", "UTC", ["images", "-p", "qemu"], cancellationToken);
        var plain = Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-qemu.x86_64.qcow2");
        var digest = Digest.Of(await File.ReadAllBytesAsync(plain, cancellationToken));

        await SucceedAsync(_build, "022", "UTC", ["images", "-p", "qemu", "--compress"], cancellationToken);

        var artifact = (await ImagesAsync(_build, cancellationToken)).Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.Exists(plain), Is.False);
            Assert.That(artifact.Path, Is.EqualTo(plain + ".xz"));
            Assert.That(artifact.Digest, Is.EqualTo(Digest.Of(await File.ReadAllBytesAsync(artifact.Path, cancellationToken))));
            Assert.That(artifact.UncompressedDigest, Is.EqualTo(digest));
            Assert.That(async () => await _build.ToolAsync("xz", "--test", artifact.Path), Throws.Nothing);
        }
    }

    [Test, CancelAfter(300_000)]
    public async Task The_number_of_processors_changes_no_byte_of_any_image(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        string[] platforms = ["qemu", "aws", "hyperv", "nutanix", "gcp", "vmware", "kubevirt", "metal4k", "live"];
        string[] arguments = ["images", "--compress", .. platforms.SelectMany(p => (string[])["-p", p])];
        await SucceedAsync(_build, "022", "UTC", arguments, cancellationToken);
        var first = await ImagesAsync(_build, cancellationToken);

        var command = TinyBuild.Command("077", "Asia/Tokyo", _build.Work, [.. arguments, "--force"]);
        var environment = new Dictionary<string, string>(command.Environment) { ["DOTNET_PROCESSOR_COUNT"] = "1" };
        var run = await new ToolRunner().RunAsync(command with { Environment = environment }, cancellationToken);

        Assert.That(run.ExitCode, Is.Zero, run.ErrorTail);
        var second = await ImagesAsync(_build, cancellationToken);
        Assert.That(first, Has.Length.EqualTo(platforms.Length + 3), "live media are four files");
        Assert.That(second, Is.EquivalentTo(first));
    }

    [Test, CancelAfter(300_000)]
    public async Task A_commit_that_was_tampered_with_is_refused_and_leaves_nothing(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        await using (var stream = File.OpenWrite(_build.Archive))
        {
            stream.Position = stream.Length / 2;
            stream.Write("tampered"u8);
        }

        var run = await _build.RunAsync("022", "UTC", ["images"], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(5));
            Assert.That(run.ErrorTail, Does.Contain("PL3010"));
            Assert.That(Directory.EnumerateFiles(_build.Build, "*qemu*", SearchOption.AllDirectories), Is.Empty);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Bad_requests_are_refused_before_any_work(CancellationToken cancellationToken)
    {
        var none = await _build.RunAsync("022", "UTC", ["images"], cancellationToken);
        var platform = await _build.RunAsync("022", "UTC", ["images", "-p", "qemo"], cancellationToken);
        var architecture = await _build.RunAsync("022", "UTC", ["images", "--arch", "s390x"], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((none.ExitCode, platform.ExitCode, architecture.ExitCode), Is.EqualTo((2, 2, 2)));
            Assert.That(none.ErrorTail, Does.Contain("PL0360"));
            Assert.That(platform.ErrorTail, Does.Contain("PL3001").And.Contain("did you mean 'qemu'"));
            Assert.That(architecture.ErrorTail, Does.Contain("PL3003").And.Contain("no boot loader step for s390x yet"));
        }
    }

    /// <summary>The images meta.json notes, but for the commit.</summary>
    private static async Task<Artifact[]> ImagesAsync(TinyBuild build, CancellationToken cancellationToken)
    {
        var store = new BuildStore(new(build.Work), TimeProvider.System);
        var bytes = await store.ReadMetaBytesAsync(TinyBuild.Id, Arch.X86_64, cancellationToken);
        return
        [
            .. Contract
                .Read<BuildMetaDocument>("meta.json", bytes, new())!
                .Value.Images!.Where(i => i.Key != "ostree")
                .Select(i => Artifact.From(i.Key, build.Build, i.Value, PlatformTable.Known)!),
        ];
    }

    private static IEnumerable<string> Names(string listing) =>
        listing.Split('\n').Select(l => l.Split('/')).Where(f => f.Length > 5).Select(f => f[5]).Where(n => n is not ("." or ".."));

    private static async Task<string> SucceedAsync(
        TinyBuild build,
        string umask,
        string zone,
        string[] arguments,
        CancellationToken cancellationToken
    )
    {
        var run = await build.RunAsync(umask, zone, arguments, cancellationToken);
        Assert.That(run.ExitCode, Is.Zero, run.ErrorTail);
        return run.Text;
    }
}
