using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>Input made to hurt: one clear error, in bounded memory and time.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class HostileInputTests
{
    private const string Head = "variant: fcos\nversion: 1.5.0\n";

    public static IEnumerable<TestCaseData> Yaml()
    {
        yield return Case("deep nesting", new string('[', 100_000), "PL0013");
        yield return Case("deep mappings", Head + "storage: " + string.Concat(Enumerable.Repeat("{a: ", 10_000)), "PL0013");
        yield return Case(
            "an alias bomb",
            Head
                + "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
                + string.Concat(
                    Enumerable.Range(1, 12).Select(i => $"a{i}: &a{i} [{string.Join(",", Enumerable.Repeat($"*a{i - 1}", 10))}]\n")
                ),
            "PL0014"
        );
        yield return Case(
            "a merge key bomb",
            Head
                + "a0: &a0 {x: 1}\n"
                + string.Concat(Enumerable.Range(1, 30).Select(i => $"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n"))
                + "storage: *a30\n",
            "PL0014"
        );
        yield return Case("an alias of itself", Head + "storage: &s {files: *s}\n", "PL0017");
        yield return Case("duplicate keys", Head + "storage: {}\nstorage: {}\n", "PL0016");
        yield return Case("tabs", Head + "storage:\n\tfiles: []\n", "PL0011");
        yield return Case("two documents", Head + "---\nvariant: fcos\n", "PL0012");
        yield return Case("a key that is a list", Head + "? [a]\n: b\n", "PL0015");
        yield return Case("an unclosed quote", Head + "storage: \"", "PL0011");
        yield return Case(
            "a huge number",
            Head + $"storage:\n  files:\n    - path: /a\n      mode: {new string('9', 1_000_000)}\n",
            "PL7001"
        );
        yield return Case("a line of brackets", Head + "storage: " + string.Concat(Enumerable.Repeat("{? [", 100_000)), "PL0013");
        yield return Case("deep lists", Head + "storage:\n" + string.Concat(Enumerable.Repeat("- ", 1_000_000)) + "a\n", "PL0013");
        yield return Case("deep keys", Head + string.Concat(Enumerable.Repeat("? ", 1_000_000)) + "a\n", "PL0013");
        yield return Case("nothing but commas", Head + "storage: [" + new string(',', 1_000_000), "PL0011");
        yield return Case("items that are missing", Head + "storage:\n" + string.Concat(Enumerable.Repeat("-\n", 1_200_000)), "PL0014");
        yield return Case("keys that never end", Head + string.Concat(Enumerable.Repeat(new string('a', 1000) + "\n", 10_000)), "PL0011");
        yield return Case("comments and tabs", Head + string.Concat(Enumerable.Repeat("# a\n\t\t\n", 500_000)) + "\ta\n", "PL0011");
        yield return Case("a huge tag", Head + "storage: !" + new string('a', 5_000_000) + " x\n", "PL7001");
        yield return Case("a huge document", Head + "# " + new string('x', 17 * 1024 * 1024), "PL0010");
        yield return Case("a huge escaped path", Head + $"storage:\n  files:\n    - path: {new string('/', 1_000_000)}a\n", "PL7102");
        yield return Case(
            "many links above a deep path",
            Head
                + "storage:\n  links:\n"
                + string.Concat(Enumerable.Range(0, 2000).Select(i => $"    - {{path: /l{i}, target: x}}\n"))
                + "  files:\n    - path: "
                + string.Concat(Enumerable.Repeat("/l1", 20_000))
                + "\n",
            "PL7108"
        );

        static TestCaseData Case(string name, string text, string code) =>
            new TestCaseData(Encoding.UTF8.GetBytes(text), code).SetArgDisplayNames(name, code);
    }

    public static IEnumerable<TestCaseData> Json()
    {
        yield return Case("deep nesting", new string('[', 100_000), "PL0021");
        yield return Case("deep objects", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), "PL0021");
        yield return Case("duplicate members", """{"ignition":{"version":"3.3.0"},"ignition":{}}""", "PL0023");
        yield return Case("an unpaired surrogate", "{\"ignition\":{\"version\":\"\\ud800\"}}", "PL0022");
        yield return Case(
            "a huge number",
            "{\"ignition\":{\"version\":\"3.3.0\",\"timeouts\":{\"httpTotal\":" + new string('9', 1_000_000) + "}}}",
            "PL7006"
        );
        yield return Case("a huge document", new string(' ', 17 * 1024 * 1024) + "{}", "PL0020");
        yield return Case("white space", new string(' ', 1_000_000), "PL7007");
        yield return Case(
            "many partitions",
            "{\"ignition\":{\"version\":\"3.3.0\"},\"storage\":{\"disks\":[{\"device\":\"/d\",\"partitions\":["
                + string.Join(',', Enumerable.Range(1, 100_000).Select(i => $"{{\"number\":{i},\"startMiB\":{i},\"sizeMiB\":1}}"))
                + ",{\"number\":7,\"startMiB\":7,\"sizeMiB\":1}]}]}}",
            "PL7146"
        );

        static TestCaseData Case(string name, string text, string code) =>
            new TestCaseData(Encoding.UTF8.GetBytes(text), code).SetArgDisplayNames(name, code);
    }

    [TestCaseSource(nameof(Yaml)), CancelAfter(120_000)]
    public void Hostile_yaml_is_an_error(byte[] text, string code)
    {
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Transpile("c.bu", text, TestFiles.Options, problems), Is.Null);
        Assert.That(problems.Items.Select(d => d.Code), Has.Some.EqualTo(code));
        Assert.That(problems.Items.Sum(d => d.ToString().Length), Is.LessThan(5_000_000));
    }

    [TestCaseSource(nameof(Json)), CancelAfter(120_000)]
    public void Hostile_json_is_an_error(byte[] text, string code)
    {
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.ReadIgnition("c.ign", text, problems), Is.Null);
        Assert.That(problems.Items.Select(d => d.Code), Has.Some.EqualTo(code));
    }

    [TestCase(new byte[] { 0x76, 0xff, 0x3a }, "PL7005")]
    [TestCase(new byte[] { 0xc3 }, "PL7005")]
    public void Bytes_that_are_not_utf8_are_an_error_of_butane(byte[] text, string code)
    {
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Transpile("c.bu", text, TestFiles.Options, problems), Is.Null);
        Assert.That(problems.Items.Single().Code, Is.EqualTo(code));
    }

    [Test]
    public void Bytes_that_are_not_utf8_are_an_error_of_ignition()
    {
        var problems = new DiagnosticBag();

        Assert.That(
            Provisioner.ReadIgnition(
                "c.ign",
                new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' },
                problems
            ),
            Is.Null
        );
        Assert.That(problems.Items, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_byte_order_mark_is_skipped()
    {
        Assert.That(Provisioner.Transpile("c.bu", Encoding.UTF8.GetBytes("\uFEFF" + Head), TestFiles.Options, new()), Is.Not.Null);
        Assert.That(
            Provisioner.ReadIgnition("c.ign", Encoding.UTF8.GetBytes("\uFEFF{\"ignition\":{\"version\":\"3.3.0\"}}"), new()),
            Is.Not.Null
        );
    }

    [TestCase("../outside", "PL7215")]
    [TestCase("inside/../../outside", "PL7215")]
    [TestCase("link-out", "PL7213")]
    [TestCase("link-out/secret", "PL7213")]
    [TestCase("inside/link-up", "PL7213")]
    [TestCase("/etc/passwd", "PL7213")]
    [TestCase("nul\0byte", "PL7213")]
    [TestCase("pipe", "PL7213")]
    public void Nothing_outside_of_the_directory_of_local_files_is_read(string path, string code)
    {
        using var directory = new TemporaryDirectory(Path.GetTempPath());
        var files = Path.Combine(directory.Path, "files");
        Directory.CreateDirectory(Path.Combine(files, "inside"));
        Directory.CreateDirectory(Path.Combine(directory.Path, "outside"));
        File.WriteAllText(Path.Combine(directory.Path, "outside", "secret"), "secret");
        File.CreateSymbolicLink(Path.Combine(files, "link-out"), Path.Combine(directory.Path, "outside"));
        File.CreateSymbolicLink(Path.Combine(files, "inside", "link-up"), "../../outside/secret");
        var yaml =
            Head
            + $"storage:\n  files:\n    - path: /a\n      contents:\n"
            + $"        local: \"{path.Replace("\0", "\\0", StringComparison.Ordinal)}\"\n";
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Transpile("c.bu", yaml, new ButaneOptions { LocalFiles = new LocalFiles(files) }, problems), Is.Null);
        Assert.That(problems.Items.Single().Code, Is.EqualTo(code));
    }

    [Test]
    public void A_tree_embeds_links_without_following_them()
    {
        using var directory = new TemporaryDirectory(Path.GetTempPath());
        var tree = Directory.CreateDirectory(Path.Combine(directory.Path, "tree")).FullName;
        File.CreateSymbolicLink(Path.Combine(tree, "out"), "/etc");
        var config = Provisioner.Transpile(
            "c.bu",
            Head + "storage:\n  trees:\n    - local: tree\n",
            new ButaneOptions { LocalFiles = new LocalFiles(directory.Path) },
            new()
        );

        Assert.That(config!.Storage.Links.Select(l => (l.Path, l.Target)), Is.EqualTo([("/out", "/etc")]));
        Assert.That(config.Storage.Files, Is.Empty);
    }

    [Test]
    public void A_decompression_bomb_is_not_unpacked()
    {
        var bytes = new byte[17_000_000];
        var (source, compression) = Provisioner.Embed(bytes);
        var config = TestFiles.Parse(
            $$$$$"""
            {"ignition":{"version":"3.3.0","config":{"replace":{"source":"{{{{{source}}}}}","compression":"{{{{{compression}}}}}"}}}}
            """
        );
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Resolve(config, problems), Is.Null);
        Assert.That(problems.Items.Single().Code, Is.EqualTo("PL7024"));
    }

    [Test]
    public void What_is_shown_cannot_steer_a_terminal()
    {
        var config = TestFiles.Parse("""{"ignition":{"version":"3.3.0"},"passwd":{"users":[{"name":"a\u001b[2Jb\n"}]}}""");

        Assert.That(Provisioner.Describe(config).Split('\n')[2], Is.EqualTo("  a?[2Jb?"));
    }

    // The limit is in hexadecimal: 512 MiB of heap for the whole program.
    [Test, CancelAfter(60_000)]
    public async Task The_program_stays_in_bounds_and_says_one_thing()
    {
        using var directory = new TemporaryDirectory(Path.GetTempPath());
        var cases = Yaml()
            .Where(c => !c.ArgDisplayNames![0].StartsWith("many", StringComparison.Ordinal))
            .Take(5)
            .Select(c => ("butane", c))
            .Concat(Json().Take(2).Select(c => ("ignition", c)));
        foreach (var (verb, given) in cases)
        {
            var file = directory.File("config");
            await File.WriteAllBytesAsync(file, (byte[])given.Arguments[0]!);
            string[] arguments = verb == "butane" ? ["butane", file] : ["ignition", "validate", file];
            var result = await new ToolRunner().RunAsync(
                new ToolCommand("dotnet", [Path.Combine(AppContext.BaseDirectory, "pipeline.dll"), .. arguments])
                {
                    Accepted = [2],
                    Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "20000000" },
                },
                CancellationToken.None
            );

            Assert.That(result.ErrorTail, Does.Contain((string)given.Arguments[1]!).And.Not.Contain("   at "), given.ArgDisplayNames![0]);
        }
    }
}
