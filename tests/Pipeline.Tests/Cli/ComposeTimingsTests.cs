using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Cli;

/// <summary><c>compose --timings</c>.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ComposeTimingsTests
{
    [Test]
    public async Task The_trace_of_a_run_that_failed_goes_to_standard_output_too()
    {
        using var directory = new TemporaryDirectory();

        var run = await CliRun.Of(["compose", "none.yaml", "-C", directory.Path, "--timings", "-"], directory.Path);

        Assert.That(run.ExitCode, Is.EqualTo((int)ExitClass.BadInput), run.Error);
        using var trace = JsonDocument.Parse(run.Output);
        Assert.That(trace.RootElement.ValueKind, Is.EqualTo(JsonValueKind.Array));
        Assert.That(Directory.GetFiles(directory.Path, "-*"), Is.Empty, "no file of that name");
    }

    [Test]
    public async Task Two_documents_do_not_share_standard_output()
    {
        var run = await CliRun.Of(["compose", "none.yaml", "--timings", "-", "--json"], "/");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo(((int)ExitClass.BadInput, "")));
        Assert.That(run.Error, Does.Contain("PL0002").And.Contain("give --timings FILE, or no --json"));
    }
}
