using Pipeline.TestKit;
using Pipeline.TestKit.Rpm;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>Composes of RPM packages that nobody may install: exit 5, by name, before anything of them is unpacked.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed class RpmComposeTrustTests
{
    private const int Patience = 300_000;
    private static readonly TinyRpm App = new(new("app") { Files = [new("usr/share/app", "x")] });

    [Test, CancelAfter(Patience)]
    public async Task A_package_that_is_not_signed_by_a_key_of_its_repository_is_refused(CancellationToken cancellationToken)
    {
        using var other = new TestSigningKey();
        await using var bench = await ComposeBench.WithRpmAsync(
            App,
            App with
            {
                Package = App.Package with { Name = "evil" },
                Signers = [other.SignDetached],
            }
        );

        var result = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(5), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("PL2006").And.Contain("'evil'").And.Not.Contain("'app'"));
            Assert.That(Directory.Exists(Path.Combine(bench.Work().Cache, "layers")), Is.False);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Signatures_can_only_be_passed_over_where_the_user_allows_it_and_the_build_says_so(CancellationToken cancellationToken)
    {
        using var other = new TestSigningKey();
        await using var bench = await ComposeBench.WithRpmAsync(App with { Signers = [other.SignDetached] });
        RpmRepodata.WriteRepo(bench.Directory.Path, "gpgcheck=0");

        var refused = await bench.RunAsync("work", cancellationToken);
        var build = await bench.ComposeAsync("work", cancellationToken, "", "--insecure");

        Assert.That(refused.ExitCode, Is.Not.Zero);
        Assert.That(
            await File.ReadAllTextAsync(Path.Combine(build.Directory, "steps/compose.json"), cancellationToken),
            Does.Contain("insecure tiny gpgcheck=0")
        );
    }

    [
        TestCase("name", "other", "1.0", "1"),
        TestCase("version", "app", "1.1", "1"),
        TestCase("version", "app", "1.0", "2"),
        CancelAfter(Patience)
    ]
    public async Task A_package_that_is_not_the_one_of_its_index_is_refused(
        string what,
        string name,
        string version,
        string release,
        CancellationToken cancellationToken
    )
    {
        await using var bench = await ComposeBench.WithRpmAsync(App);
        var served = ComposeBench.Served(App);
        bench.RpmRepository.Publish([await ComposeBench.RpmHostAsync(), new(name, version, release) { File = served.File }]);
        bench.Manifest([name]);

        var result = await bench.RunAsync("work", cancellationToken);

        Assert.That(result.ExitCode, Is.EqualTo(5), result.ErrorTail);
        Assert.That(result.ErrorTail, Does.Contain("PL2121").And.Contain($"its header gives the {what}"));
    }
}
