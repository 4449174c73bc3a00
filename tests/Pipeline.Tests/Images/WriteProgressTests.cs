using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Images.Disks;
using Pipeline.Images.Outputs;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Images;

/// <summary>What is shown while a file is written.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class WriteProgressTests
{
    [Test, CancelAfter(60_000)]
    public async Task Bytes_of_all_and_the_name_are_shown_until_the_writer_is_done(CancellationToken cancellationToken)
    {
        var writer = new TaskCompletionSource();
        using var directory = new TemporaryDirectory();
        using var target = new FileImage(directory.File("image"));
        target.Announce(2_000_000);
        target.Write(new byte[1_000_000]);
        var step = new Step(writer.SetResult);

        await WriteProgress.FollowAsync(writer.Task.WaitAsync(cancellationToken), target, "os-qemu.qcow2.xz", step);

        Assert.That(step.Shown, Is.EqualTo((1_000_000L, 2_000_000L, "os-qemu.qcow2.xz", ProgressUnits.Bytes)));
    }

    [Test]
    public void A_writer_that_fails_fails()
    {
        using var directory = new TemporaryDirectory();
        using var target = new FileImage(directory.File("image"));

        Assert.That(
            async () => await WriteProgress.FollowAsync(Task.FromException(new IOException("full")), target, "f", new Step(() => { })),
            Throws.TypeOf<IOException>().With.Message.EqualTo("full")
        );
    }

    [TestCase(1024, 0.5, ExpectedResult = "1.0 KiB, 2.0 KiB/s")]
    [TestCase(0, 0, ExpectedResult = "0 B, 0 B/s")]
    public string The_line_that_stays_has_size_and_speed(long bytes, double seconds) =>
        WriteProgress.Rate(ByteSize.FromBytes(bytes), TimeSpan.FromSeconds(seconds));

    private sealed class Step(Action first) : IStep
    {
        public (long, long, string, string) Shown { get; private set; }

        public void Progress(long done, long total, string what, string unit)
        {
            if (Shown == default)
            {
                Shown = (done, total, what, unit);
                first();
            }
        }

        public void Part(int thread, string name, TimeSpan took) { }

        public void Done(string? summary = null) { }

        public void Fail(string reason) { }

        public void Dispose() { }
    }
}
