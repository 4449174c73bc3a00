using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipeline.TestKit.Live;

/// <summary>
/// Small live ISOs of every layout since September 2020, named by the month in which it appeared. Boot loaders are texts only: nothing
/// boots.
/// </summary>
public sealed class LiveIsoFixture
{
    /// <summary>The kernel arguments that they are released with.</summary>
    public const string Arguments = "mitigations=auto,nosmt coreos.liveiso=tiny-40.1 ignition.firstboot ignition.platform.id=metal";

    /// <summary>Bytes of a place of kernel arguments.</summary>
    public const int ArgumentSize = 1139;

    /// <summary>Bytes of the Ignition area.</summary>
    public const int IgnitionSize = 256 * 1024;

    /// <summary>All layouts, the oldest first.</summary>
    public static IReadOnlyList<string> All { get; } =
    ["2020-09", "2021-01", "2021-09", "2021-12", "2022-02", "2022-09", "2023-03", "2023-03-s390x", "2023-07", "2023-07-s390x"];

    /// <summary>Layouts in which kernel arguments can be changed.</summary>
    public static IReadOnlyList<string> WithArguments { get; } = [.. All.Where(g => g is not ("2020-09" or "2023-03-s390x"))];

    /// <summary>Layouts that say what their OS can do.</summary>
    public static IReadOnlyList<string> WithFeatures { get; } = [.. All.Where(g => string.CompareOrdinal(g, "2021-12") >= 0)];

    private LiveIsoFixture(byte[] bytes, IReadOnlyDictionary<string, int> offsets) => (Bytes, Offsets) = (bytes, offsets);

    /// <summary>The image.</summary>
    public byte[] Bytes { get; }

    /// <summary>Where its files are.</summary>
    public IReadOnlyDictionary<string, int> Offsets { get; }

    /// <summary>The image of a layout.</summary>
    /// <param name="generation">One of <see cref="All"/>.</param>
    /// <param name="change">Changes the files, by path, before they are written.</param>
    /// <param name="rockRidge">Whether it has names of Rock Ridge.</param>
    public static LiveIsoFixture Of(string generation, Action<Dictionary<string, byte[]>>? change = null, bool rockRidge = true)
    {
        bool Since(string first) => string.CompareOrdinal(generation, first) >= 0;
        var isZ = generation.EndsWith("s390x", StringComparison.Ordinal);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["images/pxeboot/vmlinuz"] = Pattern("kernel", 5000),
            ["images/pxeboot/initrd.img"] = Pattern("initrd", 9000),
            ["images/pxeboot/rootfs.img"] = Pattern("rootfs", 30_000),
        };
        if (isZ)
        {
            AddZ(files, Since("2023-07"));
        }
        else
        {
            AddPc(files, Since("2021-01"), Since("2021-09"), Since("2023-07"));
            if (Since("2023-03"))
            {
                files["coreos/igninfo.json"] = Json(new { file = "images/ignition.img" });
            }
        }

        if (Since("2021-12"))
        {
            files["coreos/miniso.dat"] = new byte[16 * 1024];
            files["coreos/features.json"] = Features(Since("2022-09"));
        }

        change?.Invoke(files);
        var iso = new TinyIso { VolumeId = "tiny-40.1", RockRidge = rockRidge };
        foreach (var (path, content) in files)
        {
            iso.Add(path, content);
        }

        var bytes = iso.Build();
        if (!Since("2022-02"))
        {
            Headers(bytes, iso.Offsets, Since("2021-01"));
        }

