using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Provisioning;
using Pipeline.Provisioning.Schema;

namespace Pipeline.Tests.Provisioning;

/// <summary>Every field of every version, from the definition: once good, once of a wrong type, and once in a version that does not have it.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class FieldTests
{
    /// <summary>What an object needs besides the field in question to be valid.</summary>
    private static readonly Dictionary<string, string> s_company = new()
    {
        ["bootDevice"] = """{"layout":"x86_64"}""",
        ["bootMirror"] = "{}",
        ["custom"] = """{"pin":"tang","config":"{}"}""",
        ["directory"] = """{"path":"/a"}""",
        ["disk"] = """{"device":"/dev/a","wipeTable":true}""",
        ["dropin"] = """{"name":"a.conf"}""",
        ["file"] = """{"path":"/a"}""",
        ["filesystem"] = """{"device":"/dev/a","format":"ext4","path":"/var/a"}""",
        ["group"] = """{"name":"a"}""",
        ["grubUser"] = """{"name":"a","passwordHash":"h"}""",
        ["header"] = """{"name":"a"}""",
        ["link"] = """{"path":"/a","target":"b"}""",
        ["luks"] = """{"name":"a","device":"/dev/a"}""",
        ["partition"] = """{"number":1}""",
        ["quadlet"] = """{"name":"a.container"}""",
        ["raid"] = """{"name":"a","level":"raid1","devices":["/dev/a"]}""",
        ["resource"] = """{"source":"https://example.com/a"}""",
        ["tang"] = """{"url":"https://example.com","thumbprint":"t"}""",
        ["tree"] = """{"local":"tree"}""",
        ["unit"] = """{"name":"a.service"}""",
        ["user"] = """{"name":"a"}""",
    };

    private static readonly Dictionary<string, string> s_values = new()
    {
        ["advertisement"] = "\"{}\"", ["compression"] = "\"gzip\"", ["contentsLocal"] = "\"example.service\"", ["device"] = "\"/dev/a\"",
        ["devices"] = """["/dev/a","/dev/b"]""", ["dirMode"] = "493", ["fileMode"] = "420", ["format"] = "\"ext4\"", ["guid"] = "\"01234567-89AB-CDEF-EDCB-A98765432101\"",
        ["hash"] = $"\"sha512-{new string('a', 128)}\"", ["httpProxy"] = "\"https://a\"", ["httpsProxy"] = "\"https://a\"", ["layout"] = "\"ppc64le\"",
        ["level"] = "\"raid1\"", ["local"] = "\"tree/file\"", ["mode"] = "420", ["number"] = "2", ["overwrite"] = "false", ["path"] = "\"/var/a\"",
        ["pin"] = "\"tpm2\"", ["source"] = "\"data:,x\"", ["sshAuthorizedKeysLocal"] = """["id_rsa.pub"]""", ["target"] = "\"/b\"",
        ["typeGuid"] = "\"0FC63DAF-8483-4772-8E79-3D69D8477DE4\"", ["url"] = "\"http://a\"", ["unit.name"] = "\"b.service\"", ["dropin.name"] = "\"b.conf\"",
        ["quadlet.name"] = "\"b.volume\"", ["tree.local"] = "\"tree\"", ["unit.contents"] = "\"[Unit]\\nA=b\"", ["dropin.contents"] = "\"[Unit]\\nA=b\"",
        ["resource.httpHeaders"] = """[{"name":"a","value":"b"}]""",
    };

    private static readonly Dictionary<string, string> s_extra = new() { ["cex"] = """{"layout":"s390x-virt"}""" };

    public static IEnumerable<TestCaseData> Ignition() =>
        from version in IgnitionVersion.All
        from path in Paths(IgnitionSpec.Config, [])
        select new TestCaseData(version, path).SetArgDisplayNames(version.ToString(), Pointer(path, f => f.Name));

    public static IEnumerable<TestCaseData> Butane() =>
        from version in ButaneVersion.All
        from path in Paths(ButaneSpec.Config, [])
        select new TestCaseData(version, path).SetArgDisplayNames(version.ToString(), Pointer(path, f => f.Yaml));

    [TestCaseSource(nameof(Ignition))]
    public void An_ignition_field_is_read_in_its_versions_only(IgnitionVersion version, object fields)
    {
        var path = (Field[])fields;
        if (path[^1].Name is "version" or "ignition")
        {
            return;
        }

        var has = path.All(f => f.In(version));
        var problems = new DiagnosticBag();
        var good = Document(path, f => f.Name, Good(path), ("ignition", Json($"{{\"version\":\"{version}\"}}")));
        var config = Provisioner.ReadIgnition("c.ign", good, problems);

        Assert.That(config, Is.Not.Null, $"{good}\n{string.Join('\n', problems.Items)}");
        Assert.That(problems.Items.Select(d => d.Code), has ? Is.Empty : Has.Some.EqualTo("PL7002"));
        if (has)
        {
            if (path[^1].Kind != FieldKind.Map)
            {
                Assert.That(Provisioner.Write(config!, pretty: false), Does.Contain($"\"{path[^1].Name}\":"));
            }

            var wrong = new DiagnosticBag();
            Assert.That(Provisioner.ReadIgnition("c.ign", Document(path, f => f.Name, Wrong(path[^1]), ("ignition", Json($"{{\"version\":\"{version}\"}}"))), wrong), Is.Null);
            Assert.That(wrong.Items.Single(d => d.Severity == Severity.Error), Has.Property("Path").EqualTo(Pointer(path, f => f.Name)).And.Property("Code").AnyOf("PL7001", "PL7006"));
        }
    }

    [TestCaseSource(nameof(Butane))]
    public void A_butane_field_is_read_in_its_versions_only(ButaneVersion version, object fields)
    {
        var path = (Field[])fields;
        if (path[^1].Name is "variant" or "version" || (version.Variant == "flatcar" && path.Any(f => f.Name == "clevis")))
        {
            return;
        }

        var has = path.All(version.Has);
        var head = (JsonTextMember[])[new("variant", new JsonTextString(version.Variant)), new("version", new JsonTextString(version.Version))];
        var problems = new DiagnosticBag();
        var good = Document(path, f => f.Yaml, Good(path), [.. head.Select(h => (h.Name, h.Value))]);
        var config = Provisioner.Transpile("c.bu", good, TestFiles.Options, problems);

        Assert.That(problems.Items.Any(d => d.Code == "PL7002"), Is.EqualTo(!has), string.Join('\n', problems.Items));
        if (has)
        {
            Assert.That(config, Is.Not.Null, $"{good}\n{string.Join('\n', problems.Items)}");
            var wrong = new DiagnosticBag();
            Assert.That(Provisioner.Transpile("c.bu", Document(path, f => f.Yaml, Wrong(path[^1]), [.. head.Select(h => (h.Name, h.Value))]), TestFiles.Options, wrong), Is.Null);
            Assert.That(wrong.Items.Where(d => d.Severity == Severity.Error).Select(d => d.Path), Has.Some.EqualTo(Pointer(path, f => f.Yaml)[1..].Replace('/', '.')));
        }
    }

    private static IEnumerable<Field[]> Paths(Shape shape, Field[] above)
    {
        foreach (var field in shape.Fields)
        {
            Field[] path = [.. above, field];
            yield return path;
            foreach (var below in field.Item is null ? [] : Paths(field.Item, path))
            {
                yield return below;
            }
        }
    }

    private static string Pointer(Field[] path, Func<Field, string> name) =>
        string.Concat(path.Select((f, i) => $"/{name(f)}{(f.Kind == FieldKind.MapList && i < path.Length - 1 ? "/0" : "")}"));

    private static JsonTextNode Good(Field[] path)
    {
        var field = path[^1];
        var owner = path.Length > 1 ? path[^2].Item!.Name : "config";
        if (field.Name == "inline" && path[0].Name == "ignition" && path[1].Name == "config")
        {
            return new JsonTextString("{\"ignition\":{\"version\":\"3.0.0\"}}");
        }

        var text = s_values.GetValueOrDefault($"{owner}.{field.Name}") ?? s_values.GetValueOrDefault(field.Name) ?? field.Kind switch
        {
            FieldKind.Text => "\"a\"",
            FieldKind.Number => "1",
            FieldKind.Flag => "true",
            FieldKind.TextList => """["a"]""",
            FieldKind.MapList => $"[{s_company.GetValueOrDefault(field.Item!.Name, "{}")}]",
            _ => s_company.GetValueOrDefault(field.Item!.Name, "{}"),
        };
        return Json(text);
    }

    private static JsonTextNode Wrong(Field field) => field.Kind == FieldKind.Number ? new JsonTextNumber("1.5") : field.Kind == FieldKind.Text ? Json("[]") : new JsonTextString("wrong");

    /// <summary>A document with the field and, at every level, what its object needs; names are translated at the end.</summary>
    private static string Document(Field[] path, Func<Field, string> name, JsonTextNode value, params (string Name, JsonTextNode Value)[] head)
    {
        var node = Rename(value, path[^1].Item, name);
        for (var i = path.Length - 1; i >= 0; i--)
        {
            var owner = i == 0 ? null : path[i - 1].Item!;
            var company = owner is null ? [] : Company(owner, path, i);
            var members = company.Where(m => m.Name != path[i].Name).Select(m => new JsonTextMember(name(owner!.Fields.Single(f => f.Name == m.Name)), m.Value));
            node = new JsonTextObject([.. members, new JsonTextMember(name(path[i]), node)]);
            if (i > 0 && path[i - 1].Kind == FieldKind.MapList)
            {
                node = new JsonTextArray([node]);
            }
        }

        var root = (JsonTextObject)node;
        foreach (var (key, given) in head)
        {
            root = root.Find(key) is JsonTextObject there && given is JsonTextObject more ? root.With(key, new JsonTextObject([.. there.Members, .. more.Members])) : root.With(key, given);
        }

        return JsonTextWriter.Write(root, JsonStyle.Compact with { SpaceAfterColon = true });
    }

    /// <summary>The value with its members' names in the language of the document.</summary>
    private static JsonTextNode Rename(JsonTextNode value, Shape? shape, Func<Field, string> name) => (value, shape) switch
    {
        (JsonTextArray a, not null) => new JsonTextArray(a.Items.Select(i => Rename(i, shape, name)).ToValueList()),
        (JsonTextObject o, not null) => new JsonTextObject(o.Members.Select(m => new JsonTextMember(name(shape[m.Name]), m.Value)).ToValueList()),
        _ => value,
    };

    private static ValueList<JsonTextMember> Company(Shape owner, Field[] path, int index)
    {
        if (owner.Name == "resource" && path[index].Name is "inline" or "local" or "source")
        {
            return [];
        }

        var text = owner.Name == "bootDevice" && path.Any(f => f.Name == "cex") ? s_extra["cex"] : s_company.GetValueOrDefault(owner.Name, "{}");
        return ((JsonTextObject)Json(text)).Members;
    }

    private static JsonTextNode Json(string text) => JsonText.Parse("t", text, new DiagnosticBag())!;
}
