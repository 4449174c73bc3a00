using System.Globalization;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Solving;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.TestKit;
using Pipeline.TestKit.Rpm;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>
/// dnf itself is the oracle: on the same repositories it must choose the same packages, or find the same requests impossible.
/// </summary>
[TestFixture, Category(Tiers.System), NonParallelizable]
public sealed class DnfOracleTests
{
    private const int Names = 5000;

    /// <summary>Asks dnf's own library for each line of requests; prints the packages, or that there is no answer.</summary>
    private const string Script = """
        import sys, dnf, dnf.exceptions
        repo, cache, requests = sys.argv[1:4]
        for line in open(requests):
            weak, *names = line.split()
            base = dnf.Base()
            conf = base.conf
            conf.installroot = cache + '/root'
            conf.cachedir = cache + '/cache'
            conf.persistdir = cache + '/persist'
            conf.logdir = cache
            conf.install_weak_deps = weak == 'weak'
            conf.pluginpath = []
            conf.substitutions['releasever'] = '1'
            conf.substitutions['arch'] = 'x86_64'
            conf.substitutions['basearch'] = 'x86_64'
            base.repos.add_new_repo('tiny', conf, baseurl=['file://' + repo], gpgcheck=False, repo_gpgcheck=False)
            base.fill_sack(load_system_repo=False, load_available_repos=True)
            try:
                for name in names:
                    base.install(name)
                base.resolve()
                print(' '.join(sorted('%s %s:%s-%s.%s;' % (p.name, p.epoch, p.version, p.release, p.arch)
                    for p in base.transaction.install_set)))
            except dnf.exceptions.Error as e:
                print('impossible')
            base.close()
        """;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [CancelAfter(600_000)]
    public async Task Dnf_chooses_the_same_packages_from_5000_names(int seed, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var packages = RpmUniverse.Packages(seed, Names);
        var files = RpmRepodata.Files(packages, new());
        foreach (var (path, content) in files.Where(f => f.Key.StartsWith("repodata/", StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory.File($"repo/{path}"))!);
            await File.WriteAllBytesAsync(directory.File($"repo/{path}"), content, cancellationToken);
        }

        var requests = Requests(seed).ToArray();
        var theirs = await DnfAsync(directory, requests, cancellationToken);
        var ours = Ours(directory, packages, requests);

        TestContext.Out.WriteLine($"seed {seed}: {requests.Length} requests, {theirs.Count(t => t == "impossible")} impossible");
        using (Assert.EnterMultipleScope())
        {
            // Without weak dependencies there is one answer. With them, in sets of a thousand packages, dnf and libsolv here rarely (2 of
            // 60 requests) settle a tie between recommended packages in another way; why is not known.
            var differing = requests.Zip(ours, theirs).Where(r => r.Second != r.Third).Select(r => r.First).ToArray();
            TestContext.Out.WriteLine($"differing: {string.Join("; ", differing)}");
            Assert.That(differing, Has.None.StartsWith("strong "), $"seed {seed}");
            Assert.That(differing, Has.Length.LessThanOrEqualTo(1), $"seed {seed}");
            Assert.That(theirs.Count(t => t != "impossible"), Is.GreaterThan(requests.Length / 4), "most requests say something");
        }
    }

    private static IEnumerable<string> Requests(int seed)
    {
#pragma warning disable CA5394, RS0030 // repeatable on purpose: seeded
        var random = new Random(seed * 1000);
        for (var i = 0; i < 20; i++)
        {
            var names = Enumerable.Range(0, 1 + (i % 6)).Select(_ => $"p{random.Next(Names).ToString("d4", CultureInfo.InvariantCulture)}");
            yield return $"{(i % 3 == 0 ? "strong" : "weak")} {string.Join(' ', names.Distinct().Order(StringComparer.Ordinal))}";
        }
#pragma warning restore CA5394, RS0030
    }

    private static async Task<string[]> DnfAsync(TemporaryDirectory directory, string[] requests, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(directory.File("ask.py"), Script, cancellationToken);
        await File.WriteAllLinesAsync(directory.File("requests"), requests, cancellationToken);
        Directory.CreateDirectory(directory.File("dnf/root"));
        var result = await new ToolRunner().RunAsync(
            new("python3", [directory.File("ask.py"), directory.File("repo"), directory.File("dnf"), directory.File("requests")])
            {
                MissingHint = "install the packages 'dnf' and 'python3-dnf'",
                OutputLimit = 64 << 20,
            },
            cancellationToken
        );
        return [.. result.Text.TrimEnd('\n').Split('\n')];
    }

    private static List<string> Ours(TemporaryDirectory directory, IReadOnlyList<RpmEntry> packages, string[] requests)
    {
        string Text(string type)
        {
            string? text = null;
            _ = RpmRepodata.Files(packages, new() { Change = (t, content) => t == type ? text = content : content });
            return text!;
        }

        var (primary, files) = (System.Text.Encoding.UTF8.GetBytes(Text("primary")), System.Text.Encoding.UTF8.GetBytes(Text("filelists")));
        using var pool = new SolverPool(RpmFamily.Instance.Indices, Arch.X86_64);
        pool.Add(new("tiny", directory.File("index"), () => primary) { Files = () => files });
        pool.Seal();
        var answers = new List<string>();
        foreach (var request in requests)
        {
            var words = request.Split(' ');
            var problems = new DiagnosticBag();
            var rows = new PackageSolver(pool).Solve(
                [.. words[1..].Select(w => new Sourced(w, new("r", 1, 1)))],
                [],
                words[0] == "weak",
                problems
            );
            var texts = rows.Select(r =>
                $"{r.Name} {(r.Version.Contains(':', StringComparison.Ordinal) ? "" : "0:")}{r.Version}.{r.Architecture};"
            );
            answers.Add(problems.HasErrors ? "impossible" : string.Join(' ', texts.Order(StringComparer.Ordinal)));
        }

        return answers;
    }
}
