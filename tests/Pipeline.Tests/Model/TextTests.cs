using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Tests.Model;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TextTests
{
    private readonly DiagnosticBag _problems = new();

    [Test]
    public void Yaml_scalars_keep_text_style_and_place()
    {
        var root = (YamlMapping)YamlText.Parse("m.yaml", "a: 007\nb: 'x'\nc:\n  - \"y\"\n", _problems)!;

        var a = (YamlScalar)root.Find("a")!;
        var b = (YamlScalar)root.Find("b")!;
        var c = (YamlScalar)((YamlSequence)root.Find("c")!).Items[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((a.Text, a.Style), Is.EqualTo(("007", YamlScalarStyle.Plain)));
            Assert.That((b.Text, b.Style), Is.EqualTo(("x", YamlScalarStyle.SingleQuoted)));
            Assert.That(c.Span.ToString(), Is.EqualTo("m.yaml:4:5"));
        }
    }

    [TestCase("a: 1\na: 2\n", "m.yaml:2:1: error PL0016")]
    [TestCase("a: [1\n", "m.yaml:2:1: error PL0011")]
    [TestCase("a:\n\t- x\n", "PL0011")]
    [TestCase("a: *b\n", "m.yaml:1:4: error PL0017")]
    [TestCase("a: 1\n---\nb: 2\n", "PL0012")]
    [TestCase("? [a, b]\n: c\n", "m.yaml:1:3: error PL0015")]
    public void Wrong_yaml_is_one_clear_error(string text, string expected)
    {
        YamlText.Parse("m.yaml", text, _problems);

        Assert.That(_problems.Items.Select(d => d.ToString()), Has.Exactly(1).Contains(expected));
    }

    [Test]
    public void A_bomb_of_aliases_ends_as_an_error()
    {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (var i = 1; i < 12; i++)
        {
            text += $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n";
        }

        YamlText.Parse("bomb.yaml", text, _problems);

        Assert.That(_problems.Items.Single().Code, Is.EqualTo("PL0014"));
    }

    [Test]
    public void Json_keeps_order_and_raw_numbers_and_prints_the_same()
    {
        const string text = """{"z":1.0,"a":[1e3,12345678901234567890123],"s":"\u003cé","n":null,"t":true}""";

        var node = JsonText.Parse("d.json", text, _problems)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(JsonTextWriter.Write(node, JsonStyle.Compact with { KeepRaw = true }), Is.EqualTo(text));
            Assert.That(JsonTextWriter.Canonical(node), Does.StartWith("""{"a":[1e3,"""));
        }
    }

    [TestCase("{\"a\":1,\n \"a\":2}", "d.json:2:2: error PL0023")]
    [TestCase("{\"a\":1,}", "PL0021")]
    [TestCase("", "PL0021")]
    [TestCase("[1] x", "d.json:1:5: error PL0021")]
    [TestCase("\"\\ud800\"", "PL0022")]
    public void Wrong_json_is_one_clear_error(string text, string expected)
    {
        JsonText.Parse("d.json", text, _problems);

        Assert.That(_problems.Items.Select(d => d.ToString()), Has.Exactly(1).Contains(expected));
    }

    [Test]
    public void Deep_json_is_refused_not_crashed_on()
    {
        JsonText.Parse("d.json", new string('[', 100_000), _problems);

        Assert.That(_problems.Items.Single().Code, Is.EqualTo("PL0021"));
    }
}
