using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Cli;

/// <summary>The program on a pseudo terminal, which <c>script</c> makes: how it draws a step that is wider than the terminal.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class TerminalTests : IDisposable
{
    private const string Step = "read the commit of ";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase(60)]
    [TestCase(80)]
    [TestCase(200)]
    [CancelAfter(120_000)]
    public async Task Live_lines_are_cut_to_the_width_of_the_terminal(int columns, CancellationToken cancellationToken)
    {
        var shown = await RunAsync(columns, [], cancellationToken);

        var live = Drawn(shown)
            .Where(l => l.StartsWith(Step, StringComparison.Ordinal) && !l.Contains(": stopped", StringComparison.Ordinal));
        Assert.That(live.Select(l => l.Length).ToHashSet(), Is.EqualTo(new[] { columns - 1 }), shown);
    }

    [Test, CancelAfter(120_000)]
    public async Task The_width_is_that_of_standard_error_when_the_answer_goes_to_a_file(CancellationToken cancellationToken)
    {
        var shown = await RunAsync(70, [], cancellationToken, " >answer");
        Assert.That(Drawn(shown).Where(l => l.StartsWith(Step, StringComparison.Ordinal)).Min(l => l.Length), Is.EqualTo(69), shown);
    }

    [Test, CancelAfter(120_000)]
    public async Task Errors_are_red_unless_NO_COLOR_is_set(CancellationToken cancellationToken)
    {
        Assert.That(await RunAsync(80, [], cancellationToken), Does.Contain("\e[31m"));
        Assert.That(await RunAsync(80, [("NO_COLOR", "1")], cancellationToken), Does.Not.Contain("\e[3"));
    }

    [TestCase("TERM", "dumb")]
    [TestCase("CI", "true")]
    [CancelAfter(120_000)]
    public async Task Lines_are_plain_where_the_cursor_cannot_move(string name, string value, CancellationToken cancellationToken)
    {
        var shown = await RunAsync(80, [(name, value)], cancellationToken);
        shown = shown.Replace("\e[?1h\e=", "", StringComparison.Ordinal); // the runtime's own greeting of a terminal that is not dumb
        Assert.That(shown, Does.Not.Contain("\e").And.Contain("error PL"));
    }

    private async Task<string> RunAsync(int columns, (string, string)[] variables, CancellationToken cancellationToken, string tail = "")
    {
        var file = _directory.File($"{new string('x', 230)}.tar");
        await File.WriteAllTextAsync(file, "no archive", cancellationToken);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["TERM"] = "xterm" };
        foreach (var (name, value) in variables.Append(("DOTNET_ROOT", Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "")))
        {
            if (value.Length > 0)
            {
                environment[name] = value;
            }
        }

        var program = Path.Combine(AppContext.BaseDirectory, "pipeline");
        var ended = await new ToolRunner().RunAsync(
            new(
                "script",
                [
                    "-qfec",
                    $"stty cols {columns} rows 30; '{program}' -C . diff {Path.GetFileName(file)} {Path.GetFileName(file)}{tail}",
                    "/dev/null",
                ]
            )
            {
                WorkingDirectory = _directory.Path,
                Environment = environment,
                Accepted = [0, 1, 2, 3, 4, 5],
            },
            cancellationToken
        );
        return ended.Text;
    }

    /// <summary>What was drawn between movements of the cursor.</summary>
    private static IEnumerable<string> Drawn(string shown) => Movement().Split(shown).Where(l => l.Length > 0);

    [GeneratedRegex("\e\\[[?0-9;]*[A-Za-z]|\e=|\r|\n")]
    private static partial Regex Movement();
}
