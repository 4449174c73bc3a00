using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Contracts;
using Pipeline.Releases.Documents;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Contracts;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ContractCheckTests
{
    public static IEnumerable<TestCaseData> Documents() => ContractFiles.All.Select(f => new TestCaseData(f.Kind, f.File));

    public static IEnumerable<string> Kinds() => ContractKind.All.Select(k => k.Name);

    [TestCaseSource(nameof(Documents))]
    public async Task A_document_prints_as_it_is(string kind, string file)
    {
        var run = await CliRun.Of(["contract", "check", kind, file], ContractFiles.Root);

        Assert.That((run.ExitCode, run.Output, run.Error), Is.EqualTo((0, "", "")));
    }

    [TestCaseSource(nameof(Kinds))]
    public async Task The_schema_of_every_kind_is_pinned(string kind)
    {
        var run = await CliRun.Of(["contract", "schema", kind]);

        Assert.That(run.ExitCode, Is.Zero);
        Golden.Check($"Contracts/schema-{kind}.json", run.Output);
    }

    [TestCase("updates", "{\"stream\": \"s\", \"metadata\": {}, \"releases\": []}", ExpectedResult = "")]
    [TestCase(
        "updates",
        "{\"stream\": \"s\",\"metadata\": {}, \"releases\": []}",
        ExpectedResult = "F: /metadata: style: line 1, column 16: the layout is '{\"stream\": \"s\",\"metadata\": {}, \"releases\": []}',"
            + " printed it is '{\"stream\": \"s\", \"metadata\": {}, \"releases\": []}'"
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\\u0074\",\"metadata\":{},\"releases\":[]}",
        ExpectedResult = "F: /stream: style: the string is written \"s\\u0074\", its publisher writes \"st\""
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"a\\/b\",\"metadata\":{},\"releases\":[]}",
        ExpectedResult = "F: /stream: style: the string is written \"a\\/b\", its publisher writes \"a/b\""
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"<\\u003c\",\"metadata\":{},\"releases\":[]}",
        ExpectedResult = "F: /stream: style: the string is written \"<\\u003c\", its publisher writes \"\\u003c\\u003c\""
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"metadata\":{},\"releases\":[],\"x\":{\"y~/\":1.50}}",
        ExpectedResult = "F: /x/y~0~1: style: the number is written 1.50, its publisher writes 1.5"
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"metadata\":{},\"releases\":[]}\n\n",
        ExpectedResult = "F: /: style: line 2: the file goes on after its end"
    )]
    [TestCase("graph", "{\"nodes\":[],\"edges\":[[0,1]]}", ExpectedResult = "F: /edges/0: the edge [0,1] does not join two nodes")]
    [TestCase(
        "overrides",
        "packages:\n  a:\n    evr: 1-1\n    metadata: {type: pin}\n",
        ExpectedResult = "F: /packages/a/metadata: a pin needs a reason"
    )]
    [TestCase(
        "overrides",
        "packages:\n  a:\n    evr:   1-1\n",
        ExpectedResult = "F: /packages/a/evr: style: line 3, column 10: the layout is '    evr:   1-1', printed it is '    evr: 1-1'"
    )]
    [TestCase("overrides", "packages:\n  a:\n    evr: 1-1 \n", ExpectedResult = "F: /packages/a/evr: style: line 3 ends in blanks")]
    [TestCase("denylist", "- pattern: a\n  tracker: b\n  warn: true  # for now\n", ExpectedResult = "")]
    public string A_difference_has_pointer_and_reason(string kind, string text) =>
        string.Join('\n', ContractCheck.Run(ContractKind.Of(kind), "F", Encoding.UTF8.GetBytes(text)));

    [TestCase("updates", "", "F:1:1: error PL0021")]
    [TestCase("updates", "[]", "F:1:1: error PL5001: expected an object, found a list")]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"metadata\":{},\"relases\":[]}",
        "PL5003: member 'releases' is missing\n  hint: did you mean 'relases'?"
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"stream\":\"t\",\"metadata\":{},\"releases\":[]}",
        "F:1:15: error PL0023: duplicate member 'stream'"
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"metadata\":{},\"releases\":[{\"version\":\"44.20260720.3.1\","
            + "\"metadata\":{\"rollout\":{\"start_epoch\":1e400}}}]}",
        "PL5002: '1e400' is not a whole number of at most 64 bits, without point or exponent (at /releases/0/metadata/rollout/start_epoch)"
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"metadata\":{},\"releases\":[{\"version\":\"44.20260720.3.1\","
            + "\"metadata\":{\"rollout\":{\"start_percentage\":1e999}}}]}",
        "PL5002: '1e999' is not a number that fits in 64 bits (at /releases/0/metadata/rollout/start_percentage)"
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"metadata\":{},\"releases\":[{\"version\":5,\"metadata\":{}},{\"version\":\"x\",\"metadata\":3}]}",
        "(at /releases/0/version)"
    )]
    [TestCase(
        "updates",
        "{\"stream\":\"s\",\"metadata\":{},\"releases\":[{\"version\":5,\"metadata\":{}},{\"version\":\"x\",\"metadata\":3}]}",
        "(at /releases/1/metadata)"
    )]
    [TestCase("graph", "{\"nodes\":[],\"edges\":[[0]]}", "PL5002: 'a list' is not a pair of node numbers (at /edges/0)")]
    [TestCase("graph", "{\"nodes\":[],\"edges\":[[0,99999999999]]}", "(at /edges/0)")]
    [TestCase("notes", "releases: [1]\n", "F:1:11: error PL5001: expected an object, found a list (at /releases)")]
    [TestCase("notes", "a: [1\n", "PL0011")]
    [TestCase("notes", "", "PL5004")]
    [TestCase("denylist", "pattern: x\n", "PL5001: expected a list, found an object")]
    [TestCase("overrides", "packages:\n  a:\n    evr: 1.0\n", "PL5001: expected a string, found a number (at /packages/a/evr)")]
    [TestCase(
        "lock",
        "{\"packages\":{\"a\":{\"evra\":null}},\"metadata\":{\"generated\":\"today\"}}",
        "PL5002: 'today' is not a time such as 2026-07-21T14:07:14Z (at /metadata/generated)"
    )]
    public void What_cannot_be_read_is_bad_input_with_place_and_hint(string kind, string text, string expected)
    {
        var e = Assert.Throws<PipelineException>(() => ContractCheck.Run(ContractKind.Of(kind), "F", Encoding.UTF8.GetBytes(text)))!;

        Assert.That((int)e.Exit, Is.EqualTo(2));
        Assert.That(e.Message, Does.Contain(expected).And.Contain("hint: "));
    }

    [Test, CancelAfter(60_000)]
    public void Deep_wide_and_endless_documents_end_as_errors(CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        string[] hostile =
        [
            new('[', 200_000),
            string.Concat(Enumerable.Repeat("{\"a\":", 100_000)),
            "{\"releases\":\"" + new string('x', 17 * 1024 * 1024) + "\"}",
            "[" + string.Join(',', Enumerable.Repeat("0", 1_100_000)) + "]",
            "\"\\ud800\"",
            "{\"a\":1" + "\0" + "}",
            "{\"a\":01}",
        ];
        foreach (var kind in ContractKind.All)
        {
            // The large ones once per reader: JSON, YAML.
            foreach (var text in hostile.Where(t => t.Length < 1_000_000 || kind.Name is "graph" or "denylist"))
            {
                var e = Assert.Throws<PipelineException>(() => ContractCheck.Run(kind, "F", Encoding.UTF8.GetBytes(text)), kind.Name)!;
                Assert.That((int)e.Exit, Is.EqualTo(2), kind.Name);
            }
        }
    }

    [Test]
    public void Broken_bytes_of_real_documents_never_crash_the_reader()
    {
        var source = new Pipeline.Releases.Simulation.SeededSource(7);
        foreach (var test in Documents())
        {
            var kind = ContractKind.Of((string)test.Arguments[0]!);
            var bytes = ContractFiles.Read((string)test.Arguments[1]!);
            for (var round = 0; round < 40; round++)
            {
                var broken = bytes.ToArray();
                broken[source.NextBelow(broken.Length)] = (byte)source.NextBelow(256);
                broken = round % 2 == 0 ? broken : broken[..(int)source.NextBelow(broken.Length)];
                try
                {
                    ContractCheck.Run(kind, "F", broken);
                }
                catch (PipelineException e)
                {
                    Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
                }
            }
        }
    }

    [Test]
    public async Task Differences_of_content_exit_with_1_those_of_style_only_when_strict_and_unreadable_files_with_2()
    {
        using var directory = new Pipeline.Host.Files.TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("odd.json"), "{\"stream\":\"s\" ,\"metadata\":{},\"releases\":[]}");
        await File.WriteAllTextAsync(directory.File("edge.json"), "{\"nodes\":[],\"edges\":[[0,1]]}");
        await File.WriteAllTextAsync(directory.File("bad.json"), "{");

        var odd = await CliRun.Of(["contract", "check", "updates", "odd.json"], directory.Path);
        var strict = await CliRun.Of(["contract", "check", "updates", "odd.json", "--strict"], directory.Path);
        var edge = await CliRun.Of(["contract", "check", "graph", "edge.json"], directory.Path);
        var both = await CliRun.Of(["contract", "check", "updates", "odd.json", "bad.json", "none.json", "--json"], directory.Path);
        var kind = await CliRun.Of(["contract", "check", "update", "odd.json"], directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((odd.ExitCode, odd.Output.Split(": ")[..3]), Is.EqualTo((0, new[] { "odd.json", "/stream", "style" })));
            Assert.That((strict.ExitCode, edge.ExitCode), Is.EqualTo((1, 1)));
            Assert.That((both.ExitCode, kind.ExitCode), Is.EqualTo((2, 2)));
            Assert.That(both.Output, Does.Contain("\"pointer\":\"/stream\""));
            Assert.That(both.Error, Does.Contain("\"file\":\"bad.json\",\"line\":1").And.Contain("PL5020"));
            Assert.That(kind.Error, Does.Contain("did you mean 'updates'?"));
        }
    }
}
