using System.Text.Json;
using Pipeline.Cli.Commands;
using Pipeline.Compose;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Cli;

/// <summary>What a compose for several architectures prints.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ComposeAnswerTests
{
    private static readonly ComposeSummary Summary = new([
        new(Arch.X86_64, Result(Arch.X86_64, unchanged: true), ExitClass.Done, 190, ByteSize.FromMiB(212), TimeSpan.FromSeconds(0.04)),
        new(Arch.Aarch64, Result(Arch.Aarch64, unchanged: false), ExitClass.Done, 192, ByteSize.FromMiB(1024), TimeSpan.FromSeconds(71.26)),
        new(Arch.Ppc64le, null, ExitClass.OutsideWorld, 0, ByteSize.FromBytes(0), TimeSpan.Zero),
        new(Arch.S390x, null, ExitClass.Refused, 189, ByteSize.FromBytes(0), TimeSpan.Zero),
    ]);

    [Test]
    public void The_table_has_a_line_for_each_architecture_also_for_one_that_failed() =>
        Golden.Check("Cli/compose-table.txt", ComposeAnswer.Of(Summary).Text);

    [Test]
    public void The_document_has_them_all_with_exit_codes() => Golden.Check("Cli/compose-table.json", ComposeAnswer.Of(Summary).Json);

    [Test]
    public void The_run_ends_as_the_first_that_failed() => Assert.That(ComposeAnswer.Of(Summary).Exit, Is.EqualTo(ExitClass.OutsideWorld));

    [Test]
    public void Without_a_failure_it_is_done() =>
        Assert.That(new ComposeSummary([.. Summary.Outcomes.Take(2)]).Exit, Is.EqualTo(ExitClass.Done));

    [Test]
    public void One_architecture_has_no_table()
    {
        var answer = ComposeAnswer.Of(Result(Arch.S390x, unchanged: false));

        Assert.That(answer.Text, Does.StartWith("13.20260901.0.dev0 s390x\ncommit 0123"));
        using var json = JsonDocument.Parse(answer.Json);
        Assert.That(json.RootElement.GetProperty("arch").GetString(), Is.EqualTo("s390x"));
    }

    [TestCase("all", ExpectedResult = "x86_64 aarch64 ppc64le s390x")]
    [TestCase("s390x,x86_64", ExpectedResult = "x86_64 s390x")]
    [TestCase("s390x, s390x", ExpectedResult = "s390x")]
    public string Architectures_are_read_once_each_and_in_the_order_of_documents(string text) =>
        string.Join(' ', ArchitectureOption.ReadMany(text).Select(a => a.Name));

    [TestCase("")]
    [TestCase("x86_64,")]
    [TestCase("ALL")]
    [TestCase("x86_64,amd64,vax")]
    public void Every_unknown_one_is_an_error(string text)
    {
        var error = Assert.Throws<PipelineException>(() => ArchitectureOption.ReadMany(text));

        Assert.That(error.Diagnostics.Select(d => d.Code), Is.All.EqualTo("PL1091"));
        Assert.That(error.Diagnostics, Has.Count.EqualTo(text.Contains("vax", StringComparison.Ordinal) ? 2 : 1));
    }

    [Test]
    public async Task A_lockfile_is_not_taken_for_several_architectures()
    {
        var run = await CliRun.Of(["compose", "m.yaml", "--arch", "all", "--lock", "l.json", "-C", Path.GetTempPath()]);

        Assert.That(run.ExitCode, Is.EqualTo((int)ExitClass.BadInput));
        Assert.That(run.Error, Does.Contain("PL1093"));
    }

    private static ComposeResult Result(Arch architecture, bool unchanged) =>
        new(
            "13.20260901.0.dev0",
            "13.20260901.0.dev0",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            architecture,
            unchanged,
            $"builds/13.20260901.0.dev0/{architecture.Name}"
        );
}
