using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Provisioning;
using Pipeline.Provisioning.Schema;

namespace Pipeline.Tests.Provisioning;

/// <summary>
/// Random configs from the definition itself: every field of a version has a chance to appear, with values that are mostly good and
/// sometimes just wrong. The same seed gives the same config.
/// </summary>
internal sealed class ConfigGenerator(int seed)
{
    private static readonly Dictionary<string, string[]> s_good = new()
    {
        ["hash"] = ["sha512-" + new string('a', 128)],
        ["compression"] = ["gzip", ""],
        ["source"] = ["data:,x", "data:,y", "http://example.com/a", "https://example.com/b", "s3://bucket/key", "data:;base64,YQ==", ""],
        ["device"] = ["/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/vda"],
        ["devices"] = ["/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/vda"],
        ["path"] = ["/a", "/b", "/a/b", "/etc/x", "/etc/hostname", "/var/lib/y"],
        ["target"] = ["/x", "../x", "y"],
        ["format"] = ["ext4", "xfs", "vfat", "btrfs", "swap"],
        ["label"] = ["one", "two", "three", "root"],
        ["guid"] = ["01234567-89AB-CDEF-EDCB-A98765432101", ""],
        ["typeGuid"] = ["0FC63DAF-8483-4772-8E79-3D69D8477DE4", ""],
        ["url"] = ["https://tang.example.com", "http://tang.example.com:80"],
        ["thumbprint"] = ["abc"],
        ["advertisement"] = ["{}", ""],
        ["pin"] = ["tpm2", "tang", "sss"],
        ["config"] = ["{}"],
        ["level"] = ["raid1", "raid5", "linear", "stripe", "10", "raid0"],
        ["httpProxy"] = ["http://proxy.example.com", "https://proxy.example.com"],
        ["httpsProxy"] = ["https://proxy.example.com"],
        ["units.name"] = ["a.service", "b.socket", "c@.service", "c@d.service", "e.mount"],
        ["dropins.name"] = ["a.conf", "b.conf"],
        ["contents"] = ["[Unit]\nDescription=x\n", "[Service]\nExecStart=/bin/true\n\n[Install]\nWantedBy=multi-user.target\n", ""],
    };

    private static readonly Dictionary<string, string[]> s_bad = new()
    {
        ["hash"] = ["sha512-ab", "md5-00", "x", "", "sha256-" + new string('b', 64)],
        ["compression"] = ["xz"],
        ["source"] =
        [
            "foo",
            "ftp://example.com",
            "data:x",
            "http://a b",
            "gs://bucket/object",
            "s3://bucket/key?versionId=",
            "arn:aws:s3:::b/k",
            "file:///a",
        ],
        ["device"] = ["dev/sda", "", "/dev/../sda"],
        ["devices"] = ["sda", "/dev//sda"],
        ["path"] = ["a", "/a/", "/a/../b", "/etc/systemd/system/a.service", "", "/"],
        ["target"] = ["", "/a", "."],
        ["format"] = ["ext3", "none", "", "virtiofs"],
        ["label"] = ["", "a:b", new string('l', 20), new string('é', 20), new string('m', 60)],
        ["guid"] = ["x", "{01234567-89AB-CDEF-EDCB-A98765432101}"],
        ["typeGuid"] = ["0FC63DAF84834772-8E79-3D69D8477DE4"],
        ["url"] = ["tang", "", "ftp://tang"],
        ["thumbprint"] = [""],
        ["advertisement"] = ["{"],
        ["pin"] = ["x", ""],
        ["config"] = [""],
        ["level"] = ["raid9", ""],
        ["httpProxy"] = ["proxy", ""],
        ["httpsProxy"] = ["http://proxy.example.com", "socks://x"],
        ["units.name"] = ["a", "a.snapshot", "", "a.service.d"],
        ["dropins.name"] = ["a", "a.conf.bak"],
        ["contents"] = ["[Unit\n", "[A]\nfoo", "x", "[A] b\n", "[A]\nb=c\\\n\n[D]\ne=f", "#c\\\n[A]\nb=c"],
        ["name"] = ["", "a/b"],
    };

    private readonly Dice _random = new(seed);

    /// <summary>How often a bad value is chosen, of 1000.</summary>
    public int Badness { get; init; } = 15;

