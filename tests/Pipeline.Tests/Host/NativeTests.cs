using Pipeline.Host;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class NativeTests
{
    /// <summary>As asm/fcntl.h of each architecture has them, in octal there; the fourth is O_TMPFILE with O_DIRECTORY.</summary>
    [TestCase("x86_64", "200000", "400000", "40000", "20200000", 0x40049409u)]
    [TestCase("s390x", "200000", "400000", "40000", "20200000", 0x40049409u)]
    [TestCase("aarch64", "40000", "100000", "200000", "20040000", 0x40049409u)]
    [TestCase("ppc64le", "40000", "100000", "400000", "20040000", 0x80049409u)]
    public void Flags_of_open_are_those_of_the_architecture(
        string name,
        string directory,
        string noFollow,
        string direct,
        string temporary,
        uint clone
    )
    {
        Assert.That(Pipeline.Model.Values.Architecture.TryParse(name, out var architecture), Is.True);

        var flags = OpenFlags.Of(architecture!);

        Assert.That(
            new[] { flags.Directory, flags.NoFollow, flags.Direct, flags.Temporary },
            Is.EqualTo(new[] { directory, noFollow, direct, temporary }.Select(o => Convert.ToInt32(o, 8)))
        );
        Assert.That(flags.ShareBlocks, Is.EqualTo(clone));
    }

    [Test]
    public async Task Xz_streams_in_a_row_are_read_and_damage_is_found()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in (string[])["one", "two"])
        {
            await File.WriteAllTextAsync(directory.File(name), $"{name}\n");
            await new ToolRunner().RunAsync(new("xz", [directory.File(name)]), CancellationToken.None);
        }

        byte[] both = [.. File.ReadAllBytes(directory.File("one.xz")), .. File.ReadAllBytes(directory.File("two.xz"))];
        using var source = new MemoryStream(both);

        Assert.That(Text(source), Is.EqualTo("one\ntwo\n"));
        Assert.That(source.CanRead, Is.True, "it was to stay open");
        using var cut = new MemoryStream(both[..^10]);
        Assert.That(() => Text(cut), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("cut off"));
        both[30] ^= 0xff;
        using var damaged = new MemoryStream(both);
        Assert.That(() => Text(damaged), Throws.InstanceOf<InvalidDataException>());
        using var text = new MemoryStream("no xz at all"u8.ToArray());
        Assert.That(() => Text(text), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("not xz"));
    }

    [Test]
    public async Task Silence_ends_an_operation_and_a_user_who_cancels_is_not_taken_for_silence()
    {
        using var user = new CancellationTokenSource();
        using var clock = new StallClock(TimeSpan.FromMilliseconds(50), TimeProvider.System, user.Token);

        Assert.That(await clock.WatchAsync(_ => Task.FromResult(7)), Is.EqualTo(7));
        await Task.Delay(200);
        Assert.That(await clock.WatchAsync(_ => Task.FromResult(8)), Is.EqualTo(8), "between operations the clock stands");
        await Assert.ThatAsync(() => clock.WatchAsync(Never), Throws.InstanceOf<TimeoutException>().With.Message.Contains("no data for"));
        using var patient = new StallClock(TimeSpan.FromMinutes(5), TimeProvider.System, user.Token);
        var waiting = patient.WatchAsync(Never);
        await user.CancelAsync();
        await Assert.ThatAsync(() => waiting, Throws.InstanceOf<OperationCanceledException>());

        static async Task<int> Never(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }

    private static string Text(Stream source)
    {
        using var reader = new StreamReader(new LzmaStream(source, 1 << 28, leaveOpen: true));
        return reader.ReadToEnd();
    }
}
