using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Schema;

namespace Pipeline.Tests.Provisioning;

/// <summary>The examples hold every field of the Ignition and Butane tables, and every way to write a value.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class CoverageTests
{
    [Test]
    public void Every_field_of_ignition_is_in_some_example()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in TestFiles.Ignition())
        {
            Collect(JsonText.Parse(name, TestFiles.Read("ignition", name), new())!, "", seen);
        }

        var fields = FieldCases.Paths(IgnitionSpec.Config, []).Select(p => FieldCases.Pointer(p, f => f.Name));
        Assert.That(fields.Except(seen, StringComparer.Ordinal), Is.Empty, "add the field to an example");
    }

    [Test]
    public void Every_field_of_butane_is_in_some_example()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in TestFiles.Butane())
        {
            Collect(YamlAsJson.Convert(Yaml(name)), "", seen);
        }

        var fields = FieldCases.Paths(ButaneSpec.Config, []).Select(p => FieldCases.Pointer(p, f => f.Yaml));
        Assert.That(fields.Except(seen, StringComparer.Ordinal), Is.Empty, "add the field to an example");
    }

    [Test]
    public void Every_style_of_a_scalar_is_in_some_example()
    {
        var styles = TestFiles.Butane().SelectMany(n => Scalars(Yaml(n))).Select(s => s.Style).Distinct();

        Assert.That(styles, Is.EquivalentTo(Enum.GetValues<YamlScalarStyle>()));
    }

    [TestCase("\n---\n")]
    [TestCase("# ")]
    [TestCase(": [")]
    [TestCase(": {")]
    [TestCase("- {")]
    [TestCase("    -\n")]
    [TestCase(": &")]
    [TestCase(": *")]
    [TestCase(": |\n")]
    [TestCase(": |+\n")]
    [TestCase(": >-\n")]
    [TestCase("\n  - ")]
    [TestCase("\n    - ")]
    [TestCase("\n     - ")]
    [TestCase("\n          - ")]
    public void Every_layout_of_yaml_is_in_some_example(string text) =>
        Assert.That(TestFiles.Butane().Select(n => TestFiles.Read("butane", n)), Has.Some.Contains(text));

    private static YamlNode Yaml(string name)
    {
        var problems = new DiagnosticBag();
        return YamlText.Parse(name, TestFiles.Read("butane", name), problems) ?? throw new InvalidOperationException(name);
    }

    private static void Collect(JsonTextNode node, string at, HashSet<string> seen)
    {
        foreach (var member in node is JsonTextObject o ? o.Members.ToArray() : [])
        {
            seen.Add($"{at}/{member.Name}");
            Collect(member.Value, $"{at}/{member.Name}", seen);
        }

        foreach (var item in node is JsonTextArray a ? a.Items.ToArray() : [])
        {
            Collect(item, $"{at}/0", seen);
        }
    }

    private static IEnumerable<YamlScalar> Scalars(YamlNode node) =>
        node switch
        {
            YamlScalar s => [s],
            YamlSequence s => s.Items.SelectMany(Scalars),
            YamlMapping m => m.Entries.SelectMany(e => Scalars(e.Value)),
            _ => [],
        };
}