    /// <summary>A config of the version.</summary>
    public JsonTextObject Config(IgnitionVersion version)
    {
        var made = Object(IgnitionSpec.Config, "", version, 0);
        var section = made.Find("ignition") as JsonTextObject ?? new JsonTextObject([]);
        return made.With("ignition", section.With("version", new JsonTextString(version.ToString())));
    }

    /// <summary>A number below <paramref name="limit"/>.</summary>
    public int Next(int limit) => _random.Next(limit);

    private JsonTextObject Object(Shape shape, string field, IgnitionVersion version, int depth)
    {
        var members = new List<JsonTextMember>();
        foreach (var f in shape.Fields)
        {
            var wanted =
                f.Required || IsNeeded(shape, f.Name) ? 97
                : depth < 2 ? 45
                : 28;
            if ((f.In(version) || _random.Next(60) == 0) && _random.Next(100) < wanted)
            {
                members.Add(new(f.Name, _random.Next(1000) < Badness / 4 ? Junk() : Value(f, field, version, depth)));
            }
        }

        if (_random.Next(1000) < Badness)
        {
            members.Add(new("unknownMember", new JsonTextNull()));
        }

        return new JsonTextObject(members.ToValueList());
    }

    private JsonTextNode Value(Field f, string parent, IgnitionVersion version, int depth) =>
        f.Kind switch
        {
            FieldKind.Map => Object(f.Item!, f.Name, version, depth + 1),
            FieldKind.MapList => new JsonTextArray(
                Enumerable.Range(0, _random.Next(4)).Select(_ => (JsonTextNode)Object(f.Item!, f.Name, version, depth + 1)).ToValueList()
            ),
            FieldKind.TextList => new JsonTextArray(
                Enumerable.Range(0, _random.Next(3)).Select(_ => (JsonTextNode)new JsonTextString(Text(f.Name, parent))).ToValueList()
            ),
            FieldKind.Flag => new JsonTextBool(_random.Next(2) == 0),
            FieldKind.Number => new JsonTextNumber(Number(f.Name)),
            _ => new JsonTextString(Text(f.Name, parent)),
        };

    private string Number(string name)
    {
        var bad = _random.Next(1000) < Badness;
        return name switch
        {
            "mode" => bad ? Pick("-1", "4096", "2541", "99999") : Pick("420", "493", "384", "0"),
            "number" => bad ? Pick("-1", "0") : $"{_random.Next(1, 6)}",
            "startMiB" or "sizeMiB" => bad ? Pick("-5", "1") : Pick("0", "10", "100", "200", "300"),
            "spares" => Pick("0", "1"),
            _ => bad ? Pick("-1", "9223372036854775807") : $"{_random.Next(3000)}",
        };
    }

    private string Text(string name, string parent)
    {
        var qualified = $"{parent}.{name}";
        var bad = _random.Next(1000) < Badness;
        var pool =
            (bad ? s_bad : s_good).GetValueOrDefault(qualified)
            ?? (bad ? s_bad : s_good).GetValueOrDefault(name)
            ?? s_good.GetValueOrDefault(qualified)
            ?? s_good.GetValueOrDefault(name);
        return pool is not null ? pool[_random.Next(pool.Length)] : $"{(char)('a' + _random.Next(26))}{_random.Next(30)}";
    }

    private string Pick(params string[] from) => from[_random.Next(from.Length)];

    private static bool IsNeeded(Shape shape, string name) =>
        (shape.Name, name) switch
        {
            ("filesystem", "format") or ("luks", "device") or ("raid", "level" or "devices") or ("link", "target") => true,
            ("tang", _) or ("partition", "number") or ("resource", "source") => true,
            _ => false,
        };

    private JsonTextNode Junk() =>
        _random.Next(7) switch
        {
            0 => new JsonTextNull(),
            1 => new JsonTextNumber(Pick("1.5", "1e3", "1.0", "-0", "12345678901234567890", "7")),
            2 => new JsonTextString("junk"),
            3 => new JsonTextBool(true),
            4 => new JsonTextArray([new JsonTextNull()]),
            5 => new JsonTextArray([new JsonTextNumber("1")]),
            _ => new JsonTextObject([]),
        };
}
