using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Build;

/// <summary>The build program as <c>build.sh</c> starts it: the task graph, and outcomes of tasks as exit codes.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class BuildProgramTests
{
    private const int Patience = 120_000;

    /// <summary>The build program has assemblies of its own versions around it, so it runs where it was compiled.</summary>
    private static readonly string Programs = AppContext.BaseDirectory.Replace("/Pipeline.Tests/", "/Build/", StringComparison.Ordinal);

    [TestCase("Compose", "Compose")]
    [TestCase("Images", "Compose Images")]
    [TestCase("Kola", "Compose Images Kola")]
    [TestCase("Default", "Compose Images Kola Default")]
    [TestCase("Sabotage", "Compose Images Sabotage")]
    [CancelAfter(Patience)]
    public async Task A_target_runs_what_it_depends_on_first(string target, string expected, CancellationToken cancellationToken)
    {
        using var checkout = Checkout();

        var run = await RunAsync(checkout, cancellationToken, $"--target={target}", "--dryrun");

        Assert.That(run.ExitCode, Is.Zero, run.ErrorTail);
        var names = run
            .Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Trim())
            .Where(l => l.Length > 2 && char.IsAsciiDigit(l[0]) && l[1] == '.')
            .Select(l => l[2..].Trim());
        Assert.That(string.Join(' ', names), Is.EqualTo(expected), run.Text);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_missing_manifest_is_reported_once_and_ends_the_build_as_it_ends_the_verb(CancellationToken cancellationToken)
    {
        using var checkout = Checkout();

        var build = await RunAsync(checkout, cancellationToken, "--target=Compose", "--manifest=absent.yaml");
        var verb = await new ToolRunner().RunAsync(Command(checkout, "pipeline", "compose", "absent.yaml"), cancellationToken);

        var message = verb.ErrorTail.Split('\n').Single(l => l.Contains("error PL", StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((build.ExitCode, verb.ExitCode), Is.EqualTo((2, 2)));
            Assert.That(build.ErrorTail.Split('\n').Count(l => l == message), Is.EqualTo(1), build.ErrorTail);
            Assert.That(build.Text + build.ErrorTail, Does.Contain("'pipeline compose' ended with exit code 2"));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_target_that_does_not_exist_is_wrong_usage(CancellationToken cancellationToken)
    {
        using var checkout = Checkout();

        Assert.That((await RunAsync(checkout, cancellationToken, "--target=Nothing")).ExitCode, Is.EqualTo(2));
    }

    private static TemporaryDirectory Checkout()
    {
        var checkout = new TemporaryDirectory();
        File.WriteAllText(checkout.File(WorkDirectory.Marker), "");
        return checkout;
    }

    private static Task<ToolResult> RunAsync(TemporaryDirectory checkout, CancellationToken cancellationToken, params string[] arguments) =>
        new ToolRunner().RunAsync(Command(checkout, "Build", arguments), cancellationToken);

    private static ToolCommand Command(TemporaryDirectory checkout, string program, params string[] arguments) =>
        new(Path.Combine(Programs, program), [.. arguments])
        {
            WorkingDirectory = checkout.Path,
            Accepted = [.. Enumerable.Range(0, 256)],
            Environment = Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root
                ? new Dictionary<string, string> { ["DOTNET_ROOT"] = root }
                : [],
        };
}
