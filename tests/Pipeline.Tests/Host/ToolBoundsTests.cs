using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Host;

/// <summary>Programs that take more than they may. None of them would end by itself.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ToolBoundsTests : IDisposable
{
    private readonly ToolRunner _tools = new();
    private readonly TemporaryDirectory _directory = new("/var/tmp");
    private readonly string _mark = ToolRunnerTests.Mark();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Too_many_processes(CancellationToken cancellationToken)
    {
        var e = await StopsAsync($"while :; do sleep {_mark} & done", d => d with { Processes = 30 }, cancellationToken);

        Assert.That(e.Message, Does.Contain("'the test' was stopped: it ran more than 30 processes").And.Contain("processes=VALUE"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Too_much_memory(CancellationToken cancellationToken)
    {
        // Without an end of line it keeps everything.
        var e = await StopsAsync("tail -n 1 /dev/zero", d => d with { Memory = ByteSize.FromMiB(100) }, cancellationToken);

        Assert.That(e.Message, Does.Contain("it used more than 100.0 MiB of memory"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Too_much_on_disk_in_many_files(CancellationToken cancellationToken)
    {
        var e = await StopsAsync(
            $"i=0; while [ $i -lt 20 ]; do i=$((i+1)); head -c 4M /dev/zero >'{_directory.Path}'/$i; done; sleep {_mark}",
            d => d with { Disk = ByteSize.FromMiB(20) },
            cancellationToken
        );

        Assert.That(e.Message, Does.Contain("it wrote more than 20.0 MiB to disk"));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_file_that_is_larger_than_the_whole_limit_is_cut(CancellationToken cancellationToken)
    {
        var file = _directory.File("large");

        var result = await _tools.RunAsync(
            Command($"head -c 30M /dev/zero >'{file}'", d => d with { Disk = ByteSize.FromMiB(20) }) with
            {
                Accepted = [1, 153],
            },
            cancellationToken
        );

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(new FileInfo(file).Length, Is.EqualTo(20 << 20));
    }

    [Test, CancelAfter(120_000)]
    public async Task What_others_write_to_the_same_disk_is_not_counted(CancellationToken cancellationToken)
    {
        var own = Directory.CreateDirectory(_directory.File("own")).FullName;
        var command = Command(
            $"head -c 40M /dev/zero >'{_directory.Path}/other1'; head -c 40M /dev/zero >'{_directory.Path}/other2'; sleep 1",
            d => d with { Disk = ByteSize.FromMiB(50) }
        );

        var result = await _tools.RunAsync(command with { Bounds = command.Bounds! with { Directories = [own] } }, cancellationToken);

        Assert.That(result.ExitCode, Is.Zero);
    }

    [Test, CancelAfter(120_000)]
    public async Task Too_much_time(CancellationToken cancellationToken)
    {
        var e = await StopsAsync($"sleep {_mark}", d => d with { Time = TimeSpan.FromSeconds(1) }, cancellationToken);

        Assert.That(e.Message, Does.Contain("it ran for more than 1 seconds"));
    }

    [Test, CancelAfter(120_000)]
    public async Task The_part_that_runs_is_named(CancellationToken cancellationToken)
    {
        var e = await StopsAsync($"PART=second sleep {_mark}", d => d with { Time = TimeSpan.FromSeconds(1) }, cancellationToken);

        Assert.That(e.Message, Does.Contain("part 'second' was stopped"));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_program_within_its_limits_is_left_alone(CancellationToken cancellationToken)
    {
        var result = await _tools.RunAsync(Command("sleep 1; echo done", d => d), cancellationToken);

        Assert.That(result.Text, Is.EqualTo("done\n"));
    }

    [TestCase("processes=7 memory=3M disk=4G time=90s", "7 3145728 4294967296 90")]
    [TestCase("memory=2G time=10m", "4096 2147483648 34359738368 600")]
    [TestCase("disk=5M time=3h time=1h", "4096 17179869184 5242880 3600")]
    public void Limits_are_read(string items, string expected)
    {
        var limits = ToolLimits.Default.With(items.Split(' '));

        Assert.That($"{limits.Processes} {limits.Memory.Bytes} {limits.Disk.Bytes} {limits.Time.TotalSeconds}", Is.EqualTo(expected));
    }

    [TestCase("memory")]
    [TestCase("memory=")]
    [TestCase("memory=1")]
    [TestCase("memory=0G")]
    [TestCase("memory=99999999999999G")]
    [TestCase("processes=5M")]
    [TestCase("time=-1s")]
    [TestCase("tiem=1s")]
    [TestCase("")]
    public void Other_limits_are_refused(string item)
    {
        var e = Assert.Throws<PipelineException>(() => ToolLimits.Default.With([item]));

        Assert.That((e.Diagnostics.Single().Code, e.Exit), Is.EqualTo(("PL0313", ExitClass.BadInput)));
    }

    [Test]
    public void A_process_name_cannot_forge_the_numbers_after_it()
    {
        var text = "42 (a) S 1 (b) R 7 42 42 0 -1 4194560 96 0 0 0 0 0 0 0 20 0 3 0 5577 2990080 400 18446744073709551615";

        Assert.That(ProcessEntry.Parse(text), Is.EqualTo(new ProcessEntry(42, 7, 3, 5577)));
        Assert.That(ProcessEntry.Parse("nothing"), Is.Null);
    }

    private async Task<PipelineException> StopsAsync(
        string script,
        Func<ToolLimits, ToolLimits> change,
        CancellationToken cancellationToken
    )
    {
        var e = (await Assert.ThrowsAsync<PipelineException>(() => _tools.RunAsync(Command(script, change), cancellationToken)))!;
        await ToolRunnerTests.UntilAsync(() => ToolRunnerTests.Alive(_mark) == 0, cancellationToken);
        Assert.That((e.Diagnostics.Single().Code, e.Exit), Is.EqualTo(("PL0312", ExitClass.WorkFailed)));
        return e;
    }

    private ToolCommand Command(string script, Func<ToolLimits, ToolLimits> change) =>
        new("sh", ["-c", script])
        {
            Bounds = new("'the test'", change(ToolLimits.Default), [_directory.Path])
            {
                Part = e => e.TryGetValue("PART", out var part) ? $"part '{part}'" : null,
            },
        };
}
