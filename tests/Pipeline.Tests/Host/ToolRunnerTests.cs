using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ToolRunnerTests
{
    private readonly ToolRunner _tools = new();

    [Test, CancelAfter(120_000)]
    public async Task Input_goes_in_and_output_comes_back(CancellationToken cancellationToken)
    {
        var result = await _tools.RunAsync(new("cat", []) { Input = Encoding.UTF8.GetBytes("hello") }, cancellationToken);

        Assert.That(result.Text, Is.EqualTo("hello"));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_failure_names_the_command_and_its_last_words(CancellationToken cancellationToken)
    {
        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                _tools.RunAsync(new("sh", ["-c", "echo 'no such thing' >&2; exit 3"]), cancellationToken)
            )
        )!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.WorkFailed));
            Assert.That(e.Message, Does.Contain("'sh' exited with 3").And.Contain("$ sh -c").And.Contain("no such thing"));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_missing_program_is_class_3(CancellationToken cancellationToken)
    {
        var e = (await Assert.ThrowsAsync<PipelineException>(() => _tools.RunAsync(new("no-such-program", []), cancellationToken)))!;

        Assert.That(e.Exit, Is.EqualTo(ExitClass.MissingTool));
    }

    [Test, CancelAfter(120_000)]
    public async Task Too_much_output_ends_the_program(CancellationToken cancellationToken)
    {
        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                _tools.RunAsync(new("cat", ["/dev/zero"]) { OutputLimit = 100_000 }, cancellationToken)
            )
        )!;

        Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL0303"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Cancelling_ends_the_whole_group(CancellationToken cancellationToken)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var mark = Mark();
        var running = _tools.RunAsync(
            new("sh", ["-c", $"sleep {mark} & sleep {mark}"]) { GracePeriod = TimeSpan.FromSeconds(1) },
            cancel.Token
        );
        while (Alive(mark) < 2)
        {
            await Task.Delay(20, cancellationToken);
        }

        await cancel.CancelAsync();

        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        await UntilAsync(() => Alive(mark) == 0, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Stopping_ends_also_what_does_not_listen(CancellationToken cancellationToken)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var mark = Mark();
        var running = _tools.RunAsync(
            new("sh", ["-c", $"(trap '' TERM; sleep {mark}) & sleep {mark}"]) { GracePeriod = TimeSpan.FromMinutes(10) },
            cancel.Token
        );
        await UntilAsync(() => Alive(mark) == 2, cancellationToken);

        await cancel.CancelAsync();

        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        await UntilAsync(() => Alive(mark) == 0, cancellationToken);
    }

    [TestCase("exit 129", "exited with 129")]
    [TestCase("exit 255", "exited with 255")]
    [TestCase("kill -KILL $$", "was ended by signal 9")]
    [CancelAfter(120_000)]
    public async Task Only_a_signal_is_called_a_signal(string script, string expected, CancellationToken cancellationToken)
    {
        var e = (await Assert.ThrowsAsync<PipelineException>(() => _tools.RunAsync(new("sh", ["-c", script]), cancellationToken)))!;

        Assert.That(e.Message, Does.Contain(expected));
    }

    [Test, CancelAfter(60_000)]
    public async Task Output_that_stays_open_is_not_taken_for_whole_and_its_holder_is_killed(CancellationToken cancellationToken)
    {
        var mark = Mark();

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                _tools.RunAsync(
                    new("sh", ["-c", $"echo half; sleep {mark} &"]) { OutputGrace = TimeSpan.FromMilliseconds(200) },
                    cancellationToken
                )
            )
        )!;

        Assert.That((e.Diagnostics.Single().Code, e.Exit), Is.EqualTo(("PL0311", ExitClass.WorkFailed)));
        await UntilAsync(() => Alive(mark) == 0, cancellationToken);
    }

    [Test, CancelAfter(120_000)]
    public async Task The_environment_is_small_and_fixed(CancellationToken cancellationToken)
    {
        var result = await _tools.RunAsync(new("env", []), cancellationToken);

        Assert.That(
            result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=')[0]),
            Is.EquivalentTo(["HOME", "LC_ALL", "PATH", "TZ"])
        );
    }

    [Test]
    public void Secrets_are_hidden_when_a_command_is_shown()
    {
        Assert.That(
            new ToolCommand("curl", ["-u", "me:s3cret word"]) { Secrets = ["s3cret word"] }.ToString(),
            Is.EqualTo("curl -u 'me:***'")
        );
    }

    /// <summary>Seconds to sleep that no other process sleeps.</summary>
    internal static string Mark() => $"{100_000 + Environment.ProcessId}.{Guid.NewGuid().GetHashCode() & 0xffffff}";

    internal static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(20, cancellationToken);
        }
    }

    internal static int Alive(string mark) =>
        Directory
            .EnumerateDirectories("/proc")
            .Count(d =>
            {
                try
                {
                    var line = File.ReadAllText(Path.Combine(d, "cmdline"));
                    return line.StartsWith("sleep", StringComparison.Ordinal) && line.Contains(mark, StringComparison.Ordinal);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return false;
                }
            });
}
