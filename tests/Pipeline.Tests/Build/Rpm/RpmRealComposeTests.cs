using System.Text.Json;
using Pipeline.Build.Rpm;
using Pipeline.Compose;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Build.Rpm;

/// <summary>
/// Debian's shell, programs and rpm as RPM packages become a tree: their scriptlets and triggers run by the tree's own rpm. The work
/// directory below <c>artifacts/</c> stays, so that packages are fetched and made once.
/// </summary>
[TestFixture, Category(Tiers.System), NonParallelizable, CancelAfter(590_000)]
public sealed class RpmRealComposeTests
{
    private static readonly string Place = SourceTree.Path("artifacts/rpm-tests");

    [Test]
    public async Task A_subset_of_the_repository_composes_with_owners_triggers_and_a_database(CancellationToken cancellationToken)
    {
        Tiers.RequireSystem("a user namespace");
        Directory.CreateDirectory(Place);
        var repository = await RepositoryAsync(cancellationToken);
        await using var server = RpmSigner.Serve(repository);

        var build = await ComposeAsync(server.Url, cancellationToken);
        var commit = build.GetProperty("commit").GetString()!;
        var archive = Directory.EnumerateFiles(build.GetProperty("dir").GetString()!, "*-ostree.x86_64.tar").Single();
        using var unpacked = new TemporaryDirectory("/var/tmp");
        await RunAsync("tar", cancellationToken, "-xf", archive, "-C", unpacked.Path);
        var paths = (await RunAsync("ostree", cancellationToken, $"--repo={unpacked.Path}", "ls", "-R", commit)).Split('\n');
        var groups = await RunAsync("ostree", cancellationToken, $"--repo={unpacked.Path}", "cat", commit, "/usr/etc/group");
        var secret = groups.Split('\n').Single(l => l.StartsWith("_ssh:", StringComparison.Ordinal)).Split(':')[2];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Line(paths, "/usr/bin/ssh-agent"), Does.StartWith($"-02755 0 {secret} "), "a group that %pre made owns it");
            Assert.That(Line(paths, "/usr/etc/shadow"), Does.StartWith("-00640 0 42 "), "%post in Lua set the group");
            Assert.That(Line(paths, "/usr/etc/ld.so.cache"), Is.Not.Empty, "a transaction file trigger in Lua made it");
            Assert.That(Line(paths, "/usr/lib/sysimage/rpm/rpmdb.sqlite"), Is.Not.Empty);
            Assert.That(Line(paths, "/usr/bin/awk"), Does.EndWith(" -> mawk"));
            Assert.That(paths.Where(p => p.Contains("/dpkg", StringComparison.Ordinal)), Is.Empty);
        }
    }

    private static async Task<string> RepositoryAsync(CancellationToken cancellationToken)
    {
        var manifest = Write(
            "source",
            "variables: {suite: trixie}\nrepos: [debian]\npackages: [bash, coreutils, mawk, openssh-client, rpm, usr-is-merged]"
        );
        File.Copy(SourceTree.Path("manifests/debian.sources"), Path.Combine(Place, "debian.sources"), overwrite: true);
        Directory.CreateDirectory(Path.Combine(Place, "keys"));
        File.Copy(
            SourceTree.Path("manifests/keys/debian-archive-keyring.pgp"),
            Path.Combine(Place, "keys", "debian-archive-keyring.pgp"),
            overwrite: true
        );
        using var http = HttpStack.Create();
        var services = new ComposerServices
        {
            Tools = new ToolRunner(),
            Reporter = new TestReporter(),
            Time = TimeProvider.System,
            Http = http,
            Environment = Environment.GetEnvironmentVariable,
        };
        var packages = await new Composer(services).FetchAsync(
            new()
            {
                ManifestPath = manifest,
                ManifestDisplay = "source.yaml",
                Architecture = Arch.X86_64,
                WorkDirectory = new(Path.Combine(Place, "work")),
            },
            cancellationToken
        );
        var directory = Path.Combine(Place, "repository");
        await new RpmRepositoryMaker(new ToolRunner(), new TestReporter()).MakeAsync(packages, Arch.X86_64, directory, cancellationToken);
        File.Copy(Path.Combine(directory, "key.asc"), Path.Combine(Place, "keys", "kit.asc"), overwrite: true);
        return directory;
    }

    private static async Task<JsonElement> ComposeAsync(string url, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(
            Path.Combine(Place, "kit.repo"),
            "[kit]\nname=kit\nbaseurl=${mirror:made}/$basearch\ngpgkey=keys/kit.asc\n",
            cancellationToken
        );
        var manifest = Write("tree", "repos: [kit]\npackages: [essential, openssh-client, rpm]");
        var program = Path.Combine(AppContext.BaseDirectory, "pipeline");
        var result = await new ToolRunner().RunAsync(
            new(program, ["-C", Path.Combine(Place, "work"), "compose", manifest, "--mirror", $"made={url}", "--force", "--json"])
            {
                Environment = Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root
                    ? new Dictionary<string, string> { ["DOTNET_ROOT"] = root }
                    : [],
            },
            cancellationToken
        );
        using var answer = JsonDocument.Parse(result.Output);
        return answer.RootElement.Clone();
    }

    private static string Write(string name, string body)
    {
        var path = Path.Combine(Place, $"{name}.yaml");
        File.WriteAllText(
            path,
            "schema: compose/v1\nreleasever: 13\nrecommends: false\ndocumentation: false\n"
                + $"metadata: {{name: {name}}}\nref: test/{name}\n{body}\n"
        );
        return path;
    }

    private static string Line(IEnumerable<string> paths, string path) =>
        paths.SingleOrDefault(p => $"{p} ".Contains($" {path} ", StringComparison.Ordinal)) ?? "";

    private static async Task<string> RunAsync(string program, CancellationToken cancellationToken, params string[] arguments) =>
        (await new ToolRunner().RunAsync(new(program, [.. arguments]), cancellationToken)).Text;
}
