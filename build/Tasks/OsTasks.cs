using Cake.Frosting;
using Pipeline.Cli;
using Pipeline.Cli.Commands;
using Pipeline.Compose;
using Pipeline.Host.Net;
using Pipeline.Images;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Build.Tasks;

/// <summary>Manifest → commit.</summary>
[TaskName("Compose")]
[TaskDescription("Compose the OS: --manifest=FILE (default manifests/container-host.yaml), --arch=ARCH,… or all")]
internal sealed class ComposeTask : AsyncFrostingTask<BuildContext>
{
    public override Task RunAsync(BuildContext context) =>
        context.VerbAsync(
            "compose",
            async () =>
            {
                if (context.Argument("build") is not null)
                {
                    throw new PipelineException(
                        CommandLine.WrongUsage("'--build' names a build that is there, and this run composes one", "add --exclusive")
                    );
                }

                ForeignImages.Refuse(context.Requests.Compose.Requests(context.Services), context.Arguments.GetArguments());
                using var http = HttpStack.Create();
                var composer = ComposeArguments.NewComposer(context.Services, http);
                var (arguments, server) = await LocalRepository.ForAsync(context, composer);
                await using var serving = server;
                var answer = await ComposeAnswer.OfAsync(composer, arguments.Requests(context.Services), context.Cancellation);
                await context.Services.Output.WriteAsync(answer.Text);
                context.Requests.Build = answer.Id;
                if (answer.MadeSomething)
                {
                    await CacheDesk.TidyAsync(context.Services, context.Requests.Work, context.Cancellation);
                }

                return answer.Exit;
            }
        );
}

/// <summary>What follows a compose makes and boots images of this machine's architecture only.</summary>
internal static class ForeignImages
{
    /// <summary>Refuses a run that would compose for others and then look for an image of it.</summary>
    /// <param name="requests">What is to be composed.</param>
    /// <param name="arguments">The arguments of the run.</param>
    /// <exception cref="PipelineException">PL0319 (class 2).</exception>
    public static void Refuse(IEnumerable<ComposeRequest> requests, IDictionary<string, ICollection<string>> arguments)
    {
        var foreign = requests.Select(r => r.Architecture).Where(a => a != Architecture.Host).ToArray();
        var targets = arguments.Where(a => a.Key.ToUpperInvariant() is "TARGET" or "T").SelectMany(a => a.Value).ToArray();
        if (foreign.Length > 0 && !(targets.Length > 0 && targets.All(t => t.Equals("Compose", StringComparison.OrdinalIgnoreCase))))
        {
            throw new PipelineException(
                Diagnostic.Error(
                    "PL0319",
                    $"images of {string.Join(", ", foreign.Select(a => a.Name))} cannot be made on this machine, "
                        + $"which is '{Architecture.Host.Name}'",
                    hint: "compose only: ./build.sh --target=Compose --arch=…"
                )
            );
        }
    }
}

/// <summary>Commit → disk image.</summary>
[TaskName("Images")]
[TaskDescription("Make the qcow2 of the build that was composed; with --exclusive of --build=ID, or the latest")]
[IsDependentOn(typeof(ComposeTask))]
internal sealed class ImagesTask : AsyncFrostingTask<BuildContext>
{
    public override Task RunAsync(BuildContext context) =>
        context.VerbAsync(
            "images",
            async () =>
            {
                var images = new ImageBuilder(context.Programs, context.Reporter, TimeProvider.System);
                var artifacts = await images.BuildAsync(context.Requests.Images, context.Cancellation);
                await context.Services.Output.WriteAsync(ImagesCommand.Text(artifacts));
                return ExitClass.Done;
            }
        );
}

/// <summary>Disk image → test report.</summary>
[TaskName("Kola")]
[TaskDescription("Boot the build and run its tests; nothing boots when nothing changed, unless --force")]
[IsDependentOn(typeof(ImagesTask))]
internal sealed class KolaTask : AsyncFrostingTask<BuildContext>
{
    public override Task RunAsync(BuildContext context) =>
        context.VerbAsync(
            "kola",
            async () =>
            {
                var kola = new KolaRunner(context.Programs, context.Reporter, TimeProvider.System);
                var report = await kola.RunAsync(context.Requests.Kola, context.Cancellation);
                await TestAnswer.WriteAsync(context.Services, report, json: false);
                KolaRunner.RequireTests(report);
                return report.Outcome == TestOutcome.Fail ? ExitClass.WorkFailed : ExitClass.Done;
            }
        );
}

/// <summary>What <c>./build.sh</c> does.</summary>
[TaskName("Default")]
[TaskDescription("Compose, make the image, boot it, run its tests")]
[IsDependentOn(typeof(KolaTask))]
internal sealed class DefaultTask : FrostingTask<BuildContext>;

/// <summary>Breaks the OS on purpose.</summary>
[TaskName("Sabotage")]
[TaskDescription("For each kola test, break its subject: the test has to fail with the expected line")]
[IsDependentOn(typeof(ImagesTask))]
internal sealed class SabotageTask : AsyncFrostingTask<BuildContext>
{
    public override Task RunAsync(BuildContext context) =>
        context.VerbAsync(
            "kola",
            async () =>
            {
                var kola = new KolaRunner(context.Programs, context.Reporter, TimeProvider.System);
                var report = await kola.SabotageAsync(context.Requests.Sabotage, context.Cancellation);
                await context.Services.Output.WriteAsync(KolaRunner.Table(report));
                return report.Passed ? ExitClass.Done : ExitClass.WorkFailed;
            }
        );
}

/// <summary>Benchmarks: tables of ratios, nothing asserted.</summary>
[TaskName("Bench")]
[TaskDescription("Run bench/*.sh; --only=NAME for one")]
internal sealed class BenchTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var only = context.Argument("only");
        foreach (
            var script in Directory
                .EnumerateFiles(context.Path("bench"), "*.sh")
                .Order(StringComparer.Ordinal)
                .Where(s =>
                    Path.GetFileName(s) is not ("lib.sh" or "fuzz.sh" or "oracle.sh")
                    && (only is null || Path.GetFileNameWithoutExtension(s) == only)
                )
        )
        {
            await context.Programs.RunAsync(
                new("bash", [script])
                {
                    WorkingDirectory = context.Root,
                    InheritOutput = true,
                    Environment = Verbs.Inherited(),
                },
                context.Cancellation
            );
        }
    }
}

/// <summary>
/// Removes scratch space. <c>build.sh</c> does it itself, without compiling anything first; this is the same for other callers.
/// </summary>
[TaskName("Clean")]
[TaskDescription("Remove tmp/ and artifacts/; --all also cache/")]
internal sealed class CleanTask : FrostingTask<BuildContext>
{
    public override void Run(BuildContext context)
    {
        foreach (
            var directory in new[] { "tmp", "artifacts" }
                .Concat(context.Flag("all") ? ["cache"] : [])
                .Select(d => context.Path(d))
                .Where(Directory.Exists)
        )
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
