using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit.Live;

namespace Pipeline.Tests.Images.Live;

/// <summary>A minimal ISO is made of the full one, byte for byte as it was released, and fetches its root file system.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MinimalIsoTests : IDisposable
{
    private const string Url = "https://example.com/rootfs.img";
    private readonly TemporaryDirectory _directory = new();

    private MediaFile Full => new(_directory.File("full.iso"), "full.iso");

    private MediaFile Minimal => new(_directory.File("min.iso"), "min.iso");

    public void Dispose() => _directory.Dispose();

    [TestCase(null)]
    [TestCase(Url)]
    public async Task It_looks_for_its_root_file_system_elsewhere(string? url)
    {
        Write();
        var rootfs = new MediaFile(_directory.File("rootfs.img"), "rootfs.img");

        await LiveMedia.ExtractMinimalAsync(Full, new(Minimal, null), rootfs, url, CancellationToken.None);

        var without = LiveIsoFixture.Arguments.Replace("coreos.liveiso=tiny-40.1 ", "", StringComparison.Ordinal);
        var report = LiveMedia.Inspect(Minimal, CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.KernelArguments, Is.EqualTo(url is null ? without : $"{without} coreos.live.rootfs_url={Url}"));
            Assert.That(report.DefaultKernelArguments, Is.EqualTo(without));
            Assert.That(
                report.Files.Select(f => f.Path),
                Does.Not.Contain("images/pxeboot/rootfs.img").And.Contain("images/pxeboot/vmlinuz")
            );
            Assert.That(new FileInfo(rootfs.Path).Length, Is.EqualTo(30_000));
        }
    }

    [Test]
    public async Task The_files_of_both_images_are_the_same()
    {
        var minimal = Write();
        var stream = new MemoryStream();

        await LiveMedia.ExtractMinimalAsync(Full, new(null, () => stream), null, null, CancellationToken.None);

        var made = stream.ToArray();
        foreach (var (path, offset) in minimal.Offsets.Where(o => o.Key.StartsWith("images/", StringComparison.Ordinal)))
        {
            Assert.That(made.AsSpan(offset, 4096).SequenceEqual(minimal.Bytes.AsSpan(offset, 4096)), path);
        }

        Assert.That(made, Has.Length.EqualTo(minimal.Bytes.Length));
    }

    [Test]
    public async Task An_image_that_is_customized_or_was_changed_is_refused()
    {
        Write();
        var bytes = await File.ReadAllBytesAsync(Full.Path);
        await LiveMedia.ChangeKernelArgumentsAsync(Full, new() { Append = ["x"] }, MediaTarget.InPlace, CancellationToken.None);
        Assert.That((await RefusedAsync()).Code, Is.EqualTo("PL3126"));

        bytes[bytes.AsSpan().IndexOf("000000kernel"u8)] = (byte)'9';
        await File.WriteAllBytesAsync(Full.Path, bytes);
        var changed = await RefusedAsync();

        Assert.That((changed.Code, changed.Exit), Is.EqualTo(("PL3121", ExitClass.Refused)));
        Assert.That(Directory.GetFiles(_directory.Path).Select(Path.GetFileName), Does.Not.Contain("min.iso"));
    }

    [TestCase("ftp://example.com/x")]
    [TestCase("https://example.com/a b")]
    [TestCase("rootfs.img")]
    public async Task An_address_that_cannot_be_fetched_is_refused(string url)
    {
        Write();

        Assert.That((await RefusedAsync(url)).Code, Is.EqualTo("PL3127"));
    }

    [TestCase("2021-01")]
    [TestCase("2023-07")]
    public async Task An_image_without_the_data_is_refused(string generation)
    {
        LiveIsoFixture.Of(generation).WriteTo(Full.Path);

        Assert.That((await RefusedAsync()).Code, Is.AnyOf("PL3111", "PL3120"));
    }

    [Test]
    public async Task Files_that_differ_between_the_images_are_kept_apart()
    {
        Written("full.iso", "the same", "one");
        var minimal = Written("pack.iso", "the same", "two");
        using var full = IsoImage.Open(Full.Path, "full.iso");
        using var small = IsoImage.Open(_directory.File("pack.iso"), "pack.iso");
        var made = new MemoryStream();

        await MinimalIso.Read("full.iso", MinimalIso.Pack(full, small)).WriteAsync(full, made, CancellationToken.None);

        Assert.That(made.ToArray(), Is.EqualTo(minimal));
    }

    private byte[] Written(string name, string same, string other)
    {
        var bytes = new TinyIso().Add("same", same).Add("other", other).Build();
        File.WriteAllBytes(_directory.File(name), bytes);
        return bytes;
    }

    [Test]
    public void Data_that_is_damaged_anywhere_is_refused_and_bounded()
    {
        Write();
        using var image = IsoImage.Open(Full.Path, "full.iso");
        var good = image.Read(image.FindFile("coreos/miniso.dat")!, 1 << 20);
        for (var at = 0; at < 120; at++)
        {
            foreach (var value in (byte[])[0, 251, 252, 253, 254, 255])
            {
                var bad = good.ToArray();
                bad[at] = value;
                try
                {
                    MinimalIso.Read("full.iso", bad);
                }
                catch (PipelineException e)
                {
                    Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL3120"));
                }
            }

            Assert.Throws<PipelineException>(() => MinimalIso.Read("full.iso", good[..at]));
        }
    }

    /// <summary>Writes the full image with the data of a minimal one; gives the minimal one.</summary>
    private LiveIsoFixture Write()
    {
        var minimal = LiveIsoFixture.Of(
            "2023-07",
            files =>
            {
                files.Remove("images/pxeboot/rootfs.img");
                files.Remove("coreos/miniso.dat");
            }
        );
        LiveIsoFixture.Of("2023-07").WriteTo(Full.Path);
        minimal.WriteTo(_directory.File("pack.iso"));
        byte[] data;
        using (var full = IsoImage.Open(Full.Path, "full.iso"))
        using (var small = IsoImage.Open(_directory.File("pack.iso"), "pack.iso"))
        {
            data = MinimalIso.Pack(full, small);
        }

        File.Delete(_directory.File("pack.iso"));
        LiveIsoFixture.Of("2023-07", files => data.CopyTo(files["coreos/miniso.dat"], 0)).WriteTo(Full.Path);
        return minimal;
    }

    private async Task<Diagnostic> RefusedAsync(string? url = null)
    {
        var refused = await Assert.ThrowsAsync<PipelineException>(() =>
            LiveMedia.ExtractMinimalAsync(Full, new(Minimal, null), null, url, CancellationToken.None)
        );
        return refused!.Diagnostics[0];
    }
}
