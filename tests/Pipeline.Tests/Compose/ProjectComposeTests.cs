using Pipeline.Cli;
using Pipeline.Host.Files;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Compose;

/// <summary>A project of <c>pipeline init</c> is composed as its user does it: in its directory, without naming anything.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed class ProjectComposeTests
{
    [TestCase(true)]
    [TestCase(false)]
    [CancelAfter(300_000)]
    public async Task A_new_project_composes_with_its_own_layer_over_that_of_the_program(
        bool isCheckout,
        CancellationToken cancellationToken
    )
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("app", files: [new("usr/share/app/data", "data"), new("etc/motd", "of the package\n")])
        );
        var program = Program(bench, isCheckout);
        var services = SilentServices.In(bench.Directory.Path) with { ProgramDirectory = program };
        Assert.That(await CommandLine.RunAsync(services, ["init", "my-os", "--from", "minimal"], cancellationToken), Is.Zero);

        var project = new WorkDirectory(bench.Directory.File("my-os"));
        var run = bench.Command("my-os") with
        {
            Arguments =
            [
                "-c",
                "exec \"$@\"",
                "sh",
                Path.Combine(AppContext.BaseDirectory, "pipeline"),
                "compose",
                "--mirror",
                $"tiny={bench.Repository.Url}",
                "--json",
            ],
            WorkingDirectory = project.Root,
        };
        var composed = await bench.ComposeAsync(run, cancellationToken);
        var again = await bench.ComposeAsync(run, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(composed.Directory, Does.StartWith(project.Builds));
            Assert.That(Path.GetFileName(Directory.GetFiles(composed.Directory, "*-ostree.*.tar").Single()), Does.StartWith("my-os-"));
            Assert.That(await bench.CatAsync(composed, "/usr/etc/motd", cancellationToken), Is.EqualTo("This is my-os.\n"));
            Assert.That(await bench.CatAsync(composed, "/usr/share/base", cancellationToken), Is.EqualTo("base\n"));
            Assert.That(again.Unchanged);
        }
    }

    /// <summary>Moves what the bench wrote beside its manifest to where a program has its manifests.</summary>
    private static string Program(ComposeBench bench, bool isCheckout)
    {
        var root = Directory.CreateDirectory(bench.Directory.File("pipeline")).FullName;
        var manifests = Directory.CreateDirectory(Path.Combine(root, "manifests")).FullName;
        foreach (var file in Directory.GetFiles(bench.Directory.Path))
        {
            File.Move(file, Path.Combine(manifests, Path.GetFileName(file)));
        }

        File.Move(Path.Combine(manifests, "m.yaml"), Path.Combine(manifests, "system.yaml"));
        var layer = Directory.CreateDirectory(Path.Combine(manifests, "overlay.d/10-base/usr/share")).FullName;
        File.WriteAllText(Path.Combine(layer, "base"), "base\n");
        File.WriteAllText(
            Path.Combine(manifests, "minimal.yaml"),
            "schema: compose/v1\ninclude: system.yaml\nostree-layers: [overlay/10-base]\n"
        );
        if (isCheckout)
        {
            File.WriteAllText(Path.Combine(root, WorkDirectory.Marker), "");
        }

        return isCheckout ? Directory.CreateDirectory(Path.Combine(root, "artifacts/program")).FullName : root;
    }
}
