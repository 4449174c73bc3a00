using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OstreeTests
{
    private static readonly string Checksum = new('a', 64);

    private readonly RecordingToolRunner _tools = new() { Answer = c => c.Arguments.Contains("commit") ? Checksum + "\n" : "" };

    private Ostree Ostree => new(_tools);

    [Test]
    public async Task Every_call_has_its_arguments()
    {
        var none = CancellationToken.None;
        await Ostree.InitAsync("/r", 1, none);
        await Ostree.InitAsync("/r", null, none);
        await Ostree.CommitAsync(
            "/r",
            new()
            {
                Tree = "dir=/t",
                Branch = "os/x86_64",
                Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
                Metadata = [new("version", "43.1"), new("ostree.linux", "6.12")],
                Bootable = true,
            },
            none
        );
        await Ostree.CommitAsync(
            "/r",
            new()
            {
                Tree = "tar=/o.tar",
                Branch = "update",
                Parent = Checksum,
                Base = Checksum,
                Subject = "an update",
                KeptMetadata = ["ostree.linux"],
                Signing = new("/gpg", "F00D"),
            },
            none
        );
        await Ostree.ShowAsync("/r", Checksum, none);
        await Ostree.MetadataAsync("/r", Checksum, "version", none);
        await Ostree.RefsAsync("/r", none);
        await Ostree.ResolveAsync("/r", "os/x86_64", none);
        await Ostree.ReadAsync("/r", Checksum, "/usr/lib/os-release", 1 << 16, none);
        await Ostree.InitRootAsync("/s", none);
        await Ostree.InitOsAsync("/s", "debian", none);
        await Ostree.PullAsync("/s/ostree/repo", "/r", "os/x86_64", verify: true, none);
        await Ostree.DeployAsync("/s", "debian", "os/x86_64", ["root=LABEL=root", "rw"], none);

        Golden.Check("Host/ostree.txt", string.Concat(_tools.Lines.Select(l => l + "\n")));
    }

    [Test]
    public async Task A_commit_without_a_checksum_is_a_failure()
    {
        _tools.Answer = _ => "warning\n";

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                Ostree.CommitAsync("/r", new() { Tree = "dir=/t", Branch = "b" }, CancellationToken.None)
            )
        )!;

        Assert.That(e.Diagnostics.Single().Code, Is.EqualTo("PL0305"));
    }

    [Test]
    public void A_field_of_a_commit_is_found_by_its_name() =>
        Assert.That(
            Ostree.Field("commit abc\nContentChecksum:  def\nDate:  2026-01-01 00:00:00 +0000\n", "Date"),
            Is.EqualTo("2026-01-01 00:00:00 +0000")
        );
}
