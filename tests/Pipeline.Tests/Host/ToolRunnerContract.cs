using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host;

/// <summary>What every runner of programs promises its callers.</summary>
public abstract class ToolRunnerContract
{
    /// <summary>A runner, and a call whose last argument is <c>a b</c> and that ends as <paramref name="answer"/> says.</summary>
    private protected abstract (IToolRunner Runner, ToolCommand Command) Make(ToolAnswer answer);

    /// <summary>A runner that does not know <paramref name="program"/>.</summary>
    private protected abstract IToolRunner Without(string program);

    [Test, CancelAfter(120_000)]
    public async Task Output_comes_back(CancellationToken cancellationToken)
    {
        var (runner, command) = Make(new("made\n"));

        var result = await runner.RunAsync(command, cancellationToken);

        Assert.That((result.ExitCode, result.Text), Is.EqualTo((0, "made\n")));
    }

    [Test, CancelAfter(120_000)]
    public async Task Output_that_goes_to_a_file_is_not_kept(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var (runner, command) = Make(new("made\n"));

        var result = await runner.RunAsync(command with { OutputFile = directory.File("out") }, cancellationToken);

        Assert.That(result.Output.Length, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(directory.File("out"), cancellationToken), Is.EqualTo("made\n"));
    }

    [Test, CancelAfter(120_000)]
    public async Task An_exit_code_that_is_not_accepted_is_an_error_of_class_1_with_the_command_and_its_last_lines(
        CancellationToken cancellationToken
    )
    {
        var (runner, command) = Make(new("", 3, "no such thing\n"));

        var e = (await Assert.ThrowsAsync<PipelineException>(() => runner.RunAsync(command, cancellationToken)))!;

        Assert.That((e.Diagnostics.Single().Code, e.Exit), Is.EqualTo(("PL0301", ExitClass.WorkFailed)));
        Assert.That(e.Message, Does.Contain("exited with 3").And.Contain("'a b'").And.Contain("no such thing"));
    }

    [Test, CancelAfter(120_000)]
    public async Task An_accepted_exit_code_is_an_answer(CancellationToken cancellationToken)
    {
        var (runner, command) = Make(new("", 3));

        Assert.That((await runner.RunAsync(command with { Accepted = [0, 3] }, cancellationToken)).ExitCode, Is.EqualTo(3));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_missing_program_is_an_error_of_class_3(CancellationToken cancellationToken)
    {
        var runner = Without("no-such-program");

        var e = (await Assert.ThrowsAsync<PipelineException>(() => runner.RunAsync(new("no-such-program", []), cancellationToken)))!;

        Assert.That((e.Diagnostics.Single().Code, e.Exit), Is.EqualTo(("PL0302", ExitClass.MissingTool)));
        Assert.That(runner.Find("no-such-program"), Is.Null);
    }

    [Test, CancelAfter(120_000)]
    public async Task More_output_than_the_limit_is_an_error(CancellationToken cancellationToken)
    {
        var (runner, command) = Make(new(new string('x', 1000)));

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() => runner.RunAsync(command with { OutputLimit = 999 }, cancellationToken))
        )!;

        Assert.That(e.Diagnostics.Single().Code, Is.EqualTo("PL0303"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Lines_of_standard_error_are_passed_on(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var (runner, command) = Make(new("", 0, "one\ntwo\n"));

        await runner.RunAsync(command with { OnErrorLine = lines.Add }, cancellationToken);

        Assert.That(lines, Is.EqualTo(["one", "two"]));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_cancelled_call_does_not_start()
    {
        var (runner, command) = Make(new());

        await Assert.ThatAsync(
            () => runner.RunAsync(command, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>()
        );
    }

    [Test, CancelAfter(120_000)]
    public async Task A_started_program_completes_with_its_exit_code_and_never_faults(CancellationToken cancellationToken)
    {
        var (runner, command) = Make(new("", 3));

        await using var running = runner.Start(command);

        Assert.That((await running.Completion.WaitAsync(cancellationToken)).ExitCode, Is.EqualTo(3));
    }
}

/// <summary>The contract on real processes.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RealToolRunnerTests : ToolRunnerContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private protected override (IToolRunner Runner, ToolCommand Command) Make(ToolAnswer answer)
    {
        File.WriteAllText(_directory.File("out.txt"), answer.Output);
        File.WriteAllText(_directory.File("err.txt"), answer.Error);
        const string script = "cat \"$1\"; cat \"$2\" >&2; exit \"$3\"";
        ValueList<string> arguments =
        [
            "-c",
            script,
            "sh",
            _directory.File("out.txt"),
            _directory.File("err.txt"),
            answer.ExitCode.ToString(CultureInfo.InvariantCulture),
            "a b",
        ];
        return (new ToolRunner(), new("sh", arguments));
    }

    private protected override IToolRunner Without(string program) => new ToolRunner();
}

/// <summary>The contract on the fake.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RecordingToolRunnerTests : ToolRunnerContract
{
    private protected override (IToolRunner Runner, ToolCommand Command) Make(ToolAnswer answer) =>
        (new RecordingToolRunner { End = _ => answer }, new("program", ["a b"]));

    private protected override IToolRunner Without(string program)
    {
        var runner = new RecordingToolRunner();
        runner.Missing.Add(program);
        return runner;
    }
}
