using Pipeline.Build.Proof;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Build;

/// <summary>The proof that follows the pages knows all their commands, and no others.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class NewcomerTests
{
    [Test]
    public void Every_command_that_needs_a_machine_has_a_row_and_every_row_a_command()
    {
        var pages = DocumentationTests
            .Pages()
            .SelectMany(p => PageBlocks.Of(Newcomer.Followed(p, Text(p))))
            .Where(b => b.Kind == PageBlocks.Machine)
            .SelectMany(b => b.Commands);

        Assert.That(Newcomer.Commands.Keys.Order(StringComparer.Ordinal), Is.EqualTo(pages.Distinct().Order(StringComparer.Ordinal)));
    }

    [Test]
    public void Pages_with_such_commands_are_followed()
    {
        var pages = DocumentationTests.Pages().Where(p => PageBlocks.Of(Text(p)).Any(b => b.Kind == PageBlocks.Machine));

        Assert.That(pages, Is.EquivalentTo((string[])[Newcomer.Readme, .. Newcomer.Pages]));
    }

    [Test]
    public void What_is_not_run_has_a_reason_and_what_is_run_an_end() =>
        Assert.That(
            Newcomer.Commands.Where(c => c.Value.Skip is { } reason && (reason.Length < 20 || c.Value.Instead is not null)),
            Is.Empty
        );

    [Test]
    public void The_ten_tasks_are_followed_and_nothing_behind_them()
    {
        var followed = Newcomer.Followed(Newcomer.Readme, Text(Newcomer.Readme));

        Assert.That(Enumerable.Range(1, 10).Where(n => !followed.Contains($"\n**{n}. ", StringComparison.Ordinal)), Is.Empty);
        Assert.That(followed, Does.Not.Contain("## In general"));
    }

    [Test]
    public void Comments_are_not_typed()
    {
        const string page = "```sh machine\npipeline images   # qemu\n# only this\npipeline run -- 'a#b'\n```\n\n```\nnot run\n```\n";

        var block = PageBlocks.Of(page).Single();

        Assert.That((block.Kind, string.Join('|', block.Commands)), Is.EqualTo(("machine", "pipeline images|pipeline run -- 'a#b'")));
    }

    private static string Text(string page) => File.ReadAllText(SourceTree.Path(page));
}
