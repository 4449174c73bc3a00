using System.Globalization;
using Cake.Frosting;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build.Tasks;

/// <summary>A tier of the test suite.</summary>
/// <param name="Name">Its name for <c>--tier</c> and its report.</param>
/// <param name="Project">The test project.</param>
/// <param name="Filter">Which tests of the project.</param>
/// <param name="Minutes">What it may take on two cores; shown beside what it took.</param>
/// <param name="Verbosity">How much the console shows; machine tests are few and slow, so each is a line.</param>
internal sealed record TestTier(string Name, string Project, string Filter, int Minutes, string Verbosity)
{
    /// <summary>
    /// The tiers in their order. <c>fast</c> needs no root, no network and no service; <c>system</c> runs bubblewrap, ostree, stores
    /// and mirrors; <c>machine</c> boots virtual machines.
    /// </summary>
    public static IReadOnlyList<TestTier> All { get; } =
    [
        new("fast", "Pipeline.Tests", "TestCategory!=system", 3, "minimal"),
        new("system", "Pipeline.Tests", "TestCategory=system", 6, "minimal"),
        new("machine", "Pipeline.MachineTests", "TestCategory=machine", 16, "normal"),
    ];

    /// <summary>The filter of one run: the tier's, the user's, and without the published documents where they are not there.</summary>
    /// <param name="user">The user's filter, or <c>null</c>.</param>
    /// <param name="published">Whether the published documents are there to be read.</param>
    public string FilterOf(string? user, bool published) =>
        string.Join(
            '&',
            new[] { Filter, published ? null : "TestCategory!=published", user is null ? null : $"({user})" }.OfType<string>()
        );
}

/// <summary>Runs the tiers one after the other; all of them run even when one fails.</summary>
[TaskName("Test")]
[TaskDescription("Run the test suite: --tier=fast|system|machine for one tier, --filter=FILTER for some tests")]
[IsDependentOn(typeof(CompileTask))]
internal sealed class TestTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var only = context.Argument("tier");
        var tiers = TestTier.All.Where(t => only is null || t.Name == only).ToArray();
        if (tiers.Length == 0)
        {
            var names = string.Join(", ", TestTier.All.Select(t => t.Name));
            throw new PipelineException(Diagnostic.Error("PL0312", $"no test tier is named '{only}'", hint: $"one of: {names}"));
        }

        var published = HasPublished(context);
        var results = context.Path("artifacts", "test-results");
        if (Directory.Exists(results))
        {
            Directory.Delete(results, recursive: true);
        }

        if (tiers.Any(t => t.Name == "system"))
        {
            await InstallAzuriteAsync(context);
        }

        var failures = new List<Diagnostic>();
        foreach (var tier in tiers)
        {
            await RunAsync(context, tier, results, published, failures);
        }

        if (failures.Count > 0)
        {
            throw new PipelineException(failures);
        }
    }

    private static async Task RunAsync(BuildContext context, TestTier tier, string results, bool published, List<Diagnostic> failures)
    {
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            await context.DotNetAsync([
                "test",
                $"tests/{tier.Project}",
                "--no-build",
                "-nologo",
                "--filter",
                tier.FilterOf(context.Argument("filter"), published),
                "--logger",
                $"trx;LogFileName={tier.Name}.trx",
                "--logger",
                $"console;verbosity={tier.Verbosity}",
                "--results-directory",
                results,
            ]);
        }
        catch (PipelineException e) when (e.Exit == ExitClass.WorkFailed)
        {
            failures.Add(
                Diagnostic.Error(
                    "PL0311",
                    $"tests of the tier '{tier.Name}' failed",
                    hint: $"the report is '{results}/{tier.Name}.trx'",
                    exit: ExitClass.WorkFailed
                )
            );
        }

        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        context.Reporter.Note($"tier {tier.Name}: {seconds} s of {tier.Minutes * 60} s");
    }

    private static bool HasPublished(BuildContext context)
    {
        var directory = System.Environment.GetEnvironmentVariable("PIPELINE_PUBLISHED");
        if (string.IsNullOrEmpty(directory))
        {
            context.Reporter.Note("tests against published documents are left out: PIPELINE_PUBLISHED names no directory");
            return false;
        }

        return Directory.Exists(directory)
            ? true
            : throw new PipelineException(
                Diagnostic.Error(
                    "PL0313",
                    $"PIPELINE_PUBLISHED names '{directory}', which is not a directory",
                    hint: "unset it to leave these tests out"
                )
            );
    }

    /// <summary>The Azure storage emulator that store tests start; from the machine's own npm registry, pinned by its lock file.</summary>
    private static async Task InstallAzuriteAsync(BuildContext context)
    {
        var directory = context.Path("tests", "azurite");
        var installed = new FileInfo(System.IO.Path.Combine(directory, "node_modules", ".package-lock.json"));
        if (
            installed.Exists
            && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(System.IO.Path.Combine(directory, "package-lock.json"))
        )
        {
            return;
        }

        await context.Programs.RunAsync(
            new("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            {
                WorkingDirectory = directory,
                InheritOutput = true,
                Environment = Verbs.Inherited(),
            },
            context.Cancellation
        );
    }
}
