using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning;
using Pipeline.Provisioning.Schema;

namespace Pipeline.Tests.Provisioning;

/// <summary>
/// Every field of every version, from the definition: once good, once of a wrong type, once with a value that a rule refuses, and once in a
/// version that does not have it. A field that is added without its cases fails here.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class FieldTests
{
    public static IEnumerable<TestCaseData> Ignition() =>
        from version in IgnitionVersion.All
        from path in FieldCases.Paths(IgnitionSpec.Config, []).Where(p => !FieldCases.IsHead(p))
        select new TestCaseData(version, path).SetArgDisplayNames(version.ToString(), FieldCases.Pointer(path, f => f.Name));

    public static IEnumerable<TestCaseData> Butane() =>
        from version in ButaneVersion.All
        from path in FieldCases.Paths(ButaneSpec.Config, []).Where(p => !FieldCases.IsHead(p) || p[^1].Name == "ignition")
        select new TestCaseData(version, path).SetArgDisplayNames(version.ToString(), FieldCases.Pointer(path, f => f.Yaml));

    [TestCaseSource(nameof(Ignition))]
    public void An_ignition_field_is_read_in_its_versions_only(IgnitionVersion version, object fields)
    {
        var path = (Field[])fields;
        var has = path.All(f => f.In(version));
        var problems = new DiagnosticBag();
        var good = Document(path, FieldCases.Good(path), version);
        var config = Provisioner.ReadIgnition("c.ign", good, problems);

        Assert.That(config, Is.Not.Null, $"{good}\n{string.Join('\n', problems.Items)}");
        Assert.That(problems.Items.Select(d => d.Code), has ? Is.Empty : Has.Some.EqualTo("PL7002"));
        if (!has)
        {
            return;
        }

        if (path[^1].Kind != FieldKind.Map)
        {
            Assert.That(Provisioner.Write(config!, pretty: false), Does.Contain($"\"{path[^1].Name}\":"));
        }

        var wrong = new DiagnosticBag();
        Assert.That(Provisioner.ReadIgnition("c.ign", Document(path, FieldCases.Wrong(path[^1]), version), wrong), Is.Null);
        Assert.That(
            wrong.Items.Single(d => d.Severity == Severity.Error),
            Has.Property("Path").EqualTo(FieldCases.Pointer(path, f => f.Name)).And.Property("Code").AnyOf("PL7001", "PL7006")
        );
        if (FieldCases.Refused(path, version) is { } refused)
        {
            var against = new DiagnosticBag();
            Assert.That(Provisioner.ReadIgnition("c.ign", Document(path, refused, version), against), Is.Null);
            Assert.That(
                against.Items.Where(d => d.Severity == Severity.Error).Select(d => d.Path),
                Has.Some.StartsWith(FieldCases.Pointer(path[..^1], f => f.Name))
            );
        }
    }

    [TestCaseSource(nameof(Butane))]
    public void A_butane_field_is_read_in_its_versions_only(ButaneVersion version, object fields)
    {
        var path = (Field[])fields;
        var has = path.All(version.Has);
        var problems = new DiagnosticBag();
        var good = Document(path, FieldCases.Good(path), version);
        var config = Provisioner.Transpile("c.bu", good, TestFiles.Options, problems);

        Assert.That(problems.Items.Any(d => d.Code == "PL7002"), Is.EqualTo(!has), string.Join('\n', problems.Items));
        if (!has)
        {
            return;
        }

        // Flatcar has the fields of Clevis and refused them all before 1.2.0; Crypto Express cards it refuses always.
        var unsupported =
            version.Variant != "flatcar" ? null
            : version.Minor < 2 && path[..^1].Any(f => f.Name == "clevis") ? "PL7260"
            : path[..^1].Any(f => f.Name == "cex") ? "PL7261"
            : null;
        Assert.That(config is null, Is.EqualTo(unsupported is not null), $"{good}\n{string.Join('\n', problems.Items)}");
        Assert.That(
            problems.Items.Where(d => d.Severity == Severity.Error).Select(d => d.Code),
            unsupported is null ? Is.Empty : Has.Some.EqualTo(unsupported)
        );
        var wrong = new DiagnosticBag();
        Assert.That(Provisioner.Transpile("c.bu", Document(path, FieldCases.Wrong(path[^1]), version), TestFiles.Options, wrong), Is.Null);
        Assert.That(
            wrong.Items.Where(d => d.Severity == Severity.Error).Select(d => d.Path),
            Has.Some.EqualTo(FieldCases.Pointer(path, f => f.Yaml)[1..].Replace('/', '.'))
        );
        if (
            FieldCases.Refused(path, version.Ignition) is { } refused
            && path is not [.., { Name: "quadlets" }, { Name: "dropins" }, { Name: "name" or "contents" }]
        )
        {
            var against = new DiagnosticBag();
            var document = Document(path, refused, version);
            Assert.That(Provisioner.Transpile("c.bu", document, TestFiles.Options, against), Is.Null, document);
            Assert.That(
                against.Items.Where(d => d.Severity == Severity.Error).Select(d => d.Path),
                Has.Some.StartsWith(FieldCases.Pointer(path[..^1], f => f.Yaml)[1..].Replace('/', '.'))
            );
        }
    }

    [TestCase("""{"ignition":{"version":"3.4.0"}}""", null)]
    [TestCase("""{"ignition":"3.4.0"}""", "PL7001 /ignition")]
    [TestCase("""{"ignition":{"version":3}}""", "PL7001 /ignition/version")]
    [TestCase("""{"ignition":{"version":"9.0.0"}}""", "PL7004 /ignition/version")]
    public void The_fields_that_say_what_a_config_is_are_checked_first(string text, string? error)
    {
        var problems = new DiagnosticBag();
        Provisioner.ReadIgnition("c.ign", text, problems);

        Assert.That(problems.Items.Select(d => $"{d.Code} {d.Path}"), error is null ? Is.Empty : Is.EqualTo([error]));
    }

    [TestCase("variant: fcos\nversion: 1.5.0\n", null)]
    [TestCase("variant: [fcos]\nversion: 1.5.0\n", "PL7001 variant")]
    [TestCase("variant: fcos\nversion: {a: b}\n", "PL7001 version")]
    [TestCase("variant: fcos\nversion: 1.5\n", "PL7202 version")]
    [TestCase("variant: coreos\nversion: 1.5.0\n", "PL7202 version")]
    public void The_fields_that_say_what_a_butane_config_is_are_checked_first(string text, string? error)
    {
        var problems = new DiagnosticBag();
        Provisioner.Transpile("c.bu", text, TestFiles.Options, problems);

        Assert.That(problems.Items.Select(d => $"{d.Code} {d.Path}"), error is null ? Is.Empty : Is.EqualTo([error]));
    }

    [Test]
    public void Of_every_field_it_is_decided_which_values_are_refused()
    {
        var undecided = FieldCases
            .Paths(ButaneSpec.Config, [])
            .Where(p => !FieldCases.IsDecided(p))
            .Select(p => FieldCases.Pointer(p, f => f.Name));

        Assert.That(undecided.Distinct(), Is.Empty, "add a refused value, or say that the field is free");
    }

    [Test]
    public void Every_field_has_a_sentence_for_editors()
    {
        var silent = FieldCases
            .Paths(ButaneSpec.Config, [])
            .Where(p => string.IsNullOrEmpty(p[^1].Summary))
            .Select(p => FieldCases.Pointer(p, f => f.Name));

        Assert.That(silent, Is.Empty);
    }

    // The list was written from the published schemas, not from the definition.
    [Test]
    public void The_definition_has_exactly_the_published_members()
    {
        var published = File.ReadLines(Path.Combine(TestFiles.Root, "ignition-fields.txt")).Where(l => !l.StartsWith('#'));
        var ours = FieldCases
            .Paths(IgnitionSpec.Config, [])
            .Select(p => $"{FieldCases.Pointer(p, f => f.Name)}\t{Kind(p[^1].Kind)}\t3.{p.Max(f => f.Since)}.0");

        Assert.That(ours.Order(StringComparer.Ordinal), Is.EqualTo(published.Order(StringComparer.Ordinal)));
    }

    // What the oracle knows: every field, good, refused and of a wrong type.
    [Test]
    public async Task The_oracle_judges_every_field_as_we_do([Range(0, 3)] int minor)
    {
        var version = IgnitionVersion.Of(minor);
        foreach (var path in FieldCases.Paths(IgnitionSpec.Config, []).Where(p => !FieldCases.IsHead(p) && p.All(f => f.In(version))))
        {
            foreach (var value in (JsonTextNode?[])[FieldCases.Good(path), FieldCases.Wrong(path[^1]), FieldCases.Refused(path, version)])
            {
                if (value is not null)
                {
                    await OracleTests.Compare(Document(path, value, version));
                }
            }
        }
    }

    private static string Kind(FieldKind kind) =>
        kind switch
        {
            FieldKind.Text => "string",
            FieldKind.Number => "integer",
            FieldKind.Flag => "boolean",
            FieldKind.Map => "object",
            FieldKind.TextList => "list of strings",
            _ => "list of objects",
        };

    private static string Document(Field[] path, JsonTextNode value, IgnitionVersion version) =>
        FieldCases.Document(path, f => f.Name, value, ("ignition", FieldCases.Json($"{{\"version\":\"{version}\"}}")));

    private static string Document(Field[] path, JsonTextNode value, ButaneVersion version) =>
        FieldCases.Document(
            path,
            f => f.Yaml,
            value,
            ("variant", new JsonTextString(version.Variant)),
            ("version", new JsonTextString(version.Version))
        );
}
