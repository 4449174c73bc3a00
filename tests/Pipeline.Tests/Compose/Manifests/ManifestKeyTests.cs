using System.Text.RegularExpressions;
using Pipeline.Compose.Manifests;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Manifests;

/// <summary>
/// Every key of the table is read into the manifest and used by the compose, or noted or refused with its own reason. A new key without an
/// example fails; so does one that is read and then forgotten.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ManifestKeyTests : IDisposable
{
    private const string Base = "packages: [a]\nrepos: [r]\n";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<string> Keys(KeySupport support) =>
        TreefileKeys.All.Values.Where(k => k.Support == support).Select(k => k.Name).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Acting() => Keys(KeySupport.Acts);

    private static IEnumerable<string> Noted() => Keys(KeySupport.Noted);

    private static IEnumerable<string> NotActing() => Keys(KeySupport.Noted).Concat(Keys(KeySupport.Refused));

    [TestCaseSource(nameof(Acting))]
    public void A_key_that_acts_is_read_into_the_manifest(string key)
    {
        Write("more.yaml", "packages: [more]\n");
        Write("motd", "content\n");
        Write("script", "#!/bin/sh\n");
        File.SetUnixFileMode(_directory.File("script"), (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(_directory.File("overlay.d/one"));
        var without = Read(Base);

        var sample = TreefileKeys.Uses[key].Example;
        var text = key is "packages" or "repos" ? $"{(key == "packages" ? "repos: [r]" : "packages: [a]")}\n{sample}\n" : Base + sample;
        if (key == "basearch")
        {
            Assert.That(() => Read(text), Throws.TypeOf<PipelineException>().With.Message.Contains("PL1008"));
            return;
        }

        // Exceptions to rules need the rule.
        var plain = sample.Contains('\n', StringComparison.Ordinal) ? Read(Base + sample.Split('\n')[0]) : without;
        var with = Read(text);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Bare(with.Manifest), Is.Not.EqualTo(Bare(plain.Manifest)), "the manifest is the same without it");
            Assert.That(with.Blocking, Is.Empty);
            Assert.That(with.Remarks.Select(r => r.Code), Has.None.EqualTo("PL1023"));
        }
    }

    [Test]
    public void Every_part_of_a_manifest_is_used_by_the_compose()
    {
        // Where it is printed only: what a key asks for is so in any case.
        string[] shown = ["IsSchema", "Variables"];
        var source = string.Concat(
            SourceTree
                .CSharp("src/Pipeline.Compose")
                .Where(f => !f.Contains("/Manifests/", StringComparison.Ordinal))
                .Select(File.ReadAllText)
        );
        var names = typeof(Manifest).GetProperties().Select(p => p.Name).Except(["EqualityContract", "File", .. shown]);

        Assert.That(
            names.Where(n =>
                !Regex.IsMatch(source, $@"(Manifest|manifest|some|source\.Manifest|locked\.Manifest)\s*\.{n}\b|\{{ {n}\b|, {n}:")
            ),
            Is.Empty
        );
    }

    [TestCaseSource(nameof(NotActing))]
    public void A_key_that_does_not_act_says_why_at_its_place(string name)
    {
        var key = TreefileKeys.All[name];
        var value = key.Values.Except(key.Harmless).FirstOrDefault() is { } listed ? Quoted(key, listed) : Wrong(key);
        var schema = key.SchemaOnly ? "schema: compose/v1\n" : "";

        var read = Read($"{schema}{Base}{name}: {value}\n");

        var found = read.Remarks.Concat(read.Blocking).Single(d => d.Code is "PL1022" or "PL1023");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Severity, Is.EqualTo(key.Support == KeySupport.Noted ? Severity.Note : Severity.Error));
            Assert.That(found.Message, Does.StartWith($"'{name}' ").And.EndsWith($": {key.Text}"));
            Assert.That(found.Span?.ToString(), Does.StartWith($"m.yaml:{(key.SchemaOnly ? 4 : 3)}:"));
            Assert.That(found.Hint is null, Is.EqualTo(key.Support == KeySupport.Noted));
            Assert.That(read.Remarks.Concat(read.Blocking).Count(d => d == found), Is.EqualTo(1));
        }
    }

    [TestCaseSource(nameof(NotActing))]
    public void What_a_refused_key_may_say_is_accepted_silently(string name)
    {
        var key = TreefileKeys.All[name];
        foreach (var value in key.Support == KeySupport.Refused ? key.Harmless : [])
        {
            var read = Read($"{Base}{name}: {Quoted(key, value)}\n");
            Assert.That(read.Remarks.Concat(read.Blocking), Is.Empty, value);
        }
    }

    [Test]
    public void A_value_that_does_not_exist_is_an_error_with_the_closest_one()
    {
        var listed = TreefileKeys.All.Values.Where(k => k.Values.Count > 0 && k.Shape is ValueShape.Text && k.Name != "schema").ToArray();
        Assert.That(listed, Has.Length.GreaterThan(4));
        foreach (var key in listed)
        {
            var wrong = key.Values[0] + "x";
            Assert.That(
                () => Read($"{Base}{key.Name}: \"{wrong}\"\n"),
                Throws
                    .TypeOf<PipelineException>()
                    .With.Message.Contains($"m.yaml:3:{key.Name.Length + 3}: error PL1035")
                    .And.Message.Contains(key.Values[0])
            );
        }
    }

    [Test]
    public void All_refusals_come_at_once()
    {
        var refused = TreefileKeys.All.Values.Where(k => k.Support == KeySupport.Refused).ToArray();

        var read = Read(
            $"schema: compose/v1\n{Base}"
                + string.Concat(refused.Select(k => $"{k.Name}: {k.Values.Except(k.Harmless).FirstOrDefault() ?? Wrong(k)}\n"))
        );

        Assert.That(
            read.Blocking.Where(b => b.Code == "PL1022").Select(b => b.Message.Split('\'')[1]),
            Is.EquivalentTo(refused.Select(k => k.Name))
        );
        Assert.That(read.Blocking.Select(b => b.Message.Split(": ")[1]), Has.None.Empty);
    }

    [Test]
    public void Keys_of_layering_say_what_to_write_instead()
    {
        foreach (var (name, instead) in TreefileKeys.Derive)
        {
            Assert.That(
                () => Read($"{Base}{name}: x\n"),
                Throws.TypeOf<PipelineException>().With.Message.Contains($"error PL1024: '{name}'").And.Message.Contains(instead)
            );
        }
    }

    [Test]
    public void Every_key_that_has_an_effect_has_an_example_and_a_version_it_came_with()
    {
        var known = typeof(TreefileKeys).Assembly.GetName().Version;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TreefileKeys.Uses.Keys.Order(), Is.EqualTo(Keys(KeySupport.Acts).Concat(Keys(KeySupport.Noted)).Order()));
            Assert.That(TreefileKeys.All.Values.Select(k => new Version(k.Since)), Is.All.LessThanOrEqualTo(known!));
        }
    }

    [TestCaseSource(nameof(Noted))]
    public void The_example_of_a_key_that_needs_nothing_is_read(string key) =>
        Assert.That(Read(Base + TreefileKeys.Uses[key].Example).Blocking, Is.Empty);

    [Test]
    public void The_list_of_keys_for_people_is_that_of_the_table()
    {
        var file = SourceTree.Path("docs/manifest-keys.md");
        if (Environment.GetEnvironmentVariable("PIPELINE_ACCEPT") == "1")
        {
            File.WriteAllText(file, TreefileKeys.Document());
        }

        Assert.That(File.ReadAllText(file), Is.EqualTo(TreefileKeys.Document()));
    }

    private static string Wrong(TreefileKey key) =>
        key.Shape switch
        {
            ValueShape.Truth => key.Harmless.Contains("true") ? "false" : "true",
            ValueShape.TextOrNumber => "1",
            ValueShape.Texts => "[x]",
            ValueShape.Mapping => "{x: y}",
            ValueShape.List => "[x]",
            _ => "\"other\"",
        };

    private static string Quoted(TreefileKey key, string value) =>
        key.Shape is ValueShape.Truth or ValueShape.TextOrNumber ? value : $"\"{value}\"";

    private static Manifest Bare(Manifest manifest) => manifest with { Flattened = new([]), Metadata = new([]) };

    private ReadManifest Read(string text)
    {
        Write("m.yaml", text.EndsWith('\n') ? text : text + "\n");
        return ManifestReader.Read(
            new()
            {
                Path = _directory.File("m.yaml"),
                Display = "m.yaml",
                Architecture = Arch.X86_64,
            }
        );
    }

    private void Write(string name, string text) => File.WriteAllText(_directory.File(name), text);
}
