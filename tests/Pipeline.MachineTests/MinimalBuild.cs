using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.TestKit;

namespace Pipeline.MachineTests;

/// <summary>
/// Composes the minimal OS once per test run, by the program's own verbs, in a work directory below <c>artifacts/</c> whose cache stays.
/// </summary>
[SetUpFixture]
public sealed class MinimalBuild
{
    /// <summary>The work directory.</summary>
    public static WorkDirectory Work { get; } = new(SourceTree.Path("artifacts/machine-tests"));

    /// <summary>Path of the qcow2.</summary>
    public static string Image { get; private set; } = "";

    /// <summary>Starts programs.</summary>
    public static ToolRunner Tools { get; } = new();

    /// <summary>What runs guests here, found out before any machine runs: the probe measures time.</summary>
    internal static Accelerator Accelerator { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task Compose()
    {
        Directory.CreateDirectory(Work.Root);
        Accelerator = await QemuMachines.ProbeAsync(Tools, TimeProvider.System, Work.Cache, CancellationToken.None);
        await PipelineAsync("compose", SourceTree.Path("manifests/minimal.yaml"));
        await PipelineAsync("images", "latest", "--platform", "qemu");
        var id = new FileInfo(Path.Combine(Work.Builds, "latest")).LinkTarget!;
        Image = Directory.GetFiles(Path.Combine(Work.Builds, id, "x86_64"), "*-qemu.x86_64.qcow2").Single();
    }

    /// <summary>A call of the program as a child of its own.</summary>
    public static ToolCommand Command(params string[] arguments) =>
        new(Path.Combine(AppContext.BaseDirectory, "pipeline"), ["-C", Work.Root, .. arguments])
        {
            Environment = Inherited(),
            OnErrorLine = TestContext.Progress.WriteLine,
            OutputLimit = 16 * 1024 * 1024,
        };

    /// <summary>Runs the program; any failure fails the test with its last lines.</summary>
    public static async Task<string> PipelineAsync(params string[] arguments) =>
        (await Tools.RunAsync(Command(arguments), CancellationToken.None)).Text;

    private static Dictionary<string, string> Inherited() =>
        new[] { "PIPELINE_MIRROR", "DOTNET_ROOT" }
            .Select(n => (Name: n, Value: Environment.GetEnvironmentVariable(n)))
            .Where(v => v.Value is not null)
            .ToDictionary(v => v.Name, v => v.Value!);
}
