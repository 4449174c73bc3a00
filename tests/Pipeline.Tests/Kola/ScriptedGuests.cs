using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.TestKit;
using Pipeline.TestKit.Machines;

namespace Pipeline.Tests.Kola;

/// <summary>One start of a test's unit in a fake guest.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Test">Name of the test; empty after a reboot, when the package has no unit.</param>
/// <param name="Package">The tar that travelled with it, as text.</param>
/// <param name="Token">Cancelled when the run gives up.</param>
internal sealed record UnitStart(FakeMachine Machine, string Test, string Package, CancellationToken Token)
{
    /// <summary>The reboot mark the test sees.</summary>
    public string Mark => Regex.Match(Package, "AUTOPKGTEST_REBOOT_MARK=\"(.*)\"").Groups[1].Value;
}

/// <summary>A run on fake machines whose tests do what a function says.</summary>
internal sealed partial class ScriptedGuests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    /// <summary>What a unit prints and how it ends: the answer of the runner script in the guest.</summary>
    public Func<UnitStart, Task<string>> Unit { get; set; } = _ => Task.FromResult(Success());

    /// <summary>Answers to other commands; <c>null</c> for the fake's own.</summary>
    public Func<FakeMachine, string, GuestResult?> Other { get; set; } = (_, _) => null;

    /// <summary>Called for each boot.</summary>
    public Action<FakeMachine> Booting { get; set; } = _ => { };

    /// <summary>The reporter.</summary>
    public TestReporter Reporter { get; } = new();

    /// <summary>Folder of the logs.</summary>
    public string Output => _directory.File("out");

    /// <summary>The provider of the last <see cref="Context"/>.</summary>
    public FakeMachineProvider Machines { get; private set; } = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>A unit that succeeded.</summary>
    public static string Success(string output = "") => $"Result=success\nExecMainStatus=0\n\n{output}";

    /// <summary>A unit that failed.</summary>
    public static string Failure(string output, int status = 1) => $"Result=exit-code\nExecMainStatus={status}\n\n{output}";

    /// <summary>A unit that wishes to reboot.</summary>
    public static string Request(string requested, string output = "") => $"Event={requested}\n\n{output}";

    /// <summary>Tests that are to run.</summary>
    public static IReadOnlyList<SelectedTest> Chosen(params (string Name, TestHeader Header)[] tests) =>
        [.. tests.Select(t => new SelectedTest(SelectionTests.Test(t.Name, t.Header), Denial.None, ""))];

    /// <summary>The context of a run.</summary>
    public RunContext Context(double slowness = 1, bool canSave = true, bool keepsSaved = false)
    {
        Machines = new()
        {
            Slowness = slowness,
            CanSave = canSave,
            KeepsSaved = keepsSaved,
            Booting = m => Booting(m),
            Answer = AnswerAsync,
        };
        var shape = new MachineShape { Architecture = Pipeline.Model.Values.Architecture.X86_64 };
        return new(Machines, shape, Output, Reporter, TimeProvider.System);
    }

    private async Task<GuestResult?> AnswerAsync(
        FakeMachine machine,
        string command,
        ReadOnlyMemory<byte> input,
        CancellationToken cancellationToken
    )
    {
        if (Other(machine, command) is { } other)
        {
            return other;
        }

        if (!command.Contains(GuestPackage.Runner, StringComparison.Ordinal))
        {
            return command.Contains("/run/kola/ack", StringComparison.Ordinal) ? Acknowledged(machine) : null;
        }

        var package = Encoding.UTF8.GetString(input.Span);
        var test = TestName().Match(package).Groups[1].Value;
        return new(0, await Unit(new(machine, test, package, cancellationToken)), "");
    }

    private static GuestResult Acknowledged(FakeMachine machine)
    {
        machine.Reset();
        return new(0, "", "");
    }

    [GeneratedRegex("Environment=KOLA_TEST=\"(.*)\"")]
    private static partial Regex TestName();
}
