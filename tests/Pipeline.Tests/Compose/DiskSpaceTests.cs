using Pipeline.Compose.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class DiskSpaceTests
{
    private const long TooMuch = 1L << 60;

    [TestCase(0, false, 0, false)]
    [TestCase(TooMuch, false, 0, true, TestName = "an eighth of the tree is written")]
    [TestCase(1 << 20, true, 0, false)]
    [TestCase(0, false, TooMuch, true, TestName = "contents that are deflated ahead count")]
    public void Configuring_asks_for_what_it_writes_and_for_what_is_deflated_meanwhile(long tree, bool copy, long deflate, bool refused)
    {
        using var directory = new TemporaryDirectory();
        var disk = new DiskSpace(directory.Path);

        Assert.That(
            () => disk.RequireConfigure(tree, copy, deflate),
            refused ? Throws.TypeOf<PipelineException>().With.Message.Contains("PL2") : Throws.Nothing
        );
    }
}
