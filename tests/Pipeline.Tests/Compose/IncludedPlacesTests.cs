using Pipeline.Compose.Families;
using Pipeline.Compose.Manifests;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Tests.Compose.Rpm;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>A project includes manifests of another directory: layers, repositories and keys come along.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase), CancelAfter(60_000)]
public sealed class IncludedPlacesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void A_layer_is_found_beside_the_file_that_names_it()
    {
        Write("base/base.yaml", "packages: [a]\nrepos: [r]\nostree-layers: [overlay/10-base]\n");
        Write("base/overlay.d/10-base/usr/base", "");
        Write("os/m.yaml", "include: ../base/base.yaml\nostree-layers: [overlay/50-own]\n");
        Write("os/overlay.d/50-own/usr/own", "");

        var read = Read("os/m.yaml");

        Assert.That(read.Blocking, Is.Empty);
        Assert.That(
            read.Manifest.Layers.Select(l => l.Directory),
            Is.EqualTo([_directory.File("base/overlay.d/10-base"), _directory.File("os/overlay.d/50-own")])
        );
    }

    [Test]
    public void A_layer_beside_the_root_goes_before_one_of_the_same_name_that_is_included()
    {
        Write("base/base.yaml", "packages: [a]\nrepos: [r]\nostree-layers: [overlay/10-base]\n");
        Write("base/overlay.d/10-base/usr/base", "");
        Write("os/m.yaml", "include: ../base/base.yaml\n");
        Write("os/overlay.d/10-base/usr/own", "");

        var layer = Read("os/m.yaml").Manifest.Layers.Single();

        Assert.That((layer.Directory, layer.Span.File), Is.EqualTo((_directory.File("os/overlay.d/10-base"), "os/../base/base.yaml")));
    }

    [Test]
    public void A_layer_is_not_found_beside_a_file_that_does_not_name_it_and_the_hint_knows_both_directories()
    {
        Write("base/base.yaml", "packages: [a]\nrepos: [r]\nostree-layers: [overlay/10-bose]\n");
        Write("base/overlay.d/10-base/usr/base", "");
        Write("os/m.yaml", "include: ../base/base.yaml\nostree-layers: [overlay/10-base]\n");

        var blocking = Read("os/m.yaml").Blocking;

        Assert.That(
            blocking.Select(b => (b.Code, b.Span!.File, b.Hint)),
            Is.EqualTo([
                ("PL1020", "os/../base/base.yaml", "did you mean 'overlay/10-base'?"),
                ("PL1020", "os/m.yaml", "'overlay/NAME' is overlay.d/NAME beside the root manifest or the file that names it"),
            ])
        );
    }

    [Test]
    public void A_layer_beside_an_included_file_that_is_a_link_or_a_file_is_refused_as_one_beside_the_root()
    {
        Write("base/base.yaml", "packages: [a]\nrepos: [r]\nostree-layers: [overlay/10-link, overlay/20-file]\n");
        Write("base/overlay.d/20-file", "");
        File.CreateSymbolicLink(_directory.File("base/overlay.d/10-link"), "/etc");
        Write("os/m.yaml", "include: ../base/base.yaml\n");

        Assert.That(Read("os/m.yaml").Blocking.Select(b => b.Code), Is.EqualTo(["PL1030", "PL1020"]));
    }

    [Test]
    public void Where_a_repository_is_named_does_not_change_the_flattened_manifest()
    {
        const string keys = "packages: [a]\nrepos: [r]\nlockfile-repos: [l]\n";
        Write("base/base.yaml", keys);
        Write("os/m.yaml", "include: ../base/base.yaml\n");
        Write("one/m.yaml", keys);

        var (apart, together) = (Read("os/m.yaml").Manifest, Read("one/m.yaml").Manifest);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(JsonTextWriter.Canonical(apart.Flattened), Is.EqualTo(JsonTextWriter.Canonical(together.Flattened)));
            Assert.That(together.RepositoryPlaces, Is.Empty);
            Assert.That(
                apart.RepositoryPlaces,
                Is.EqualTo(
                    new RepositoryPlace[]
                    {
                        new("r", _directory.File("base"), "os/../base"),
                        new("l", _directory.File("base"), "os/../base"),
                    }
                )
            );
        }
    }

    [Test]
    public void A_repository_is_looked_for_beside_all_files_on_the_way_to_the_one_that_names_it()
    {
        Write("base/parts/repos/r.yaml", "repos: [r]\n");
        Write("base/parts/p.yaml", "include: repos/r.yaml\n");
        Write("base/base.yaml", "packages: [a]\ninclude: parts/p.yaml\n");
        Write("os/m.yaml", "include: ../base/base.yaml\n");

        Assert.That(
            Read("os/m.yaml").Manifest.RepositoryPlaces.Select(p => (p.Directory, p.Display)),
            Is.EqualTo([
                (_directory.File("base/parts/repos"), "os/../base/parts/repos"),
                (_directory.File("base/parts"), "os/../base/parts"),
                (_directory.File("base"), "os/../base"),
            ])
        );
    }

    [Test]
    public async Task A_Debian_repository_and_its_key_are_found_beside_the_file_that_names_it(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        Apart(bench.Directory, "repos: [tiny]\n");
        Move(bench.Directory, "tiny.sources", "tiny.pgp");

        var locked = await bench.LockAsync(cancellationToken);

        Assert.That(locked.Repositories.Items.Single().Span.File, Is.EqualTo("base/tiny.sources"));
        Assert.That(locked.Lockfile.Packages.Select(p => p.Repo).Distinct(), Is.EqualTo(["tiny"]));
    }

    [Test]
    public async Task A_repository_beside_the_root_goes_before_an_included_one(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        Apart(bench.Directory, "repos: [tiny]\n");
        await File.WriteAllTextAsync(bench.Directory.File("base/tiny.sources"), "nonsense", cancellationToken);

        var locked = await bench.LockAsync(cancellationToken);

        Assert.That(locked.Repositories.Items.Single().Span.File, Is.EqualTo("tiny.sources"));
    }

    [Test]
    public async Task A_wrong_file_beside_an_included_manifest_is_reported_once_at_its_place(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        Apart(bench.Directory, "repos: [tiny, other]\n");
        Move(bench.Directory, "tiny.sources", "tiny.pgp");
        await File.WriteAllTextAsync(bench.Directory.File("base/wrong.sources"), "nonsense", cancellationToken);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(
            e.Diagnostics.Select(d => $"{d.Span?.File} {d.Code} {d.Hint}"),
            Is.EqualTo([$"base/wrong.sources {e.Diagnostics[0].Code} {e.Diagnostics[0].Hint}", "base/base.yaml PL1102 known: tiny"])
        );
    }

    [Test]
    public async Task A_repository_turned_off_beside_the_root_is_off(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        Apart(bench.Directory, "repos: [tiny]\n");
        Move(bench.Directory, "tiny.sources", "tiny.pgp");
        await File.WriteAllTextAsync(bench.Directory.File("own.sources"), "X-Repo-Id: tiny\nEnabled: no\n", cancellationToken);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(e.Diagnostics.Select(d => d.Code), Is.EqualTo(["PL1102"]), e.Message);
    }

    [TestCase("repos: [tiny]\n")]
    [TestCase("repos: [{id: tiny, type: rpm, baseurl: 'URL', gpgkey: keys/../tiny.pgp}]\n")]
    public async Task An_RPM_repository_and_its_key_are_found_beside_the_file_that_names_it(string repos)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        Apart(bench.Directory, repos.Replace("URL", bench.Repository.Url, StringComparison.Ordinal));
        Directory.CreateDirectory(bench.Directory.File("base/keys"));
        Move(bench.Directory, "tiny.pgp");
        File.Move(bench.Directory.File("tiny.repo"), bench.Directory.File(repos.Contains('{') ? "unused" : "base/tiny.repo"));

        Assert.That(await bench.NamesAsync(CancellationToken.None), Is.EqualTo(["app", "lib"]));
    }

    [Test]
    public async Task The_key_of_a_repository_in_an_included_manifest_may_still_lie_beside_the_root(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        File.Delete(bench.Directory.File("tiny.repo"));
        Apart(bench.Directory, $"repos: [{{id: tiny, type: rpm, baseurl: '{bench.Repository.Url}', gpgkey: tiny.pgp}}]\n");

        Assert.That(await bench.NamesAsync(cancellationToken), Is.EqualTo(["app", "lib"]));
    }

    [Test]
    public void The_family_is_that_of_the_definition_that_wins()
    {
        Write("os/x.sources", "X-Repo-Id: x\nTypes: deb\n");
        Write("base/x.repo", "[x]\nbaseurl=https://example.com/\n[y]\nbaseurl=https://example.com/\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Family("x", new()), Is.EqualTo("deb"));
            Assert.That(Family("y", new()), Is.EqualTo("rpm"));
            var problems = new DiagnosticBag();
            Assert.That(PackageFamilies.Choose(Source("x", "y"), problems), Is.Null);
            Assert.That(problems.Items.Single().Message, Does.EndWith("'x' is deb (x.sources), 'y' is rpm (../base/x.repo)"));
        }

        string? Family(string repository, DiagnosticBag problems) => PackageFamilies.Choose(Source(repository), problems)?.Name;
    }

    private RepositorySource Source(params string[] repositories) =>
        new(
            _directory.File("os"),
            "",
            new()
            {
                File = "m.yaml",
                IsSchema = true,
                Name = "m",
                Architecture = Arch.X86_64,
                Repos = [.. repositories.Select(r => new Sourced(r, new("m.yaml", 1, 1)))],
                RepositoryPlaces = [.. repositories.Select(r => new RepositoryPlace(r, _directory.File("base"), "../base"))],
                Flattened = new([]),
            }
        );

    /// <summary>Everything but the name moves into a manifest of another directory.</summary>
    private static void Apart(TemporaryDirectory directory, string repos)
    {
        Directory.CreateDirectory(directory.File("base"));
        File.WriteAllText(directory.File("base/base.yaml"), $"packages: [app]\n{repos}");
        File.WriteAllText(directory.File("m.yaml"), "schema: compose/v1\nmetadata: {name: test}\ninclude: base/base.yaml\n");
    }

    private static void Move(TemporaryDirectory directory, params string[] files)
    {
        foreach (var file in files)
        {
            File.Move(directory.File(file), directory.File($"base/{file}"));
        }
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(name))!);
        File.WriteAllText(_directory.File(name), text);
    }

    private ReadManifest Read(string name) =>
        ManifestReader.Read(
            new()
            {
                Path = _directory.File(name),
                Display = name,
                Architecture = Arch.X86_64,
            }
        );
}
