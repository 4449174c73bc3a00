using System.Text;
using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Host;

/// <summary>The channel between a façade and its worker. Whole runs are tested where façades are.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class WorkerTests
{
    [TestCase("/usr/bin/dotnet", "pipeline.dll pipeline", "/usr/bin/dotnet {0}/pipeline.dll")]
    [TestCase("/home/user/program/pipeline", "pipeline.dll pipeline", "{0}/pipeline")]
    [TestCase("/home/user/program/testhost", "pipeline.dll pipeline", "{0}/pipeline")]
    [TestCase("/usr/bin/dotnet", "pipeline", "{0}/pipeline")]
    public void The_worker_is_the_program_beside_the_running_assembly(string process, string files, string expected)
    {
        using var directory = new TemporaryDirectory();
        foreach (var file in files.Split(' '))
        {
            File.WriteAllText(directory.File(file), "");
        }

        var command = WorkerClient.Program(directory.Path, process);

        Assert.That(string.Join(' ', command), Is.EqualTo(expected.Replace("{0}", directory.Path.TrimEnd('/'), StringComparison.Ordinal)));
    }

    [Test]
    public void Without_the_program_the_error_names_the_folder()
    {
        using var directory = new TemporaryDirectory();

        var error = Assert.Throws<PipelineException>(() => WorkerClient.Program(directory.Path, "/usr/bin/dotnet"));

        Assert.That(error.Exit, Is.EqualTo(ExitClass.MissingTool));
        Assert.That(error.Message, Does.Contain("PL0353").And.Contain(directory.Path.TrimEnd('/')));
    }

    [Test]
    public async Task The_hidden_verb_refuses_people()
    {
        var run = await CliRun.Of(["worker", "compose"]);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("PL0356"));
    }

    [Test]
    public async Task The_hidden_verb_knows_its_kinds_only()
    {
        var run = await CliRun.Of(["worker", "conpose"]);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("PL0357").And.Contain("compose"));
    }

    [Test]
    public void Events_arrive_in_order_and_diagnostics_keep_everything()
    {
        var diagnostic = Diagnostic.Warning("PL2111", "dropped \"x\"\nand more", new("m.yaml", 3, 5, 3, 9), "ship it", "a.b");
        using var stream = new MemoryStream();
        var sender = new Reporter(new WorkerChannel(stream), TimeProvider.System);
        using (var step = sender.Step("unpack"))
        {
            step.Progress(1, 2, "bash");
            sender.Note("a note");
            sender.Report(diagnostic);
            step.Done("all");
        }

        var events = Encoding
            .UTF8.GetString(stream.ToArray())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonSerializer.Deserialize(l, WorkerMessageJson.Default.WorkerMessage))
            .Cast<Happened>()
            .Select(h => h.Event)
            .ToArray();
        var shown = new TestReporter();
        using (var replay = new EventReplay(shown))
        {
            foreach (var happened in events)
            {
                replay.Take(happened);
            }
        }

        Assert.That(events.OfType<Diagnosed>().Single().Diagnostic, Is.EqualTo(diagnostic));
        Assert.That(shown.Lines, Is.EqualTo((string[])["unpack", "a note", diagnostic.ToString()]));
        Assert.That(shown.Events.OfType<StepEnded>().Single().Summary, Is.EqualTo("all"));
    }

    [Test]
    public void A_failure_keeps_its_diagnostics_and_class()
    {
        WorkerMessage failed = new Failed([
            Diagnostic.Error("PL2102", "the script failed", exit: ExitClass.WorkFailed),
            Diagnostic.Error("PL2002", "escapes", exit: ExitClass.Refused),
        ]);

        var read = JsonSerializer.Deserialize(
            JsonSerializer.Serialize(failed, WorkerMessageJson.Default.WorkerMessage),
            WorkerMessageJson.Default.WorkerMessage
        );

        Assert.That(read, Is.EqualTo(failed));
        Assert.That(new PipelineException(((Failed)read!).Diagnostics).Exit, Is.EqualTo(ExitClass.Refused));
    }
}
