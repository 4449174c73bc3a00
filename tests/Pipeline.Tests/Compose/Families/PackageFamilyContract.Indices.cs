using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Indices: what makes a row, what is refused.</summary>
internal sealed partial class PackageFamilyContract<TBench>
{
    [Test]
    public async Task An_index_gives_whole_rows_in_installation_order(CancellationToken cancellationToken)
    {
        var state = await VerifyAsync([App, Lib], cancellationToken);

        var rows = Solve(state, "app");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows.Select(r => r.Name), Is.EqualTo(["lib", "app"]));
            foreach (var (row, package) in rows.Zip([Lib, App]))
            {
                var file = _bench.Build(package);
                Assert.That(
                    (row.Repo, row.Version, row.Digest, row.Size, row.Location),
                    Is.EqualTo(("tiny", _bench.VersionOf(package), (Digest?)Digest.Of(file), (long)file.Length, _bench.LocationOf(package)))
                );
                Assert.That(Family.Indices.IsUsable(row), Is.True);
                Assert.That(Family.Indices.Fits(row.Architecture, Arch.X86_64), Is.True);
            }
        }
    }

    [Test]
    public async Task The_cached_form_of_an_index_gives_the_same_rows(CancellationToken cancellationToken)
    {
        var state = await VerifyAsync([App, Lib], cancellationToken);
        var fresh = Solve(state, "app");

        var cached = Solve(state, "app", () => throw new InvalidOperationException("the text is read again"));

        Assert.That(cached, Is.EqualTo(fresh));
    }

    [TestCase("../../etc/passwd")]
    [TestCase("pool//x")]
    [TestCase("pool/../../x")]
    public async Task A_location_that_leads_elsewhere_makes_a_row_unusable(string location, CancellationToken cancellationToken)
    {
        var state = await VerifyAsync([Lib], cancellationToken, location);

        Assert.That(Solve(state, "lib").Select(Family.Indices.IsUsable), Is.EqualTo([false]));
    }

    [Test]
    public async Task Nothing_cached_and_no_network_is_worth_a_retry_elsewhere(CancellationToken cancellationToken)
    {
        _bench.Serve(_directory.Path, [Lib]);
        var repository = await ReadAsync(cancellationToken);

        var e = Assert.ThrowsAsync<PipelineException>(() =>
            Family.VerifyAsync(repository, Arch.X86_64, true, Services(), _ => { }, cancellationToken)
        );

        Assert.That((await e)!.Exit, Is.EqualTo(ExitClass.OutsideWorld));
    }

    [Test]
    public async Task An_index_that_nobody_vouches_for_is_refused(CancellationToken cancellationToken)
    {
        _bench.Serve(_directory.Path, [Lib]);
        var repository = await ReadAsync(cancellationToken);
        _bench.Tamper();

        var e = Assert.ThrowsAsync<PipelineException>(() =>
            Family.VerifyAsync(repository, Arch.X86_64, false, Services(), _ => { }, cancellationToken)
        );

        Assert.That((await e)!.Exit, Is.EqualTo(ExitClass.Refused));
    }

    [Test]
    public async Task An_unknown_repository_is_bad_input_with_its_place(CancellationToken cancellationToken)
    {
        _bench.Serve(_directory.Path, [Lib]);
        var problems = new DiagnosticBag();

        await Family.ReadRepositoriesAsync(Source("elsewhere"), NoMirrors(), problems, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Items.Select(p => (p.Code, p.Exit)), Is.EqualTo([("PL1102", ExitClass.BadInput)]));
            Assert.That(problems.Items.Single().Span, Is.EqualTo(new SourceSpan("m.yaml", 1, 1)));
            Assert.That(Family.FileOf(_directory.Path, "elsewhere"), Is.Null);
            Assert.That(Family.FileOf(_directory.Path, "tiny"), Does.StartWith("tiny."));
        }
    }

    [Test]
    public async Task A_repository_is_found_beside_the_file_that_names_it_and_beside_the_root_before(CancellationToken cancellationToken)
    {
        var included = Directory.CreateDirectory(_directory.File("included")).FullName;
        var source = Source("tiny");
        source = source with { Manifest = source.Manifest with { RepositoryPlaces = [new("tiny", included, "included")] } };
        _bench.Serve(included, [Lib]);

        await RequireTinyAsync();
        _bench.Serve(_directory.Path, [Lib]);
        await File.WriteAllTextAsync(Path.Combine(included, Family.FileOf(included, "tiny")!), "nonsense", cancellationToken);
        await RequireTinyAsync();

        async Task RequireTinyAsync()
        {
            var problems = new DiagnosticBag();
            var set = await Family.ReadRepositoriesAsync(source, NoMirrors(), problems, cancellationToken);
            Assert.That(problems.Items, Is.Empty);
            Assert.That(set.Find("tiny"), Is.Not.Null);
        }
    }
}
