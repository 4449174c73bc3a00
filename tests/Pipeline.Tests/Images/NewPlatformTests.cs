using Pipeline.Model.Contracts;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.Releases.Publishing;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>A new platform is one row of the platform table: with it come recipe, console, artifact and release metadata.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class NewPlatformTests
{
    private static readonly Platform Nimbus = new()
    {
        Name = "nimbus",
        Consoles = [new(Arch.X86_64, ["console=tty0", "console=ttyS1,9600n8"])],
        Artifacts =
        [
            new()
            {
                Name = "nimbus",
                Disk = new()
                {
                    Architectures = [Arch.X86_64, Arch.Aarch64],
                    Format = DiskFormat.Qcow2,
                    Suffix = "img",
                    Compression = Compression.Zstd,
                    DiskSize = ByteSize.FromGiB(12),
                },
            },
        ],
    };

    private static readonly PlatformTable Table = PlatformTable.Known.With(Nimbus);

    [Test]
    public void It_has_a_recipe_per_architecture()
    {
        var recipes = RecipeTableTests.Of(Table);

        Golden.Check("Images/new-platform.txt", string.Join('\n', recipes.All.Where(r => r.Name == "nimbus")) + "\n");
        Assert.That(recipes.Require(["nimbus"], Arch.X86_64).Single().Platform, Is.EqualTo(Nimbus));
    }

    [Test]
    public void Its_console_is_known_per_architecture()
    {
        var platform = Table.Find("nimbus")!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(platform.ConsolesOn(Arch.X86_64), Is.EqualTo(["console=tty0", "console=ttyS1,9600n8"]));
            Assert.That(platform.ConsolesOn(Arch.Aarch64), Is.Empty);
        }
    }

    [Test]
    public void Its_image_is_listed_in_release_metadata()
    {
        var artifact = new Artifact
        {
            Name = "nimbus",
            Platform = "nimbus",
            Path = "/builds/os-1-nimbus.x86_64.img.zst",
            Size = ByteSize.FromBytes(7),
            Digest = Digest.Of("compressed"),
            UncompressedDigest = Digest.Of("plain"),
        };
        var meta = new BuildMetaDocument
        {
            Name = "os",
            BuildId = "1",
            OstreeCommit = new('c', 64),
            OstreeVersion = "1",
            OstreeTimestamp = "2026-01-01T00:00:00Z",
            Architecture = "x86_64",
            Images = new[] { artifact }.ToValueMap(a => a.Name, a => a.ToMeta()),
        };
        var options = new ReleaseMetadataOptions("stable", "https://builds.example.org", Signatures: false);

        var known = Media(options with { Platforms = Table });
        var unknown = Media(options);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(known.Find("nimbus")!.Artifacts!.Keys, Is.EqualTo(["img.zst"]));
            Assert.That(
                known.Find("nimbus")!.Artifacts!.Find("img.zst")!.Disk!.Location,
                Is.EqualTo("https://builds.example.org/stable/builds/1/x86_64/os-1-nimbus.x86_64.img.zst")
            );
            Assert.That(known.Find("nimbus")!.Artifacts!.Find("img.zst")!.Disk!.UncompressedSha256, Is.EqualTo(Digest.Of("plain").Hex));
            Assert.That(unknown.Find("nimbus"), Is.Null);
        }

        ValueMap<ReleasePlatform> Media(ReleaseMetadataOptions with) =>
            ReleaseMetadata.Create([new("meta.json", meta)], null, with).Architectures.Find("x86_64")!.Media;
    }
}
