using System.Collections.Concurrent;
using Pipeline.Host;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Compose;

namespace Pipeline.Tests.Images;

/// <summary><c>kill -9</c> and full disks while an image is made.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class InterruptedImageTests
{
    private const int Patience = 300_000;
    private static readonly Moment Root = new("in the middle of the root file system", Files: "cache/images/*/disk.raw");
    private readonly TinyBuild _build = new();
    private readonly ToolRunner _tools = new();
    private string _undisturbed = "";

    private static IEnumerable<Moment> Kills =>
        [
            new("after the commit is unpacked", "unpack the commit"),
            new("after deploy", "deploy"),
            Root,
            new("after the root file system", "root file system"),
            new("after the boot loader", "boot loader"),
            new("after the platform stamp", "platform stamp"),
            new("in the middle of the image", Files: $"builds/{TinyBuild.Id}/x86_64/.*.tmp"),
            new("after the image is written", "write qcow2"),
        ];

    private static IEnumerable<Moment> Fills => [new("after the commit is unpacked", "unpack the commit"), new("after deploy", "deploy")];

    private static string ImageOf(string work) =>
        Path.Combine(work, "builds", TinyBuild.Id, "x86_64", $"tiny-{TinyBuild.Id}-qemu.x86_64.qcow2");

    [OneTimeSetUp]
    public async Task Make()
    {
        await _build.MakeAsync(CancellationToken.None);
        await _tools.RunAsync(new("cp", ["-a", _build.Work, _build.File("undisturbed")]), CancellationToken.None);
        var made = await _tools.RunAsync(TinyBuild.Command("022", "UTC", _build.File("undisturbed"), "images"), CancellationToken.None);
        Assert.That(made.ExitCode, Is.Zero, made.ErrorTail);
        _undisturbed = await DigestAsync(ImageOf(_build.File("undisturbed")));

        // What runs guests here is found out once: the probe is a QEMU too, and takes as long as a KVM that hangs.
        await QemuMachines.ProbeAsync(
            _tools,
            TimeProvider.System,
            Path.Combine(_build.File("undisturbed"), "cache"),
            CancellationToken.None
        );
    }

    [OneTimeTearDown]
    public void Clean() => _build.Dispose();

    [Test, CancelAfter(Patience), TestCaseSource(nameof(Kills))]
    public async Task A_killed_run_leaves_no_process_and_the_next_one_makes_the_same_image(
        object moment,
        CancellationToken cancellationToken
    )
    {
        var at = (Moment)moment;
        var work = new WorkDirectory(_build.File(at.Name.Replace(' ', '-')));
        await _tools.RunAsync(new("cp", ["-a", _build.Work, work.Root]), cancellationToken);
        var progress = new ConcurrentQueue<string>();
        await using (
            var running = _tools.Start(TinyBuild.Command("022", "UTC", work.Root, "images") with { OnErrorLine = progress.Enqueue })
        )
        {
            while (!at.Reached(work, progress))
            {
                Assert.That(
                    running.Completion.IsCompleted,
                    Is.False,
                    () => $"it was over before it was seen {at}: {string.Join('\n', progress)}"
                );
                await Task.Delay(2, cancellationToken);
            }

            await _tools.RunAsync(new("kill", ["-KILL", $"{running.Id}"]), cancellationToken);
            await running.Completion;
        }

        await ComposeBench.NoProcessesAsync(work.Root, cancellationToken);
        var next = await _tools.RunAsync(TinyBuild.Command("022", "UTC", work.Root, "images"), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(next.ExitCode, Is.Zero, next.ErrorTail);
            Assert.That(await DigestAsync(ImageOf(work.Root)), Is.EqualTo(_undisturbed));
            Assert.That(
                Directory.EnumerateFiles(Path.GetDirectoryName(ImageOf(work.Root))!, ".*").Select(Path.GetFileName),
                Is.EquivalentTo((string[])[".lock"])
            );
            Assert.That(
                Directory.EnumerateDirectories(Path.Combine(work.Cache, "images"), "scratch", SearchOption.AllDirectories),
                Is.Empty
            );
        }
    }

    [TestCase(Libc.SigKill), TestCase(1), TestCase(3), CancelAfter(Patience)]
    public async Task A_machine_ends_with_the_process_that_started_it(int signal, CancellationToken cancellationToken)
    {
        var work = new WorkDirectory(_build.File($"machine-{signal}"));
        await _tools.RunAsync(new("cp", ["-a", _build.File("undisturbed"), work.Root]), cancellationToken);
        await using var running = _tools.Start(TinyBuild.Command("022", "UTC", work.Root, "run", "--", "true"));
        while (!ComposeBench.ProcessIds(work.Temporary).Any(IsMachine))
        {
            Assert.That(running.Completion.IsCompleted, Is.False, "the image of this build never boots");
            await Task.Delay(20, cancellationToken);
        }

        Assert.That(Libc.kill(running.Id, signal), Is.Zero);

        await running.Completion.WaitAsync(cancellationToken);
        await ComposeBench.NoProcessesAsync(work.Root, cancellationToken);

        static bool IsMachine(string process)
        {
            try
            {
                return File.ReadAllText($"/proc/{process}/comm").StartsWith("qemu", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_cancelled_run_leaves_no_unfinished_disk(CancellationToken cancellationToken)
    {
        var work = new WorkDirectory(_build.File("cancelled"));
        await _tools.RunAsync(new("cp", ["-a", _build.Work, work.Root]), cancellationToken);
        var progress = new ConcurrentQueue<string>();
        await using var running = _tools.Start(
            TinyBuild.Command("022", "UTC", work.Root, "images") with
            {
                OnErrorLine = progress.Enqueue,
            }
        );
        while (!Root.Reached(work, progress))
        {
            Assert.That(running.Completion.IsCompleted, Is.False, () => string.Join('\n', progress));
            await Task.Delay(2, cancellationToken);
        }

        await _tools.RunAsync(new("kill", ["-INT", $"{running.Id}"]), cancellationToken);
        var stopped = await running.Completion;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(stopped.ExitCode, Is.EqualTo(130), stopped.ErrorTail);
            Assert.That(Directory.EnumerateDirectories(Path.Combine(work.Cache, "images")), Is.Empty);
            Assert.That(
                Directory.EnumerateFiles(Path.GetDirectoryName(ImageOf(work.Root))!, ".*").Select(Path.GetFileName),
                Is.EquivalentTo((string[])[".lock"])
            );
        }
    }

    [Test, CancelAfter(Patience), TestCaseSource(nameof(Fills))]
    public async Task A_disk_that_fills_up_ends_with_a_reason_and_the_next_run_makes_the_image(
        object moment,
        CancellationToken cancellationToken
    )
    {
        var at = (Moment)moment;
        var disk = _build.File("full-" + at.Name.Replace(' ', '-'));
        var show = $"cp -a '{_build.Work}/builds' \"$disk\"/";

        var runs = await SmallDisk.FillAsync(disk, show, Shown(disk), 700 << 20, at, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs[0].Code, Is.EqualTo(1), runs[0].Progress);
            Assert.That(runs[0].Progress, Does.Contain("No space left on device").Or.Contain("disk is full").Or.Contain("PL3031"));
            Assert.That(runs[0].Progress, Does.Not.Contain("internal error"));
            Assert.That(runs[0].Output, Is.Empty);
            Assert.That(runs[1].Code, Is.Zero, runs[1].Progress);
            Assert.That(runs[1].Output, Does.Contain(_undisturbed));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_disk_that_is_too_small_is_told_before_anything_is_written(CancellationToken cancellationToken)
    {
        var disk = _build.File("small");

        var runs = await SmallDisk.RunAsync(
            disk,
            $"cp -a '{_build.Work}/builds' \"$disk\"/",
            Shown(disk),
            [64 << 20, 700 << 20],
            cancellationToken
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs.Select(r => r.Code), Is.EqualTo((int[])[1, 0]), runs[0].Progress);
            Assert.That(runs[0].Progress, Does.Contain("PL3031: the root file system needs about"));
            Assert.That(runs[1].Output, Does.Contain(_undisturbed));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Old_disks_are_removed_unless_somebody_works_on_them(CancellationToken cancellationToken)
    {
        var work = new WorkDirectory(_build.File("prune"));
        await _tools.RunAsync(new("cp", ["-a", _build.Work, work.Root]), cancellationToken);
        var images = Path.Combine(work.Cache, "images");
        foreach (var (name, age) in ((string, int)[])[("young", 1), ("middle", 2), ("busy", 3), ("old", 4)])
        {
            var directory = Directory.CreateDirectory(Path.Combine(images, name)).FullName;
            await File.WriteAllTextAsync(Path.Combine(directory, "note.json"), "{}", cancellationToken);
            Directory.SetLastWriteTimeUtc(directory, new DateTime(2020, 1, 10 - age, 0, 0, 0, DateTimeKind.Utc));
        }

        Directory.CreateDirectory(Path.Combine(images, "killed")); // newer than all of them, and without a note
        using (
            await FileLock.AcquireAsync(Path.Combine(images, "busy.lock"), wait: false, _ => { }, TimeProvider.System, cancellationToken)
        )
        {
            var run = await _tools.RunAsync(TinyBuild.Command("022", "UTC", work.Root, "images"), cancellationToken);
            Assert.That(run.ExitCode, Is.Zero, run.ErrorTail);
        }

        var left = Directory.EnumerateDirectories(images).Select(d => Path.GetFileName(d)!).Where(n => n.Length < 10);
        Assert.That(left, Is.EquivalentTo((string[])["young", "middle", "busy"]), "with the new one three are kept, and the one in use");
    }

    /// <summary>Makes the image and prints its digest.</summary>
    private static ToolCommand Shown(string disk)
    {
        var command = TinyBuild.Command("022", "UTC", disk, "images");
        return command with
        {
            Program = "/bin/sh",
            Arguments = ["-c", "\"$@\" >&2 && sha256sum \"$0\"", ImageOf(disk), command.Program, .. command.Arguments],
        };
    }

    private static async Task<string> DigestAsync(string file) => Digest.Of(await File.ReadAllBytesAsync(file)).Hex;
}
