using System.Text;
using Pipeline.Host.Files;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>
/// Runs of the real program with a password in the address of a mirror: every file it leaves, every stream it writes and the command
/// lines of all that it starts are searched for it. They need what <see cref="ComposeEndToEndTests"/> need.
/// </summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self), CancelAfter(300_000)]
public sealed class CredentialTests
{
    private const string User = "mirror-carol:Tr0ub4dor/&3 ö";
    private const string InUrl = "mirror-carol:Tr0ub4dor%2F%263%20%C3%B6";

    [Test]
    public async Task A_password_is_used_and_shows_up_nowhere(CancellationToken cancellationToken)
    {
        await using var bench = await BenchAsync();
        await using var first = bench.Start("work");
        var locks = Path.Combine(bench.Work().Builds, ".compose.lock");
        while (!File.Exists(locks) || new FileInfo(locks).Length == 0)
        {
            Assert.That(first.Completion.IsCompleted, Is.False);
            await Task.Delay(20, cancellationToken);
        }

        var holder = await RegularFile.ReadTextAsync(locks, cancellationToken);
        var second = bench.RunAsync("work", cancellationToken);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!first.Completion.IsCompleted)
        {
            seen.UnionWith(CommandLines(bench.Work().Root));
            await Task.Delay(20, cancellationToken);
        }

        var third = await bench.RunAsync("work", cancellationToken, "", "--progress=json");
        var results = new[] { await first.Completion, await second, third };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(results.Select(r => r.ExitCode), Is.All.Zero, results[0].ErrorTail + results[1].ErrorTail);
            Assert.That(results[1].ErrorTail, Does.Contain("waiting"), "the second run waited for the first");
            Assert.That(seen, Is.Not.Empty.And.None.Matches<string>(IsLeak));
            Assert.That(IsLeak(holder), Is.False, holder);
            Assert.That(results.Select(r => r.Text + r.ErrorTail), Is.All.Matches<string>(t => !IsLeak(t!)));
            Assert.That(Files(bench), Is.Empty);
        }
    }

    [TestCase("/pool/main/", Fault.NotFound), TestCase("/pool/main/", Fault.WrongByte), TestCase("InRelease", Fault.ServerError)]
    public async Task A_failure_does_not_show_it_either(string path, Fault fault, CancellationToken cancellationToken)
    {
        await using var bench = await BenchAsync();
        foreach (var served in bench.Repository.Server.Paths.Where(p => p.Contains(path, StringComparison.Ordinal)))
        {
            bench.Repository.Server.Break(served, fault);
        }

        var result = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(fault == Fault.WrongByte ? 5 : 4), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("127.0.0.1"), "the address itself is shown");
            Assert.That(IsLeak(result.Text + result.ErrorTail), Is.False, result.ErrorTail);
            Assert.That(Files(bench), Is.Empty);
        }
    }

    [TestCase("--mirror", $"tiny=htp://{InUrl}@h/")]
    [TestCase("--no-such-option", $"http://{InUrl}@h/")]
    [TestCase("--arch", $"http://{InUrl}@h/")]
    public async Task A_wrong_call_does_not_repeat_it(string option, string value, CancellationToken cancellationToken)
    {
        await using var bench = await BenchAsync();

        var result = await bench.RunAsync("work", cancellationToken, "", option, value);

        Assert.That((result.ExitCode, IsLeak(result.Text + result.ErrorTail)), Is.EqualTo((2, false)), result.ErrorTail);
    }

    private static async Task<ComposeBench> BenchAsync()
    {
        var bench = await ComposeBench.WithAsync(TinyRepository.Package("app", postinst: "#!/bin/sh\nsleep 2\n"));
        bench.Repository.Server.User = User;
        bench.Mirror = bench.Repository.Url.Replace("http://", $"http://{InUrl}@", StringComparison.Ordinal);
        return bench;
    }

    /// <summary>Files below the work directory that name the password, by name or in their bytes.</summary>
    private static IEnumerable<string> Files(ComposeBench bench) =>
        Directory
            .EnumerateFiles(
                bench.Work().Root,
                "*",
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    AttributesToSkip = FileAttributes.ReparsePoint,
                    IgnoreInaccessible = true,
                }
            )
            .Where(f => IsLeak(f) || IsLeak(Text(f)));

    /// <summary>Command lines of processes of a run, but of the two that the user typed.</summary>
    private static IEnumerable<string> CommandLines(string work)
    {
        foreach (var process in ComposeBench.ProcessIds(work))
        {
            var line = Text($"/proc/{process}/cmdline").Replace('\0', ' ');
            if (line.Length > 0 && !line.Contains(" --mirror ", StringComparison.Ordinal))
            {
                yield return line;
            }
        }
    }

    private static string Text(string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static bool IsLeak(string? text) => SpellingsOfSecrets.Of(User, InUrl).Any(s => text!.Contains(s, StringComparison.Ordinal));
}
