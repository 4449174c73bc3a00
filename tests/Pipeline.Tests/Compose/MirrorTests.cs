using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>Mirrors that mislead, and mirrors that ask for a password.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed partial class MirrorTests
{
    private const string User = "mirror-alice:Sec/ret+Pässwörd";
    private const string InUrl = "mirror-alice:Sec%2Fret%2BP%C3%A4ssw%C3%B6rd";

    [TestCase("file:///etc/passwd"), TestCase("gopher://example.com/")]
    public async Task A_redirect_to_something_else_than_http_is_refused(string location, CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Repository.Server.Redirect("/dists/tiny/InRelease", location);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL0341")), e.Message);
    }

    [Test]
    public async Task A_redirect_within_http_is_followed(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Mirrors["tiny"] = bench.Repository.Url;
        bench.Repository.Server.Put("/elsewhere", bench.Repository.Server.Get("/dists/tiny/InRelease"));
        bench.Repository.Server.Redirect("/dists/tiny/InRelease", "/elsewhere");

        var locked = await bench.LockAsync(cancellationToken);

        Assert.That(locked.Lockfile.Packages.Select(p => p.Name), Does.Contain("app"));
    }

    [TestCase("9223372036854775807"), TestCase("9223372036854775808"), TestCase("18446744073709551615"), TestCase("1099511627777")]
    public async Task Absurd_sizes_of_packages_are_a_problem_with_the_index(string size, CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few(), new() { Index = t => SizeLine().Replace(t, $"Size: {size}") });

        var e = ResolveBench.Fails(() => bench.FetchAsync(cancellationToken));

        Assert.That(e.Diagnostics[0].Code, Does.StartWith("PL14"), e.Message);
    }

    [TestCase("Packages"), TestCase("Packages.gz")]
    public async Task An_index_is_refused_by_the_size_it_claims(string name, CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(
            ResolveBench.Few(),
            new() { ClaimedSize = p => p.EndsWith($"amd64/{name}", StringComparison.Ordinal) ? 1L << 30 : null }
        );

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL1116")), e.Message);
        Assert.That(
            bench.Repository.Server.Requests,
            Has.None.Contains("Packages").And.None.Contains("by-hash"),
            "nothing of it was fetched"
        );
    }

    [TestCase("http://127.0.0.1:PORT/", true)]
    [TestCase("http://127.0.0.1:PORT//", true)]
    [TestCase("http://bob:some-password@127.0.0.1:PORT", true)]
    [TestCase("http://localhost:PORT", false)]
    [TestCase("http://127.0.0.1:PORT/./", true)]
    public async Task An_older_Release_is_noticed_however_the_address_is_spelled(
        string other,
        bool same,
        CancellationToken cancellationToken
    )
    {
        await using var bench = new ResolveBench(ResolveBench.Few(), new() { Date = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero) });
        var first = await bench.LockAsync(cancellationToken);
        bench.Repository.Publish(ResolveBench.Few(), new() { Date = new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero) });
        var port = new Uri(bench.Repository.Url).Port;
        bench.Mirrors["tiny"] = other.Replace("PORT", $"{port}", StringComparison.Ordinal);

        var second = await bench.LockAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            var line = bench.Reporter.Lines.Single(l => l.Contains("PL1118", StringComparison.Ordinal));
            Assert.That(line, Does.Contain(same ? "is used" : "was seen at another address"));
            Assert.That(second.Lockfile.Generated == first.Lockfile.Generated, Is.EqualTo(same));
        }
    }

    [Test]
    public async Task Two_archives_of_one_key_do_not_disturb_each_other(CancellationToken cancellationToken)
    {
        await using var newer = new ResolveBench(ResolveBench.Few(), new() { Date = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero) });
        await newer.LockAsync(cancellationToken);
        await using var other = TinyRepository.Serve(
            ResolveBench.Few(),
            new() { Suite = "other", Date = new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero) }
        );
        newer.Mirrors["tiny"] = other.Url;
        TinyRepository.WriteSources(newer.Directory.Path, suite: "other");

        await newer.LockAsync(cancellationToken);

        Assert.That(newer.Reporter.Lines, Has.None.Contains("PL1118"));
    }

    [Test]
    public async Task Credentials_in_an_address_are_used_and_kept_nowhere(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Repository.Server.User = User;
        bench.Mirrors["tiny"] = WithUser(bench.Repository.Url);

        var files = await bench.FetchAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(files, Is.Not.Empty);
            Assert.That(bench.Repository.Server.Heads, Has.All.Contains("Authorization: Basic "));
            Assert.That(Leaks(bench), Is.Empty);
        }
    }

    [Test]
    public async Task Credentials_do_not_follow_a_redirect_to_another_server(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        await using var other = TinyRepository.Serve(ResolveBench.Few());
        bench.Repository.Server.User = User;
        bench.Mirrors["tiny"] = WithUser(bench.Repository.Url);
        bench.Repository.Server.Redirect("/dists/tiny/InRelease", $"{other.Url}/dists/tiny/InRelease");

        await bench.LockAsync(cancellationToken);

        Assert.That(other.Server.Heads, Is.Not.Empty.And.None.Contains("Authorization"));
    }

    [TestCase(401), TestCase(404), TestCase(500)]
    public async Task A_failure_does_not_show_credentials(int status, CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Mirrors["tiny"] = WithUser(bench.Repository.Url);
        bench.Repository.Server.Answer(
            "/dists/tiny/InRelease",
            _ => Encoding.UTF8.GetBytes($"HTTP/1.1 {status} no\r\nContent-Length: 0\r\n\r\n")
        );

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((e.Exit, IsLeak(e.Message)), Is.EqualTo((ExitClass.OutsideWorld, false)), e.Message);
        Assert.That(Leaks(bench), Is.Empty);
    }

    [TestCase("tiny=ftp://mirror-alice:Secret@h/", "PL1107")]
    [TestCase("mirror-alice:Secret@h/", "PL1108")]
    public async Task A_wrong_mirror_in_the_environment_does_not_show_its_password(
        string value,
        string code,
        CancellationToken cancellationToken
    )
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Mirrors.Clear();
        bench.Environment["PIPELINE_MIRROR"] = value;

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(e.Message, Does.Contain(code).And.Not.Contain("Secret"));
    }

    [Test]
    public async Task The_machines_own_entries_may_have_a_password_which_is_not_written_down(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var release = Encoding.UTF8.GetBytes("Origin: Debian\nLabel: Debian\n");
        bench.Repository.Server.Put("/dists/trixie/InRelease", release);
        bench.Repository.Server.User = User;
        Directory.CreateDirectory(bench.AptDirectory);
        await File.WriteAllTextAsync(
            Path.Combine(bench.AptDirectory, "sources.list"),
            $"deb {WithUser(bench.Repository.Url)} trixie main\n",
            cancellationToken
        );
        bench.Mirrors.Clear();
        var sources = bench.Directory.File("tiny.sources");
        await File.WriteAllTextAsync(
            sources,
            (await File.ReadAllTextAsync(sources, cancellationToken)).Replace("mirror:tiny", "mirror:debian", StringComparison.Ordinal),
            cancellationToken
        );

        await bench.FetchAsync(cancellationToken);

        Assert.That(Leaks(bench), Is.Empty);
    }

    private static string WithUser(string url) => url.Replace("http://", $"http://{InUrl}@", StringComparison.Ordinal);

    /// <summary>Files of the work directory and lines of the run that show the password.</summary>
    private static IEnumerable<string> Leaks(ResolveBench bench) =>
        Directory
            .EnumerateFiles(bench.Work.Root, "*", SearchOption.AllDirectories)
            .Where(f => IsLeak(Encoding.UTF8.GetString(File.ReadAllBytes(f))))
            .Concat(bench.Reporter.Lines.Where(IsLeak));

    private static bool IsLeak(string text) => SpellingsOfSecrets.Of(User, InUrl).Any(s => text.Contains(s, StringComparison.Ordinal));

    [GeneratedRegex("(?m)^Size: .*$")]
    private static partial Regex SizeLine();
}

/// <summary>Every way in which a password could be written down.</summary>
internal static class SpellingsOfSecrets
{
    public static IEnumerable<string> Of(string plain, string escaped)
    {
        var (password, other) = (
            plain[(plain.IndexOf(':', StringComparison.Ordinal) + 1)..],
            escaped[(escaped.IndexOf(':', StringComparison.Ordinal) + 1)..]
        );
        return
        [
            password,
            other,
            System.Text.Json.JsonEncodedText.Encode(password).ToString(),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(plain)),
        ];
    }
}