        return new(bytes, iso.Offsets);
    }

    /// <summary>Writes the image.</summary>
    /// <returns>The path.</returns>
    public string WriteTo(string path)
    {
        File.WriteAllBytes(path, Bytes);
        return path;
    }

    /// <summary>A place of kernel arguments.</summary>
    public static byte[] Place(string arguments, char pad = '#', char end = '\n', int size = ArgumentSize) =>
        Encoding.ASCII.GetBytes((arguments + end).PadRight(size, pad));

    /// <summary>A boot menu with a place in it; the place begins at 100.</summary>
    public static byte[] Menu() => [.. Encoding.ASCII.GetBytes("linux ".PadLeft(100)), .. Place(Arguments), .. "\ninitrd\n"u8];

    private static void AddPc(Dictionary<string, byte[]> files, bool hasArguments, bool hasDocument, bool hasPads)
    {
        files["images/ignition.img"] = new byte[IgnitionSize];
        files["isolinux/isolinux.cfg"] = Menu();
        files["EFI/fedora/grub.cfg"] = Menu();
        if (hasArguments)
        {
            files[".cmdline"] = Place(Arguments);
        }

        if (hasDocument)
        {
            object Entry(string path) =>
                hasPads
                    ? new
                    {
                        path,
                        offset = 100,
                        pad = "#",
                        end = "\n",
                    }
                    : new { path, offset = 100 };
            files["coreos/kargs.json"] = Json(
                new
                {
                    @default = Arguments,
                    files = new[] { Entry("isolinux/isolinux.cfg"), Entry("EFI/fedora/grub.cfg") },
                    size = ArgumentSize,
                }
            );
        }
    }

    private static void AddZ(Dictionary<string, byte[]> files, bool hasDocument)
    {
        const int arguments = 896;
        const int place = 66_688;
        var boot = new byte[place + 40_000 + IgnitionSize];
        Pattern("kernel", place).CopyTo(boot, 0);
        Place(Arguments, '\0', '\0', arguments).CopyTo(boot, place);
        files["images/cdboot.img"] = boot;
        files["images/cdboot.prm"] = Place(Arguments, ' ', '\n', arguments);
        files["coreos/igninfo.json"] = Json(
            new
            {
                file = "images/cdboot.img",
                offset = place + 40_000,
                length = IgnitionSize,
            }
        );
        if (hasDocument)
        {
            files["coreos/kargs.json"] = Json(
                new
                {
                    @default = Arguments,
                    files = new[]
                    {
                        new
                        {
                            path = "images/cdboot.prm",
                            offset = 0,
                            pad = " ",
                            end = "\n",
                        },
                        new
                        {
                            path = "images/cdboot.img",
                            offset = place,
                            pad = "\0",
                            end = "\0",
                        },
                    },
                    size = arguments,
                }
            );
        }
    }

    private static byte[] Features(bool hasDirectives)
    {
        var features = new Dictionary<string, object> { ["installer-config"] = true, ["live-initrd-network"] = true };
        if (hasDirectives)
        {
            string[] keys = ["append-karg", "console", "copy-network", "delete-karg", "dest-device", "ignition-file", "image-url"];
            features["installer-config-directives"] = keys.ToDictionary(k => k, _ => true);
        }

        return Json(features);
    }

    /// <summary>The headers at the end of the system area.</summary>
    private static void Headers(byte[] image, Dictionary<string, int> offsets, bool hasArguments)
    {
        var ignition = image.AsSpan((16 * TinyIso.Sector) - 24);
        "coreiso+"u8.CopyTo(ignition);
        BinaryPrimitives.WriteInt64LittleEndian(ignition[8..], offsets["images/ignition.img"]);
        BinaryPrimitives.WriteInt64LittleEndian(ignition[16..], IgnitionSize);
        if (hasArguments)
        {
            var arguments = image.AsSpan((16 * TinyIso.Sector) - 24 - 72);
            "coreKarg"u8.CopyTo(arguments);
            long[] fields =
            [
                ArgumentSize,
                offsets[".cmdline"],
                offsets["isolinux/isolinux.cfg"] + 100,
                offsets["EFI/fedora/grub.cfg"] + 100,
            ];
            foreach (var (field, number) in fields.Select((f, n) => (f, n)))
            {
                BinaryPrimitives.WriteInt64LittleEndian(arguments[(8 + (8 * number))..], field);
            }
        }
    }

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value);

    private static byte[] Pattern(string word, int length) =>
        Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Range(0, (length / 12) + 1).Select(n => n.ToString("000000", CultureInfo.InvariantCulture) + word))[
                ..length
            ]
        );
}
