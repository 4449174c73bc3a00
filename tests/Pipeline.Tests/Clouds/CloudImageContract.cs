using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Clouds;

/// <summary>What every <see cref="ICloudImages"/> promises. An account is made by the fixture, with at least three regions.</summary>
public abstract class CloudImageContract
{
    private static readonly CloudImageSpec Spec = new()
    {
        Name = "tiny-43.20260901.3.0-x86_64",
        Description = "Tiny 43",
        Architecture = Pipeline.Model.Values.Architecture.X86_64,
        Source = Digest.Of("artifact"),
        Tags = [new("stream", "testing")],
    };

    private readonly TemporaryDirectory _directory = new();

    /// <summary>The account under test, empty.</summary>
    protected abstract ICloudImages Open(string journals);

    /// <summary>Puts an image of that name there that carries no owner tag.</summary>
    protected abstract void AddForeign(string region, string name);

    [TearDown]
    public void Clean() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task An_image_goes_through_its_whole_life(CancellationToken cancellationToken)
    {
        using var images = Open(_directory.File("journals"));
        var regions = await images.RegionsAsync(cancellationToken);
        Assert.That(await images.AccountAsync(cancellationToken), Is.Not.Empty);
        Assert.That(regions, Has.Count.AtLeast(3).And.Ordered);
        Assert.That(await images.FindAsync(regions[0], Spec.Name, cancellationToken), Is.Null);

        var disk = await images.UploadAsync(regions[0], Spec, Disk(), new Progress<UploadProgress>(), cancellationToken);
        var image = await images.RegisterAsync(regions[0], Spec, disk, cancellationToken);
        var copy = await images.ReplicateAsync(image, Spec, regions[1], cancellationToken);
        await images.ShareAsync(image, new() { Public = true }, cancellationToken);
        await images.PromoteAsync(image, "tiny-testing", cancellationToken);
        await images.DeprecateAsync(copy, TimeProvider.System.GetUtcNow().AddYears(1), cancellationToken);

        var found = await images.FindAsync(regions[0], Spec.Name, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Is.EqualTo(image with { Public = true }));
            Assert.That(image.State, Is.EqualTo(CloudImageState.Available));
            Assert.That((image.Owned, image.Source, image.Disk), Is.EqualTo((true, Spec.Source, disk)));
            Assert.That(copy.State, Is.EqualTo(CloudImageState.Available));
            Assert.That((copy.Region, copy.Source, copy.Disk == disk), Is.EqualTo((regions[1], Spec.Source, false)));
            Assert.That((await images.FindAsync(regions[1], Spec.Name, cancellationToken))?.Deprecated, Is.Not.Null);
            Assert.That(await KindsAsync(images, regions[0], cancellationToken), Is.EqualTo("Image Disk"));
            Assert.That(await KindsAsync(images, regions[2], cancellationToken), Is.Empty);
        }

        foreach (var resource in await images.ListAsync(regions[0], cancellationToken))
        {
            await images.DeleteAsync(resource, cancellationToken);
        }

        Assert.That(await KindsAsync(images, regions[0], cancellationToken), Is.Empty, "an image goes with its disk, and twice is fine");
        Assert.That(await KindsAsync(images, regions[1], cancellationToken), Is.EqualTo("Image Disk"));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_is_asked_for_twice_is_made_once(CancellationToken cancellationToken)
    {
        using var images = Open(_directory.File("journals"));
        var (first, second) = ((await images.RegionsAsync(cancellationToken))[0], (await images.RegionsAsync(cancellationToken))[1]);
        var made = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            var disk = await images.UploadAsync(first, Spec, Disk(), new Progress<UploadProgress>(), cancellationToken);
            var image = await images.RegisterAsync(first, Spec, disk, cancellationToken);
            made.Add($"{disk} {image.Id} {(await images.ReplicateAsync(image, Spec, second, cancellationToken)).Id}");
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made, Has.Count.EqualTo(1));
            Assert.That(await KindsAsync(images, first, cancellationToken), Is.EqualTo("Image Disk"));
            Assert.That(await KindsAsync(images, second, cancellationToken), Is.EqualTo("Image Disk"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task The_image_of_somebody_else_is_neither_taken_nor_changed_nor_deleted(CancellationToken cancellationToken)
    {
        using var images = Open(_directory.File("journals"));
        var region = (await images.RegionsAsync(cancellationToken))[0];
        AddForeign(region, Spec.Name);
        var foreign = await images.FindAsync(region, Spec.Name, cancellationToken);
        var resource = new CloudResource(CloudResourceKind.Image, region, foreign!.Id, foreign.Name, "available", null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(foreign.Owned, Is.False);
            Assert.That(await KindsAsync(images, region, cancellationToken), Is.Empty);
            await RefusedAsync(() => images.RegisterAsync(region, Spec, "disk", cancellationToken));
            await RefusedAsync(() => images.ReplicateAsync(foreign, Spec, region, cancellationToken));
            await RefusedAsync(() => images.ShareAsync(foreign, new() { Public = true }, cancellationToken));
            await RefusedAsync(() => images.PromoteAsync(foreign, "f", cancellationToken));
            await RefusedAsync(() => images.DeprecateAsync(foreign, TimeProvider.System.GetUtcNow().AddYears(1), cancellationToken));
            await RefusedAsync(() => images.DeleteAsync(resource, cancellationToken));
            Assert.That(await images.FindAsync(region, Spec.Name, cancellationToken), Is.EqualTo(foreign));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task An_image_of_another_artifact_is_refused(CancellationToken cancellationToken)
    {
        using var images = Open(_directory.File("journals"));
        var region = (await images.RegionsAsync(cancellationToken))[0];
        var disk = await images.UploadAsync(region, Spec, Disk(), new Progress<UploadProgress>(), cancellationToken);
        await images.RegisterAsync(region, Spec, disk, cancellationToken);

        await RefusedAsync(() =>
            images.RegisterAsync(region, Spec with { Source = Digest.Of("another artifact") }, disk, cancellationToken)
        );
    }

    /// <summary>A raw disk with two blocks that hold something.</summary>
    protected DiskContent Disk()
    {
        var path = _directory.File("disk.raw");
        using (var file = File.Create(path))
        {
            file.SetLength(5 * DiskContent.BlockSize);
            file.WriteByte(1);
            file.Position = (3 * DiskContent.BlockSize) + 7;
            file.WriteByte(2);
        }

        return DiskContent.Open(path, null);
    }

    private static async Task<string> KindsAsync(ICloudImages images, string region, CancellationToken cancellationToken) =>
        string.Join(' ', (await images.ListAsync(region, cancellationToken)).Select(r => r.Kind));

    private static async Task RefusedAsync(Func<Task> work) =>
        await Assert.ThatAsync(
            work,
            Throws.TypeOf<PipelineException>().With.Property(nameof(PipelineException.Exit)).EqualTo(ExitClass.Refused)
        );
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FakeCloudImagesTests : CloudImageContract, IDisposable
{
    private readonly Pipeline.TestKit.Clouds.FakeCloudImages _images = new();

    public void Dispose() => _images.Dispose();

    protected override ICloudImages Open(string journals) => _images;

    protected override void AddForeign(string region, string name) => _images.Add(region, name, owned: false);
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AwsImagesTests : CloudImageContract, IDisposable
{
    private readonly Pipeline.TestKit.Clouds.AwsServer _server = new();

    public void Dispose() => _server.Dispose();

    protected override ICloudImages Open(string journals) => AwsAccount.Images(_server, journals);

    protected override void AddForeign(string region, string name) => _server.Add("image", region, name, "available", []);
}
