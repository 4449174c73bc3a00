using System.Text;
using Pipeline.Compose.Builds;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class BuildRecordsTests
{
    private static readonly DateTimeOffset Day = new(2026, 8, 24, 23, 59, 0, TimeSpan.Zero);

    [Test]
    public void The_next_number_follows_the_highest_of_its_day_and_stream()
    {
        var index = BuildIndex
            .Empty.With("13.20260824.20.dev7", "x86_64", Day)
            .With("13.20260824.20.dev12", "x86_64", Day)
            .With("13.20260824.1.dev99", "x86_64", Day)
            .With("13.20260823.20.dev50", "x86_64", Day);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(BuildVersion.Next(Manifest(), Day, "testing-devel", true, index), Is.EqualTo("13.20260824.20.dev13"));
            Assert.That(BuildVersion.Next(Manifest(), Day, "testing-devel", false, index), Is.EqualTo("13.20260824.20.0"));
            Assert.That(
                BuildVersion.Next(Manifest(), Day.ToOffset(TimeSpan.FromHours(9)), null, true, index),
                Is.EqualTo("13.20260824.0.dev0")
            );
        }
    }

    [Test]
    public void An_unknown_stream_is_bad_input_with_the_nearest_name()
    {
        var e = Assert.Throws<PipelineException>(() => BuildVersion.Next(Manifest(), Day, "tesing", true, BuildIndex.Empty))!;

        Assert.That(e.Message, Does.Contain("'testing'"));
    }

    [Test]
    public void Builds_json_puts_new_builds_first_and_keeps_what_others_wrote()
    {
        var text =
            "{\"schema-version\": \"1.0.0\", \"builds\": [{\"id\": \"1.0\", \"arches\": [\"x86_64\"], "
            + "\"policy-cleanup\": {\"containers\": true}}], \"tombstone-builds\": [], \"timestamp\": \"\"}";

        var index = BuildIndex.Parse("builds.json", Encoding.UTF8.GetBytes(text)).With("2.0", "x86_64", Day).With("1.0", "s390x", Day);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                index.Builds.Select(b => $"{b.Id}:{string.Join('+', b.Architectures)}"),
                Is.EqualTo(["2.0:x86_64", "1.0:x86_64+s390x"])
            );
            Assert.That(
                index.Write(),
                Does.Contain("\"policy-cleanup\"").And.Contain("\"tombstone-builds\"").And.Contain("2026-08-24T23:59:00Z")
            );
        }
    }

    [TestCase("../evil")]
    [TestCase("a/b")]
    [TestCase(".hidden")]
    [TestCase("")]
    public void An_id_cannot_leave_the_store(string id) =>
        Assert.That(
            () => new BuildStore(new WorkDirectory("/nowhere"), TimeProvider.System).Directory(id, Arch.X86_64),
            Throws.TypeOf<PipelineException>()
        );

    [Test]
    public void Input_digests_do_not_depend_on_the_order_of_inputs_but_on_everything_else()
    {
        StepInput a = new("a", Digest.Of("1"));
        StepInput b = new("b", Digest.Of("2"));
        var digest = new StepInputs("s", 1, [a, b]).Digest;

        using (Assert.EnterMultipleScope())
        {
            // Pinned: a change of the canonical form would make every cache and every "nothing changed" wrong.
            Assert.That(
                digest,
                Is.EqualTo(
                    Digest.Of(
                        $"{{\"inputs\":[{{\"digest\":\"{a.Digest}\",\"name\":\"a\"}},{{\"digest\":\"{b.Digest}\",\"name\":\"b\"}}],"
                            + "\"step\":\"s\",\"stepVersion\":1}"
                    )
                )
            );
            Assert.That(new StepInputs("s", 1, [b, a]).Digest, Is.EqualTo(digest));
            Assert.That(new StepInputs("s", 2, [a, b]).Digest, Is.Not.EqualTo(digest));
            Assert.That(new StepInputs("t", 1, [a, b]).Digest, Is.Not.EqualTo(digest));
            Assert.That(new StepInputs("s", 1, [a]).Digest, Is.Not.EqualTo(digest));
        }
    }

    [TestCase("5.2.37-2+b10", "0 5.2.37 2+b10")]
    [TestCase("1:2.41-5-1", "1 2.41-5 1")]
    [TestCase("3", "0 3 ")]
    [TestCase("1:2.3-4", "1 2.3 4")]
    [TestCase("2.3-4", "0 2.3 4")]
    public void A_version_falls_into_epoch_version_and_release(string version, string expected)
    {
        var (epoch, upstream, release) = PackageVersion.Parse(version);

        Assert.That($"{epoch} {upstream} {release}", Is.EqualTo(expected));
    }

    [Test]
    public void The_sandbox_has_no_network_and_dies_with_us()
    {
        var command = new Bubblewrap("/tree") { ReadOnly = [new("/host/script", "/run/pipeline")], Environment = [new("A", "b c")] }
            .Command("/bin/sh", "-c", "true")
            .ToString();

        Golden.Check("Host/bubblewrap.txt", command.Replace(" --", "\n  --", StringComparison.Ordinal) + "\n");
    }

    [Test]
    public void Subordinate_ids_are_found_by_name_or_number()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("subuid"), "other:1:65536\nsmall:5:10\nme:100000:65536\n1001:300000:65536\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(IdMap.Subordinate(directory.File("subuid"), "me:x:1000:1000::/:/bin/sh\n", 1000), Is.EqualTo(100000));
            Assert.That(IdMap.Subordinate(directory.File("subuid"), "", 1001), Is.EqualTo(300000));
            Assert.That(
                Assert.Throws<PipelineException>(() => IdMap.Subordinate(directory.File("subuid"), "small:x:7:7::/:\n", 7))!.Exit,
                Is.EqualTo(ExitClass.MissingTool)
            );
        }
    }

    private static Manifest Manifest() =>
        new()
        {
            File = "m.yaml",
            IsSchema = true,
            Name = "m",
            Architecture = Arch.X86_64,
            AutomaticVersionPrefix = "13",
            Flattened = new([]),
        };
}
