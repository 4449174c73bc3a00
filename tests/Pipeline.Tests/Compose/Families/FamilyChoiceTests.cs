using Pipeline.Compose.Builds;
using Pipeline.Compose.Families;
using Pipeline.Host.Builds;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Families;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Families;

[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class FamilyChoiceTests
{
    [Test]
    public async Task A_sources_file_means_Debian_packages(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());

        var locked = await bench.LockAsync(cancellationToken);

        Assert.That((locked.Family.Name, PackageFamilies.Named("deb")), Is.EqualTo(("deb", locked.Family)));
    }

    [Test]
    public async Task Repositories_of_two_families_are_one_error_that_names_them(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        await File.WriteAllTextAsync(bench.Directory.File("fedora.repo"), "[fedora]\nbaseurl=https://example.com/\n", cancellationToken);
        var path = bench.Directory.File("m.yaml");
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        await File.WriteAllTextAsync(path, text.Replace("[tiny]", "[tiny, fedora]", StringComparison.Ordinal), cancellationToken);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
            Assert.That(
                e.Message,
                Does.StartWith(
                    "m.yaml:3:15: error PL1121: the repositories are of different package families: "
                        + "'tiny' is deb (tiny.sources), 'fedora' is rpm (fedora.repo)"
                )
            );
            Assert.That(e.Diagnostics, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task A_family_that_nobody_knows_is_locked_and_fetched(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench([]);
        await using var fake = new FakeBench();
        bench.Families = (_, _) => fake.Family;
        TinyPackage[] packages =
        [
            new("app", "2.0") { Depends = "lib", Files = [new("usr/bin/app", "app")] },
            new("lib", "1.2") { Files = [new("usr/lib/lib", "lib")] },
        ];
        fake.Serve(bench.Directory.Path, packages);

        var locked = await bench.LockAsync(cancellationToken);
        var files = await bench.FetchAsync(cancellationToken);
        await File.WriteAllTextAsync(bench.Directory.File("lock.json"), locked.LockText, cancellationToken);
        var pinned = await bench.LockAsync(cancellationToken, bench.Directory.File("lock.json"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                locked.Lockfile.Packages.Select(p => $"{p.Name} {p.Version} {p.PackageArchitecture}"),
                Is.EqualTo(["lib 1.2-1 noarch", "app 2.0-1 noarch"])
            );
            Assert.That(files, Has.Count.EqualTo(2));
            Assert.That(pinned.LockText, Is.EqualTo(locked.LockText));
        }
    }

    [Test]
    public async Task The_runner_is_part_of_every_step_that_runs_programs_of_the_tree(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var locked = await bench.LockAsync(cancellationToken);
        var emulator = new QemuUserRunner(Arch.S390x, "/usr/bin/qemu-s390x-static", Digest.Of("emulator"), IsOfMachine: false);

        var host = new ToolFingerprint(new RecordingToolRunner(), null);
        var native = ComposeInputs.Of(locked, null, host, new NativeRunner());
        var emulated = ComposeInputs.Of(locked, null, host, emulator);

        var helped = ComposeInputs.Of(locked, null, host, emulator, locked);
        var added = new StepInput("guest runner qemu-s390x", Digest.Of("emulator"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(emulated.Configure.Inputs.Except(native.Configure.Inputs), Is.EqualTo([added]));
            Assert.That(emulated.Tree.Inputs.Except(native.Tree.Inputs), Does.Contain(added));
            Assert.That(emulated.Compose.Digest, Is.Not.EqualTo(native.Compose.Digest));
            Assert.That(
                helped.Configure.Inputs.Except(emulated.Configure.Inputs),
                Is.EquivalentTo(locked.Lockfile.Packages.Select(p => new StepInput($"native {p.Name} {p.Version}", p.Digest)))
            );
            Assert.That(helped.Compose.Digest, Is.Not.EqualTo(emulated.Compose.Digest));
            Assert.That(native.Configure.Inputs.Select(i => i.Name), Has.None.StartsWith("guest runner"));
        }
    }
}
