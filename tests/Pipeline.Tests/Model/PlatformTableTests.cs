using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Model;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PlatformTableTests
{
    [Test]
    public void The_table_is_pinned() => Golden.Check("Model/platforms.txt", string.Concat(PlatformTable.Known.Platforms.Select(Text)));

    [TestCase("metal4k", "metal")]
    [TestCase("live-iso", "metal")]
    [TestCase("qemu", "qemu")]
    [TestCase("ignition-gpg-key", "qemu-secex")]
    [TestCase("ostree", null)]
    public void An_artifact_belongs_to_one_platform(string artifact, string? platform) =>
        Assert.That(PlatformTable.Known.OfArtifact(artifact)?.Name, Is.EqualTo(platform));

    [Test]
    public void An_upload_goes_to_one_platform() =>
        Assert.That(
            Enum.GetValues<UploadTarget>().Select(t => PlatformTable.Known.Platforms.Count(p => p.Upload == t)),
            Has.All.EqualTo(1)
        );

    [Test]
    public void A_platform_or_an_artifact_that_occurs_twice_is_refused()
    {
        var row = PlatformTable.Known.Find("qemu")!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => PlatformTable.Known.With(row), Throws.ArgumentException.With.Message.Contains("'qemu'"));
            Assert.That(
                () => PlatformTable.Known.With(row with { Name = "other" }),
                Throws.ArgumentException.With.Message.EqualTo("artifact 'qemu' is in the table twice")
            );
            Assert.That(
                () => new PlatformTable([row with { Consoles = [row.Consoles[0], row.Consoles[0]] }]),
                Throws.ArgumentException.With.Message.Contains("x86_64")
            );
        }
    }

    [Test]
    public void An_artifact_survives_meta_json()
    {
        var artifact = new Artifact
        {
            Name = "metal4k",
            Platform = "metal",
            Path = "/builds/1/x86_64/os-1-metal4k.x86_64.raw.xz",
            Size = ByteSize.FromBytes(5),
            Digest = Digest.Of("compressed"),
            UncompressedDigest = Digest.Of("plain"),
            UncompressedSize = ByteSize.FromBytes(9),
        };

        Assert.That(Artifact.From("metal4k", "/builds/1/x86_64", artifact.ToMeta(), PlatformTable.Known), Is.EqualTo(artifact));
    }

    [TestCase("../x", 1)]
    [TestCase("", 1)]
    [TestCase("..", 1)]
    [TestCase("x", -1)]
    [TestCase("x", null)]
    public void A_record_without_a_plain_file_name_and_a_size_is_no_artifact(string path, long? size) =>
        Assert.That(
            Artifact.From(
                "qemu",
                "/builds",
                new()
                {
                    Path = path,
                    Sha256 = Digest.Of("x").Hex,
                    Size = size,
                },
                PlatformTable.Known
            ),
            Is.Null
        );

    private static string Text(Platform platform) =>
        $"{platform.Name} id={platform.IgnitionId} upload={platform.Upload?.ToString() ?? "-"}\n"
        + string.Concat(platform.Consoles.Select(c => $"  console {c.Architecture}: {string.Join(' ', c.Arguments)}\n"))
        + string.Concat(
            platform.Artifacts.Select(a => $"  artifact {a.Name}: {a.Format ?? a.FormatPrefix + "*"} {a.Member}{Text(a.Disk)}\n")
        );

    private static string Text(DiskImage? disk) =>
        disk is null
            ? ""
            : $", {disk.Format} .{disk.Suffix}{CompressionSuffix.Of(disk.Compression)} sectors of {disk.SectorSize}"
                + $" on {string.Join(' ', disk.Architectures)}, {disk.DiskSize?.ToString() ?? "as large as its content"}";
}
