using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Cli;

/// <summary>
/// What needs no range of subordinate ids works as any user, also one without a home or a name: every command of the pages that needs no
/// machine, as <c>nobody</c>.
/// </summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NobodyTests : IDisposable
{
    private const string Nobody = "65534";
    private readonly TemporaryDirectory _directory = new();
    private readonly ToolRunner _tools = new();

    public void Dispose() => _directory.Dispose();

    [TestCaseSource(typeof(DocumentationTests), nameof(DocumentationTests.Pages)), CancelAfter(300_000)]
    public async Task Commands_of_a_page_work_as_nobody(string page, CancellationToken cancellationToken)
    {
        var commands = DocumentationTests.RunCommands(page).ToArray();
        if (commands.Length > 0)
        {
            DocumentationTests.Prepare(_directory, page);
            await GiveAwayAsync(cancellationToken);
        }

        foreach (var (good, words) in commands)
        {
            var run = await AsNobodyAsync([.. words.Skip(1)], cancellationToken);
            Assert.That(good, Does.Contain(run.ExitCode), $"{string.Join(' ', words)}\n{run.ErrorTail}");
        }
    }

    [TestCase("--version")]
    [TestCase("help compose")]
    [TestCase("butane config.bu")]
    [TestCase("ignition validate config.ign")]
    [TestCase("init os --from minimal")]
    [TestCase("compose --dry-run --offline --json", 2, 3)]
    [TestCase("completion bash")]
    [CancelAfter(120_000)]
    public async Task Other_verbs_work_as_nobody(string line, params int[] others)
    {
        await File.WriteAllTextAsync(_directory.File("pipeline.project"), "");
        await File.WriteAllTextAsync(_directory.File("config.bu"), "variant: fcos\nversion: 1.4.0\n");
        await File.WriteAllTextAsync(_directory.File("config.ign"), """{"ignition": {"version": "3.3.0"} }""");
        await GiveAwayAsync(CancellationToken.None);

        var run = await AsNobodyAsync(line.Split(' '), CancellationToken.None);

        Assert.That((int[])[0, .. others], Does.Contain(run.ExitCode), run.ErrorTail);
        Assert.That(run.ErrorTail, Does.Not.Contain("PL0001").And.Not.Contain("Unhandled"));
    }

    [Test, CancelAfter(120_000)]
    public async Task What_needs_a_range_of_ids_says_so_and_how_to_get_one(CancellationToken cancellationToken)
    {
        DocumentationTests.Prepare(_directory, "README.md");
        await GiveAwayAsync(cancellationToken);

        var run = await AsNobodyAsync(["compose", "manifests/minimal.yaml"], cancellationToken);

        Assert.That(run.ExitCode, Is.EqualTo(3), run.ErrorTail);
        Assert.That(run.ErrorTail, Does.Contain("hint:").And.Contain("/etc/subuid"));
    }

    private Task<ToolResult> GiveAwayAsync(CancellationToken cancellationToken) =>
        _tools.RunAsync(new("chown", ["-R", $"{Nobody}:{Nobody}", _directory.Path]), cancellationToken);

    /// <summary>The program as users start it, without home, groups or capabilities.</summary>
    private Task<ToolResult> AsNobodyAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "pipeline");
        string[] user = [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/nonexistent" };
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root)
        {
            environment["DOTNET_ROOT"] = root;
        }

        return _tools.RunAsync(
            new("setpriv", [.. user, program, .. arguments])
            {
                WorkingDirectory = _directory.Path,
                Environment = environment,
                Accepted = [0, 1, 2, 3, 4, 5],
            },
            cancellationToken
        );
    }
}
