using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Provisioning;
using Pipeline.Provisioning.Schema;

namespace Pipeline.Tests.Provisioning;

/// <summary>Documents with one field in question, made from the definition: good ones, of a wrong type, and refused by a rule.</summary>
internal static class FieldCases
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
        ["tree"] = """{"local":"overlay"}""",
        ["unit"] = """{"name":"a.service"}""",
        ["user"] = """{"name":"a"}""",
    };

    private static readonly Dictionary<string, string> s_values = new()
    {
        ["advertisement"] = "\"{}\"",
        ["compression"] = "\"gzip\"",
        ["contentsLocal"] = "\"gauge.service\"",
        ["device"] = "\"/dev/a\"",
        ["devices"] = """["/dev/a","/dev/b"]""",
        ["dirMode"] = "493",
        ["fileMode"] = "420",
        ["format"] = "\"ext4\"",
        ["guid"] = "\"01234567-89AB-CDEF-EDCB-A98765432101\"",
        ["hash"] = $"\"sha512-{new string('a', 128)}\"",
        ["httpProxy"] = "\"https://a\"",
        ["httpsProxy"] = "\"https://a\"",
        ["layout"] = "\"ppc64le\"",
        ["level"] = "\"raid1\"",
        ["local"] = "\"overlay/site.toml\"",
        ["mode"] = "420",
        ["number"] = "2",
        ["overwrite"] = "false",
        ["path"] = "\"/var/a\"",
        ["pin"] = "\"tpm2\"",
        ["source"] = "\"data:,x\"",
        ["sshAuthorizedKeysLocal"] = """["keys/ada.pub"]""",
        ["target"] = "\"/b\"",
        ["typeGuid"] = "\"0FC63DAF-8483-4772-8E79-3D69D8477DE4\"",
        ["url"] = "\"http://a\"",
        ["unit.name"] = "\"b.service\"",
        ["dropin.name"] = "\"b.conf\"",
        ["quadlet.name"] = "\"b.volume\"",
        ["tree.local"] = "\"overlay\"",
        ["unit.contents"] = "\"[Unit]\\nA=b\"",
        ["dropin.contents"] = "\"[Unit]\\nA=b\"",
        ["resource.httpHeaders"] = """[{"name":"a","value":"b"}]""",
    };

    private static readonly Dictionary<string, string> s_extra = new() { ["cex"] = """{"layout":"s390x-virt"}""" };

    /// <summary>
    /// Values of the right type that a rule refuses, by object and field, for every field with a rule; with the minor version of Ignition
    /// the rule came with, where that is later than the field.
    /// </summary>
    private static readonly Dictionary<string, (string Value, int Since)> s_refused = new()
    {
        ["clevis.tang"] = ("""[{"url":"ftp://a","thumbprint":"t"}]""", 0),
        ["custom.config"] = ("\"\"", 0),
        ["custom.pin"] = ("\"\"", 0),
        ["directory.mode"] = ("-1", 0),
        ["directory.path"] = ("\"a\"", 0),
        ["disk.device"] = ("\"a\"", 0),
        ["dropin.contents"] = ("\"[A\"", 0),
        ["dropin.name"] = ("\"a\"", 0),
        ["file.mode"] = ("4096", 0),
        ["file.path"] = ("\"/a/\"", 0),
        ["filesystem.device"] = ("\"a\"", 0),
        ["filesystem.format"] = ("\"zfs\"", 0),
        ["filesystem.label"] = ("\"12345678901234567\"", 0),
        ["filesystem.path"] = ("\"a\"", 0),
        ["header.name"] = ("\"\"", 0),
        ["kernelArguments.shouldExist"] = ("""["a","a"]""", 0),
        ["kernelArguments.shouldNotExist"] = ("""["a","a"]""", 0),
        ["link.path"] = ("\"\"", 0),
        ["link.target"] = ("\"\"", 3),
        ["luks.device"] = ("\"\"", 0),
        ["luks.label"] = ($"\"{new string('a', 48)}\"", 0),
        ["luks.name"] = ("\"a/b\"", 0),
        ["partition.guid"] = ("\"a\"", 0),
        ["partition.label"] = ("\"a:b\"", 0),
        ["partition.number"] = ("0", 0),
        ["partition.typeGuid"] = ("\"a\"", 0),
        ["proxy.httpProxy"] = ("\"ftp://a\"", 0),
        ["proxy.httpsProxy"] = ("\"a\"", 0),
        ["proxy.noProxy"] = ("""["a","a"]""", 0),
        ["raid.devices"] = ("""["a"]""", 0),
        ["raid.level"] = ("\"raid9\"", 0),
        ["resource.compression"] = ("\"xz\"", 0),
        ["resource.httpHeaders"] = ("[{}]", 0),
        ["resource.source"] = ("\"foo://a\"", 0),
        ["tang.advertisement"] = ("\"{\"", 0),
        ["tang.thumbprint"] = ("\"\"", 0),
        ["tang.url"] = ("\"a\"", 0),
        ["tls.certificateAuthorities"] = ("[{}]", 0),
        ["unit.contents"] = ("\"[A]\\nb\"", 0),
        ["unit.name"] = ("\"a\"", 0),
        ["user.groups"] = ("""["a","a"]""", 0),
        ["user.sshAuthorizedKeys"] = ("""["a","a"]""", 0),
        ["verification.hash"] = ("\"md5-a\"", 0),
        ["configs.merge"] = ("[{}]", 1),
        ["bootDevice.layout"] = ("\"a\"", 0),
        ["bootMirror.devices"] = ("""["/dev/a"]""", 0),
        ["dropin.contentsLocal"] = ("\"missing\"", 0),
        ["grubUser.name"] = ("\"\"", 0),
        ["grubUser.passwordHash"] = ("\"\"", 0),
        ["quadlet.contentsLocal"] = ("\"missing\"", 0),
        ["quadlet.name"] = ("\"a\"", 0),
        ["resource.local"] = ("\"../a\"", 0),
        ["tree.dirMode"] = ("-1", 0),
        ["tree.fileMode"] = ("4096", 0),
        ["tree.local"] = ("\"../a\"", 0),
        ["tree.path"] = ("\"a\"", 0),
        ["unit.contentsLocal"] = ("\"missing\"", 0),
        ["user.sshAuthorizedKeysLocal"] = ("""["missing"]""", 0),
    };

    /// <summary>Fields whose every value of the right type is good, as far as the field alone can tell.</summary>
    private static readonly HashSet<string> s_free =
    [
        "bootLuks.device",
        "bootLuks.threshold",
        "bootLuks.tang",
        "clevis.threshold",
        "disk.partitions",
        "file.append",
        "filesystem.mountOptions",
        "filesystem.options",
        "filesystem.uuid",
        "group.gid",
        "group.name",
        "group.passwordHash",
        "grub.users",
        "header.value",
        "luks.openOptions",
        "luks.options",
        "luks.uuid",
        "owner.id",
        "owner.name",
        "partition.sizeMiB",
        "partition.startMiB",
        "passwd.groups",
        "passwd.users",
        "quadlet.contents",
        "quadlet.dropins",
        "raid.name",
        "raid.options",
        "raid.spares",
        "resource.inline",
        "storage.directories",
        "storage.disks",
        "storage.files",
        "storage.filesystems",
        "storage.links",
        "storage.luks",
        "storage.raid",
        "storage.trees",
        "systemd.quadlets",
        "systemd.units",
        "timeouts.httpResponseHeaders",
        "timeouts.httpTotal",
        "unit.dropins",
        "user.gecos",
        "user.homeDir",
        "user.name",
        "user.passwordHash",
        "user.primaryGroup",
        "user.shell",
        "user.uid",
    ];

    /// <summary>A value of the right type that a rule of this version refuses; <c>null</c> when there is none.</summary>
    public static JsonTextNode? Refused(Field[] path, IgnitionVersion version) =>
        s_refused.TryGetValue(Name(path), out var found) && version.Has(found.Since) ? Json(found.Value) : null;

    /// <summary>Whether it is known which values of the field are refused; truth values and objects have no rule of their own.</summary>
    public static bool IsDecided(Field[] path) =>
        path[^1].Kind is FieldKind.Flag or FieldKind.Map
        || IsHead(path)
        || s_refused.ContainsKey(Name(path)) != s_free.Contains(Name(path));

    /// <summary>The fields that say what the document is: they need a document of their own.</summary>
    public static bool IsHead(Field[] path) =>
        path is [{ Name: "ignition" or "version" or "variant" }] or [{ Name: "ignition" }, { Name: "version" }];

    private static string Name(Field[] path) => $"{(path.Length > 1 ? path[^2].Item!.Name : "config")}.{path[^1].Name}";

    /// <summary>Every field with those above it.</summary>
    public static IEnumerable<Field[]> Paths(Shape shape, Field[] above)
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

    /// <summary>Where the field stands in the document made for it.</summary>
    public static string Pointer(Field[] path, Func<Field, string> name) =>
        string.Concat(path.Select((f, i) => $"/{name(f)}{(f.Kind == FieldKind.MapList && i < path.Length - 1 ? "/0" : "")}"));

    /// <summary>A good value.</summary>
    public static JsonTextNode Good(Field[] path)
    {
        var field = path[^1];
        var owner = path.Length > 1 ? path[^2].Item!.Name : "config";
        if (field.Name == "inline" && path[0].Name == "ignition" && path[1].Name == "config")
        {
            return new JsonTextString("{\"ignition\":{\"version\":\"3.0.0\"}}");
        }

        if (field.Name == "local" && path[0].Name == "ignition" && path[1].Name == "config")
        {
            return new JsonTextString("base.ign");
        }

        var text =
            s_values.GetValueOrDefault($"{owner}.{field.Name}")
            ?? s_values.GetValueOrDefault(field.Name)
            ?? field.Kind switch
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

    /// <summary>A value of a wrong type.</summary>
    public static JsonTextNode Wrong(Field field) =>
        field.Kind == FieldKind.Number ? new JsonTextNumber("1.5")
        : field.Kind == FieldKind.Text ? Json("[]")
        : new JsonTextString("wrong");

    /// <summary>A document with the field and, at every level, what its object needs; names are translated at the end.</summary>
    public static string Document(
        Field[] path,
        Func<Field, string> name,
        JsonTextNode value,
        params (string Name, JsonTextNode Value)[] head
    )
    {
        var node = Rename(value, path[^1].Item, name);
        for (var i = path.Length - 1; i >= 0; i--)
        {
            var owner = i == 0 ? null : path[i - 1].Item!;
            var company = owner is null ? [] : Company(owner, path, i);
            var members = company
                .Where(m => m.Name != path[i].Name)
                .Select(m => new JsonTextMember(name(owner!.Fields.Single(f => f.Name == m.Name)), m.Value));
            node = new JsonTextObject([.. members, new JsonTextMember(name(path[i]), node)]);
            if (i > 0 && path[i - 1].Kind == FieldKind.MapList)
            {
                node = new JsonTextArray([node]);
            }
        }

        var root = (JsonTextObject)node;
        foreach (var (key, given) in head)
        {
            root =
                root.Find(key) is JsonTextObject there && given is JsonTextObject more
                    ? root.With(key, new JsonTextObject([.. there.Members, .. more.Members]))
                    : root.With(key, given);
        }

        return JsonTextWriter.Write(root, JsonStyle.Compact with { SpaceAfterColon = true });
    }

    /// <summary>The value with its members' names in the language of the document.</summary>
    private static JsonTextNode Rename(JsonTextNode value, Shape? shape, Func<Field, string> name) =>
        (value, shape) switch
        {
            (JsonTextArray a, not null) => new JsonTextArray(a.Items.Select(i => Rename(i, shape, name)).ToValueList()),
            (JsonTextObject o, not null) => new JsonTextObject(
                o.Members.Select(m => new JsonTextMember(name(shape[m.Name]), m.Value)).ToValueList()
            ),
            _ => value,
        };

    private static ValueList<JsonTextMember> Company(Shape owner, Field[] path, int index)
    {
        if (owner.Name == "resource" && path[index].Name is "inline" or "local" or "source")
        {
            return [];
        }

        var text =
            owner.Name == "bootDevice" && path.Any(f => f.Name == "cex") ? s_extra["cex"]
            : owner.Name == "bootLuks" && path[index].Name == "device" ? """{"tpm2":true}"""
            : s_company.GetValueOrDefault(owner.Name, "{}");
        return ((JsonTextObject)Json(text)).Members;
    }

    /// <summary>A value.</summary>
    public static JsonTextNode Json(string text) => JsonText.Parse("t", text, new DiagnosticBag())!;
}
