using Pipeline.Cli.Commands;
using Pipeline.Compose;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary><c>compose --dry-run</c>: what would be asked, fetched and refused, without asking anybody.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class ComposePlanTests
{
    [Test]
    public async Task A_fresh_work_directory_would_ask_for_the_index_and_asks_nobody(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());

        var plan = await PlanAsync(bench, cancellationToken);

        var index = $"{bench.Repository.Url}/repodata/repomd.xml";
        using (Assert.EnterMultipleScope())
        {
            Assert.That((plan.Family, plan.FirstAddress, plan.Packages), Is.EqualTo(("rpm", index, (int?)null)));
            Assert.That(plan.Problems, Is.Empty);
            Assert.That(bench.Repository.Server.Requests, Is.Empty);
            Assert.That(ComposePlanAnswer.Text(plan), Does.Contain($"verify the index    tiny: would ask {index}\n"));
            Assert.That(ComposePlanAnswer.Json(plan), Does.Contain($"\"first\": \"{index}\""));
        }
    }

    [Test]
    public async Task Cached_indices_are_resolved_up_to_the_first_package(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        await bench.LockAsync(cancellationToken);
        bench.Repository.Server.ForgetRequests();

        var plan = await PlanAsync(bench, cancellationToken);
        await bench.FetchAsync(cancellationToken);
        var after = await PlanAsync(bench, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((plan.Packages, plan.Missing), Is.EqualTo(((int?)2, (int?)2)));
            Assert.That(plan.FirstAddress, Is.EqualTo($"{bench.Repository.Url}/Packages/lib-1.10-1.fc40.x86_64.rpm"));
            Assert.That((after.Missing, after.FirstAddress), Is.EqualTo(((int?)0, (string?)null)));
            Assert.That(ComposePlanAnswer.Text(plan), Does.Contain("resolve packages    2 packages\nfetch packages      2 of 2, "));
        }
    }

    [Test]
    public async Task Everything_that_a_compose_would_refuse_is_in_the_plan(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        bench.Repository.Server.Always = _ => throw new InvalidOperationException("nobody is asked");
        await File.WriteAllTextAsync(
            bench.Directory.File("fedora.repo"),
            "[fedora]\nmetalink=https://example.com/m\nrepo_gpgcheck=0\ngpgkey=file:///etc/pki/rpm-gpg/K\n",
            cancellationToken
        );
        bench.Manifest("packages: [app]\ngpg-key: ABCD", "tiny, fedora");

        var plan = await PlanAsync(bench, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Problems.Select(p => p.Code).Order(), Is.EqualTo(["PL1022", "PL1109", "PL1123", "PL1124"]));
            Assert.That(plan.Repositories.Select(r => r.Id), Is.EqualTo(["tiny"]));
            Assert.That(plan.Problems.Single(p => p.Code == "PL1124").Hint, Does.Contain("--mirror fedora=URL"));
        }
    }

    [Test]
    public async Task A_lockfile_decides_the_packages_of_a_plan(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        var locked = await bench.LockAsync(cancellationToken);
        await File.WriteAllTextAsync(bench.Directory.File("lock.json"), locked.LockText, cancellationToken);

        var plan = await PlanAsync(bench, cancellationToken, bench.Directory.File("lock.json"));

        Assert.That((plan.Packages, plan.Problems.Count), Is.EqualTo(((int?)2, 0)));
    }

    [Test]
    public void A_manifest_that_cannot_be_read_has_no_plan()
    {
        var bench = new RpmBench(RpmBench.Few());
        File.Delete(bench.Directory.File("m.yaml"));

        Assert.That(
            async () => await PlanAsync(bench, CancellationToken.None),
            Throws.TypeOf<PipelineException>().With.Property(nameof(PipelineException.Exit)).EqualTo(ExitClass.BadInput)
        );
    }

    private static Task<ComposePlan> PlanAsync(RpmBench bench, CancellationToken cancellationToken, string? lockFile = null) =>
        new Composer(bench.Services()).PlanAsync(new() { Lock = bench.Request(lockFile) }, cancellationToken);
}
