using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class RepositorySetTests
{
    [Test]
    public async Task Wrong_repositories_and_wrong_keys_are_reported_together(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Manifest("packages: [app]\nunit: [x]\nexclude-packages: [y]");
        await File.WriteAllTextAsync(
            bench.Directory.File("m.yaml"),
            (await File.ReadAllTextAsync(bench.Directory.File("m.yaml"), cancellationToken)).Replace(
                "[tiny]",
                "[tinny, other]",
                StringComparison.Ordinal
            ),
            cancellationToken
        );

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
            Assert.That(
                e.Message.Split('\n'),
                Is.EqualTo([
                    "m.yaml:5:1: error PL1003: unknown key 'unit'",
                    "  hint: did you mean 'units'?",
                    "m.yaml:3:9: error PL1102: unknown repository 'tinny'",
                    "  hint: did you mean 'tiny'?",
                    "m.yaml:3:16: error PL1102: unknown repository 'other'",
                    "  hint: known: tiny",
                ])
            );
        }
    }

    [TestCase("Types: deb-src", "Types: deb", "'Types' has the value 'deb-src'")]
    [TestCase("Suites: a b", "Suites: tiny", "'Suites' must have exactly one value")]
    [TestCase("Trusted: yes\nSuites: tiny", "Suites: tiny", "'Trusted' is not supported: a repository is always verified")]
    [TestCase("Sutes: x\nSuites: tiny", "Suites: tiny", "unknown field 'Sutes'")]
    [TestCase("Signed-By: nowhere.pgp", "Signed-By: tiny.pgp", "key 'nowhere.pgp' does not exist")]
    [TestCase("X: y", "Signed-By: tiny.pgp", "'Signed-By' is missing")]
    [TestCase("Components: ../../x", "Components: main", "do not fit")]
    [TestCase("Suites: tiny/", "Suites: tiny", "do not fit")]
    [TestCase("URIs: file:/x", "URIs: ${mirror:tiny}", "only http and https")]
    [TestCase("URIs: ${mirror:elsewhere}", "URIs: ${mirror:tiny}", "no mirror is known for '${mirror:elsewhere}'")]
    [TestCase("URIs: ${nope}", "URIs: ${mirror:tiny}", "variable 'nope' is not defined")]
    [TestCase("nonsense\nSuites: tiny", "Suites: tiny", "expected 'Field: value'")]
    public async Task A_wrong_stanza_is_bad_input(string now, string before, string expected)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var path = bench.Directory.File("tiny.sources");
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace(before, now, StringComparison.Ordinal));

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        Assert.That((e.Exit, e.Diagnostics[0].Span?.File ?? "tiny.sources"), Is.EqualTo((ExitClass.BadInput, "tiny.sources")), e.Message);
        Assert.That(e.Message, Does.Contain(expected));
    }

    [Test]
    public async Task A_mirror_comes_from_the_environment_when_the_command_line_names_none(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Mirrors.Clear();
        bench.Environment["PIPELINE_MIRROR"] = $"x=http://127.0.0.1:1, tiny={bench.Repository.Url}/";

        Assert.That((await bench.LockAsync(cancellationToken)).Repositories.Items.Single().BaseUrl, Is.EqualTo(bench.Repository.Url));
    }

    [TestCase("deb [arch=amd64 signed-by=/k] {0} tiny main # x\n", "sources.list")]
    [TestCase(
        "Types: deb deb-src\nURIs: http://127.0.0.1:1 {0}\nSuites: tiny\nComponents: main\n\nTypes: deb\n"
            + "Enabled: no\nURIs: http://127.0.0.1:1\nSuites: x\n",
        "sources.list.d/a.sources"
    )]
    public async Task The_machines_own_entry_that_says_Debian_is_the_last_resort(string entries, string file)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        await DebianAsync(bench, entries, file);

        var found = (await bench.LockAsync(CancellationToken.None)).Repositories.Items.Single().BaseUrl;
        bench.Repository.Server.ForgetRequests();
        await bench.LockAsync(CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Is.EqualTo(bench.Repository.Url));
            Assert.That(
                bench.Repository.Server.Requests,
                Has.Count.EqualTo(1),
                "the choice is remembered while apt's entries stay the same"
            );
        }
    }

    [Test]
    public async Task No_mirror_is_bad_input_that_says_what_to_pass(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        await DebianAsync(bench, "deb {0} tiny main\n", "sources.list");
        bench.Repository.Server.Put("/dists/tiny/InRelease", System.Text.Encoding.UTF8.GetBytes("Origin: Other\nLabel: Debian\n"));

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(
            (e.Exit, e.Message),
            Is.EqualTo(
                (
                    ExitClass.BadInput,
                    "tiny.sources:3:1: error PL1106: no mirror is known for '${mirror:debian}'\n"
                        + "  hint: pass --mirror debian=URL, or set PIPELINE_MIRROR='debian=URL,…'; otherwise an enabled apt entry "
                        + "of this machine is used whose Release says 'Origin: Debian', and there is none"
                )
            )
        );
    }

    /// <summary>Makes the tiny repository claim to be Debian and lets only apt's entries lead to it.</summary>
    private static async Task DebianAsync(ResolveBench bench, string entries, string file)
    {
        bench.Mirrors.Clear();
        var release = System.Text.Encoding.UTF8.GetString(bench.Repository.Server.Get("/dists/tiny/InRelease")).Split('\n');
        var text = string.Join('\n', release.Skip(3).TakeWhile(l => !l.StartsWith("-----", StringComparison.Ordinal)))
            .Replace("Origin: Tiny\nLabel: Tiny", "Origin: Debian\nLabel: Debian", StringComparison.Ordinal);
        bench.Repository.Server.Put("/dists/tiny/InRelease", System.Text.Encoding.UTF8.GetBytes(TestSigningKey.Shared.ClearSign(text)));
        var sources = bench.Directory.File("tiny.sources");
        await File.WriteAllTextAsync(
            sources,
            (await File.ReadAllTextAsync(sources)).Replace("${mirror:tiny}", "${mirror:debian}", StringComparison.Ordinal)
        );
        var path = Path.Combine(bench.AptDirectory, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, entries.Replace("{0}", bench.Repository.Url, StringComparison.Ordinal));
    }
}
