using System.Buffers.Binary;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Pipeline.TestKit.Live;

namespace Pipeline.Tests.Images.Live;

/// <summary>Images that lie about themselves are refused before a byte is changed, and reading them ends.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HostileIsoTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private MediaFile Iso => new(_directory.File("live.iso"), "live.iso");

    public void Dispose() => _directory.Dispose();

    [TestCase("""{"file":"images/ignition.img","offset":262144}""", "PL3104")]
    [TestCase("""{"file":"images/ignition.img","offset":-1}""", "PL3104")]
    [TestCase("""{"file":"images/ignition.img","offset":9223372036854775807}""", "PL3104")]
    [TestCase("""{"file":"images/ignition.img","offset":1,"length":262144}""", "PL3103")]
    [TestCase("""{"file":"images/ignition.img","length":0}""", "PL3103")]
    [TestCase("""{"file":"images/ignition.img","length":99999999999}""", "PL3103")]
    [TestCase("""{"file":"images/ignition.img","length":9223372036854775807}""", "PL3103")]
    [TestCase("""{"file":"images"}""", "PL3101")]
    [TestCase("""{"file":"images/none.img"}""", "PL3104")]
    [TestCase("""{"file":"../etc/passwd"}""", "PL3104")]
    [TestCase("""{"file":"/"}""", "PL3104")]
    [TestCase("""{"file":7}""", "PL3104")]
    [TestCase("""[]""", "PL3104")]
    [TestCase("""{"file":"images/ignition.img",}""", "PL3104")]
    [TestCase("", "PL3104")]
    public void An_Ignition_area_that_is_not_inside_its_file_is_refused(string document, string code) =>
        Refuses(code, files => files["coreos/igninfo.json"] = Encoding.UTF8.GetBytes(document));

    [TestCase("""{"size":2049}""")]
    [TestCase("""{"size":0}""")]
    [TestCase("""{"size":-5}""")]
    [TestCase("""{"size":"1139"}""")]
    [TestCase("""{"size":50}""")]
    [TestCase("""{"files":[]}""")]
    [TestCase("""{"files":[7]}""")]
    [TestCase("""{"files":[{"path":"isolinux/isolinux.cfg"}]}""")]
    [TestCase("""{"files":[{"path":"isolinux/isolinux.cfg","offset":99999999}]}""")]
    [TestCase("""{"files":[{"path":"isolinux/../isolinux/isolinux.cfg","offset":100}]}""")]
    [TestCase("""{"files":[{"path":"none","offset":100}]}""")]
    [TestCase("""{"files":[{"path":"isolinux/isolinux.cfg","offset":100,"pad":"##"}]}""")]
    [TestCase("""{"files":[{"path":"isolinux/isolinux.cfg","offset":100,"end":"\u00e9"}]}""")]
    [TestCase("""{"default":5}""")]
    public void A_list_of_kernel_argument_places_that_is_wrong_is_refused(string members) => Refuses("PL3104", Places(members));

    [TestCase("""{"files":[{"path":"isolinux/isolinux.cfg","offset":100},{"path":"isolinux/isolinux.cfg","offset":100}]}""")]
    [TestCase("""{"files":[{"path":"images/ignition.img","offset":0}]}""")]
    public void Places_that_overlap_one_another_or_the_Ignition_area_are_refused(string members) => Refuses("PL3103", Places(members));

    [Test]
    public void A_place_that_reaches_into_the_next_file_is_refused() =>
        Refuses(
            "PL3103",
            files =>
            {
                Places("""{"files":[{"path":"isolinux/isolinux.cfg","offset":1000}],"size":2048}""")(files);
                files["isolinux/isolinux.cfg.next"] = new byte[4000];
            }
        );

    [TestCase(0L)]
    [TestCase(32768L)]
    [TestCase(40960L)]
    [TestCase(long.MaxValue)]
    [TestCase(long.MinValue)]
    [TestCase(-1L)]
    [TestCase(1L << 40)]
    public void A_header_that_points_at_something_else_than_a_file_is_refused(long offset)
    {
        var image = LiveIsoFixture.Of("2021-01").Bytes;
        BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(32768 - 24 - 72 + 24), offset == 0 ? 1 : offset);

        Refuses("PL3103", image);
    }

    [Test]
    public void A_directory_inside_itself_ends()
    {
        var image = LiveIsoFixture.Of("2023-07").Bytes;
        var root = 20 * TinyIso.Sector;
        var child = image.AsSpan(root);
        child = child[child[0]..];
        child = child[child[0]..];
        while ((child[25] & 2) == 0)
        {
            child = child[child[0]..];
        }

        BinaryPrimitives.WriteInt32LittleEndian(child[2..], 20);

        Refuses("PL3101", image);
    }

    [TestCase("..")]
    [TestCase("a/b")]
    [TestCase("a\\b")]
    [TestCase("a\u001b[2J")]
    public void A_name_that_climbs_out_is_refused(string name)
    {
        var iso = new TinyIso().Add("images/ignition.img", new byte[4096]).Add("images/" + new string('n', name.Length), "x");
        var image = iso.Build();
        var text = Encoding.ASCII.GetBytes(new string('n', name.Length));
        var at = image.AsSpan().IndexOf((byte[])[(byte)'N', (byte)'M', (byte)(5 + name.Length), 1, 0, .. text]);
        Encoding.UTF8.GetBytes(name).CopyTo(image, at + 5);

        Refuses("PL3122", image);
    }

    [Test]
    public void Records_of_every_wrong_length_are_refused_or_ignored()
    {
        var good = LiveIsoFixture.Of("2023-07").Bytes;
        for (var length = 1; length <= 255; length++)
        {
            var image = good.ToArray();
            image[20 * TinyIso.Sector] = (byte)length;
            File.WriteAllBytes(Iso.Path, image);

            Assert.That(Outcome(), Is.AnyOf("read", "PL3101", "PL3102", "PL3104", "PL3122"), $"length {length}");
        }
    }

    [Test]
    public void An_image_that_is_cut_off_anywhere_is_refused_or_read()
    {
        var good = LiveIsoFixture.Of("2021-12").Bytes;
        for (var length = 0; length < good.Length; length += 4093)
        {
            File.WriteAllBytes(Iso.Path, good[..length]);

            Assert.That(Outcome(), Does.StartWith("PL31").Or.EqualTo("read"), $"{length} bytes");
        }
    }

    [Test]
    public void Something_else_in_the_Ignition_area_is_refused_with_a_way_out()
    {
        var problem = Refuses("PL3110", files => files["images/ignition.img"] = [.. "hello"u8, .. new byte[262139]]);

        Assert.That(problem.Message, Does.Contain("neither a cpio archive nor compressed"));
    }

    [Test]
    public async Task Embedded_keyfiles_whose_names_lead_elsewhere_are_not_extracted()
    {
        LiveIsoFixture.Of("2023-07").WriteTo(Iso.Path);
        var live = LiveIso.Open(Iso.Path, "live.iso", CancellationToken.None);
        live.Change(i => i.Set("etc/coreos-firstboot-network/../../evil", "x"u8.ToArray()));
        await MediaWriter.WriteAsync(Iso, live.Changes(), MediaTarget.InPlace, CancellationToken.None);
        live.Dispose();

        var problem = Assert.Throws<PipelineException>(() => LiveMedia.NetworkOf(Iso, CancellationToken.None))!.Diagnostics[0];

        Assert.That((problem.Code, problem.Exit), Is.EqualTo(("PL3122", ExitClass.Refused)));
    }

    [Test]
    public void Kernel_arguments_that_differ_from_place_to_place_are_refused()
    {
        var fixture = LiveIsoFixture.Of("2023-07");
        fixture.Bytes[fixture.Offsets["EFI/fedora/grub.cfg"] + 100] = (byte)'X';

        Refuses("PL3103", fixture.Bytes);
    }

    [TestCase("a\nmenuentry evil")]
    [TestCase("")]
    [TestCase("a\u0000b")]
    public void Kernel_arguments_that_would_end_the_line_are_refused(string argument)
    {
        var change = new KernelArgumentChange { Append = [argument] };

        Assert.That(Assert.Throws<PipelineException>(() => change.ApplyTo("x"))!.Diagnostics[0].Code, Is.EqualTo("PL3114"));
    }

    private static Action<Dictionary<string, byte[]>> Places(string members) =>
        files =>
        {
            var document = System.Text.Json.Nodes.JsonNode.Parse(files["coreos/kargs.json"])!.AsObject();
            foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse(members)!.AsObject())
            {
                document[name] = value?.DeepClone();
            }

            files["coreos/kargs.json"] = Encoding.UTF8.GetBytes(document.ToJsonString());
        };

    private Diagnostic Refuses(string code, Action<Dictionary<string, byte[]>> change) =>
        Refuses(code, LiveIsoFixture.Of("2023-07", change).Bytes);

    private Diagnostic Refuses(string code, byte[] image)
    {
        File.WriteAllBytes(Iso.Path, image);

        var problem = Assert
            .Throws<PipelineException>(() =>
                new LiveMedia(new TestReporter())
                    .EmbedIgnitionAsync(Iso, new("c", "{}"u8.ToArray()), true, MediaTarget.InPlace, CancellationToken.None)
                    .GetAwaiter()
                    .GetResult()
            )!
            .Diagnostics[0];
        Assert.That(problem.Code, Is.EqualTo(code), problem.Message);
        Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(image), "nothing was changed");
        return problem;
    }

    private string Outcome()
    {
        try
        {
            LiveMedia.Inspect(Iso, CancellationToken.None);
            return "read";
        }
        catch (PipelineException e)
        {
            return e.Diagnostics[0].Code;
        }
    }
}
