using Pipeline.Host.Tools;
using Pipeline.Images;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>Images made by a method call, from a process that is not the command line.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ImageFacadeTests
{
    [Test, CancelAfter(300_000)]
    public async Task A_call_makes_the_image_in_a_worker_and_the_next_one_finds_it(CancellationToken cancellationToken)
    {
        using var build = new TinyBuild();
        await build.MakeAsync(cancellationToken);
        var reporter = new TestReporter();
        var request = new ImageRequest { WorkDirectory = new(build.Work), Architecture = Arch.X86_64 };

        var made = await new ImageBuilder(new ToolRunner(), reporter, TimeProvider.System).BuildAsync(request, cancellationToken);
        var worked = reporter.Lines.Count;
        var found = await new ImageBuilder(new ToolRunner(), reporter, TimeProvider.System).BuildAsync(request, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reporter.Lines, Does.Contain("deploy"), "the worker's steps are shown here");
            Assert.That(made.Single().Unchanged, Is.False);
            Assert.That(made.Single().Artifact.Platform, Is.EqualTo("qemu"));
            Assert.That(File.Exists(made.Single().Artifact.Path));
            Assert.That(found.Single(), Is.EqualTo(made.Single() with { Unchanged = true }));
            Assert.That(
                reporter.Lines.Skip(worked),
                Is.EqualTo([reporter.Lines[0]]),
                "the second call names the build and starts no worker"
            );
            Assert.That(reporter.Lines[0], Does.Contain($"build {made.Single().Build} ("));
        }
    }
}
