using Pipeline.Build.Proof;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Build;

/// <summary>Which proofs run again, what is kept of them, and what the report shows.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ProofTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _ran = [];

    private string Output => _directory.File("proof");

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task A_part_that_passed_is_not_run_again_until_an_input_changes()
    {
        Write("src/one.txt", "1");
        await RunAsync([Part("one", "src")]);
        await RunAsync([Part("one", "src")]);
        Assert.That(_ran, Is.EqualTo(["one"]));

        Write("src/one.txt", "2");
        await RunAsync([Part("one", "src")]);
        Assert.That(_ran, Is.EqualTo(["one", "one"]));
    }

    [Test]
    public async Task A_new_name_or_a_moved_file_is_a_change_and_what_a_build_writes_is_not()
    {
        Write("src/a", "x");
        var part = Part("one", "src");
        var before = await DigestAsync(part);
        Write("src/obj/a", "x");
        Assert.That(await DigestAsync(part), Is.EqualTo(before));

        File.Move(_directory.File("src/a"), _directory.File("src/b"));
        Assert.That(await DigestAsync(part), Is.Not.EqualTo(before));
    }

    [Test]
    public async Task A_part_that_failed_runs_again_and_the_others_still_run()
    {
        Write("src/a", "x");
        ProofPart[] parts = [Part("bad", "src", fails: true), Part("good", "src")];
        var first = await RunAsync(parts);
        await RunAsync(parts);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Select(r => r.Outcome), Is.EqualTo([ProofOutcome.Failed, ProofOutcome.Passed]));
            Assert.That(first[0].Problem, Does.Contain("it is not so"));
            Assert.That(_ran, Is.EqualTo(["bad", "good", "bad"]));
        }
    }

    [Test]
    public async Task An_interrupted_run_goes_on_with_the_part_that_did_not_end()
    {
        Write("src/a", "x");
        using var stop = new CancellationTokenSource();
        var interrupted = Part("second", "src") with
        {
            RunAsync = async (_, cancellationToken) =>
            {
                await stop.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
                return [];
            },
        };

        await Assert.ThatAsync(
            () => RunAsync([Part("first", "src"), interrupted], stop.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        await RunAsync([Part("first", "src"), Part("second", "src")]);

        Assert.That(_ran, Is.EqualTo(["first", "second"]));
    }

    [Test]
    public async Task A_record_that_cannot_be_read_does_not_count()
    {
        Write("src/a", "x");
        Write("proof/one.json", "{\"name\": \"one\"");
        await RunAsync([Part("one", "src")]);

        Assert.That(_ran, Is.EqualTo(["one"]));
    }

    [Test]
    public async Task The_page_shows_every_part_and_encodes_what_programs_printed()
    {
        var time = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
        var page = await ProofReport.HtmlAsync([
            new("one", "It is so.", new string('a', 64), ProofOutcome.Passed, time, 1.5, null, [new("commit", "<b>0123</b>")]),
            new("two", "It is so too.", new string('b', 64), ProofOutcome.Failed, time, 2, "<script>alert(1)</script>", []),
        ]);

        Golden.Check("Build/proof.html", page);
    }

    [TestCase(null, ExpectedResult = "one,two,three")]
    [TestCase("t*", ExpectedResult = "two,three")]
    [TestCase("one", ExpectedResult = "one")]
    [TestCase("none", ExpectedResult = "")]
    public string Parts_are_chosen_by_a_glob(string? glob) =>
        string.Join(',', ProofInputs.Choose([Part("one", "src"), Part("two", "src"), Part("three", "src")], glob).Select(p => p.Name));

    [Test]
    public void Every_part_of_the_table_has_its_own_name_and_inputs_that_exist()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ProofParts.All.Select(p => p.Name), Is.Unique);
            foreach (var part in ProofParts.All)
            {
                Assert.That(() => ProofInputs.FilesOf(SourceTree.Root, part).Count(), Is.Positive, part.Name);
            }
        }
    }

    private Task<string> DigestAsync(ProofPart part) => ProofInputs.DigestAsync(_directory.Path, part, CancellationToken.None);

    private ProofPart Part(string name, string input, bool fails = false) =>
        new(
            name,
            "It is so.",
            [input],
            (_, _) =>
            {
                _ran.Add(name);
                return fails
                    ? throw new PipelineException(Diagnostic.Error("PL9999", "it is not so", hint: "look"))
                    : Task.FromResult<ValueList<ProofFigure>>([]);
            }
        );

    private Task<IReadOnlyList<ProofRecord>> RunAsync(IReadOnlyList<ProofPart> parts, CancellationToken cancellationToken = default) =>
        new ProofRun(new RecordingToolRunner(), new TestReporter(), TimeProvider.System, _directory.Path, Output).RunAsync(
            parts,
            force: false,
            cancellationToken
        );

    private void Write(string name, string text)
    {
        var file = _directory.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
