using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Cli;

/// <summary><c>images --list</c>, names that stand for several images, and the defaults of a pipeline's config.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ImageListTests : IDisposable
{
    private const string Config = """
        streams:
          stable:
            type: production
          next:
            type: production
            default: true
            additional_artifacts:
              x86_64: [aws, live]
        default_artifacts:
          all: [qemu, metal]
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task The_table_is_pinned()
    {
        var run = await CliRun.Of(["images", "--list"]);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Golden.Check("Cli/images-list.txt", run.Output);
    }

    [Test]
    public async Task One_architecture_and_some_images_can_be_asked_for_as_json()
    {
        var run = await CliRun.Of(["images", "--list", "--arch", "s390x", "-p", "qemu", "--json"]);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Golden.Check("Cli/images-list.json", run.Output);
    }

    [TestCase("next", "*", "*")]
    [TestCase("stable", "*", "")]
    public async Task The_config_of_a_pipeline_says_what_is_the_default(string stream, string qemu, string aws)
    {
        await File.WriteAllTextAsync(_directory.File("pipeline.yaml"), Config);

        var run = await CliRun.Of(
            [
                "images",
                "--list",
                "--arch",
                "x86_64",
                "--pipeline",
                "pipeline.yaml",
                .. stream == "next" ? [] : (string[])["--stream", stream],
            ],
            _directory.Path
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(Default("qemu"), Is.EqualTo(qemu));
            Assert.That(Default("aws"), Is.EqualTo(aws));
            Assert.That(Default("vultr"), Is.Empty);
            Assert.That(Default("live"), Is.EqualTo(aws), "live media are in the same list");
            Assert.That(run.Error, Does.Not.Contain("not made here"));
        }

        string Default(string name)
        {
            var lines = run.Output.Split('\n');
            var line = lines.Single(l => l.StartsWith($"{name} ", StringComparison.Ordinal));
            var column = lines[0].IndexOf("default", StringComparison.Ordinal);
            return line.Length > column ? line[column].ToString().Trim() : "";
        }
    }

    [Test]
    public async Task Media_of_the_config_that_cannot_be_made_are_noted_and_left_out()
    {
        await File.WriteAllTextAsync(_directory.File("pipeline.yaml"), Config.Replace("x86_64:", "aarch64:", StringComparison.Ordinal));

        var run = await CliRun.Of(["images", "--list", "--arch", "aarch64", "--pipeline", "pipeline.yaml"], _directory.Path);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("not made here: live"));
    }

    [Test]
    public async Task A_stream_that_is_not_in_the_config_and_a_file_that_is_not_there_are_refused()
    {
        await File.WriteAllTextAsync(_directory.File("pipeline.yaml"), Config);

        var stream = await CliRun.Of(["images", "--list", "--pipeline", "pipeline.yaml", "--stream", "nxt"], _directory.Path);
        var file = await CliRun.Of(["images", "--pipeline", "nowhere.yaml"], _directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((stream.ExitCode, file.ExitCode), Is.EqualTo((2, 2)));
            Assert.That(stream.Error, Does.Contain("PL1060").And.Contain("did you mean 'next'"));
            Assert.That(file.Error, Does.Contain("PL1059"));
        }
    }

    [TestCase("all", "cloud1 metal metal4k qemu")]
    [TestCase("cloud", "cloud1")]
    [TestCase("bare-metal", "metal metal4k")]
    [TestCase("metal qemu bare-metal", "metal qemu metal4k")]
    [TestCase("nosuch", "nosuch")]
    public void A_group_is_what_can_be_made_of_it_on_the_architecture(string names, string expected)
    {
        ValueList<ImageRow> table =
        [
            Row("cloud1", "cloud1"),
            Row("cloud2", "cloud2") with
            {
                Obstacle = "something",
            },
            Row("cloud3", "cloud3") with
            {
                Architecture = Arch.S390x,
            },
            Row("metal", "metal"),
            Row("metal4k", "metal"),
            Row("qemu", "qemu"),
        ];

        Assert.That(string.Join(' ', ImageGroups.Expand(names.Split(' '), table, Arch.X86_64)), Is.EqualTo(expected));
    }

    private static ImageRow Row(string name, string platform) => new(name, platform, Arch.X86_64, "raw", "raw", Compression.None, null);
}
