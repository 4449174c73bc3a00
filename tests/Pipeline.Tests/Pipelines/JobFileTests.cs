using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.TestKit;

namespace Pipeline.Tests.Pipelines;

/// <summary>What the shipped CI jobs promise.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class JobFileTests
{
    private static readonly string Jenkins = File.ReadAllText(SourceTree.Path("ci/Jenkinsfile"));

    private static IReadOnlyList<YamlMapping> Steps => [.. ((YamlSequence)Job.Find("steps")!).Items.Cast<YamlMapping>()];

    private static YamlMapping Job => (YamlMapping)((YamlMapping)Workflow.Find("jobs")!).Find("build")!;

    private static YamlMapping Workflow
    {
        get
        {
            var problems = new DiagnosticBag();
            var file = SourceTree.Path("ci/github/build.yaml");
            var root = YamlText.Parse(file, File.ReadAllText(file), problems);
            problems.ThrowIfErrors();
            return (YamlMapping)root!;
        }
    }

    [Test]
    public void Pull_requests_run_on_hosted_machines_and_without_credentials()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Text(Job, "runs-on"), Does.Match("^(ubuntu|debian)-[0-9.]+$"), "a hosted machine, pinned");
            Assert.That(Workflow.Find("on") is YamlMapping on && on.Find("pull_request") is not null);
            Assert.That(((YamlMapping)Workflow.Find("on")!).Find("pull_request_target"), Is.Null, "it would have the secrets");
            Assert.That(Text((YamlMapping)Workflow.Find("permissions")!, "contents"), Is.EqualTo("read"));
            Assert.That(Text((YamlMapping)Uses("actions/checkout").Find("with")!, "persist-credentials"), Is.EqualTo("false"));
        }
    }

    [Test]
    public void The_SDK_is_set_up_before_anything_is_built()
    {
        Assert.That(Text((YamlMapping)Uses("actions/setup-dotnet").Find("with")!, "global-json-file"), Is.EqualTo("global.json"));
        Assert.That(
            Place(s => Text(s, "uses")?.StartsWith("actions/setup-dotnet", StringComparison.Ordinal) == true),
            Is.LessThan(Runs("./build.sh"))
        );
    }

    [Test]
    public void The_cache_is_restored_behind_the_checkout_and_before_the_build()
    {
        var cache = Place(s => Text(s, "uses")?.StartsWith("actions/cache", StringComparison.Ordinal) == true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                cache,
                Is.GreaterThan(Place(s => Text(s, "uses")?.StartsWith("actions/checkout", StringComparison.Ordinal) == true))
            );
            Assert.That(cache, Is.LessThan(Runs("./build.sh")));
            Assert.That(Text((YamlMapping)Uses("actions/cache").Find("with")!, "path"), Does.StartWith("cache"));
        }
    }

    [Test]
    public void Both_call_ci_run_and_keep_the_results_of_a_failed_run()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Runs(".ci/run"), Is.GreaterThan(Runs("./build.sh")));
            Assert.That(Text(Uses("actions/upload-artifact"), "if"), Is.EqualTo("always()"));
            Assert.That(Text((YamlMapping)Uses("actions/upload-artifact").Find("with")!, "path"), Does.Contain("tmp/kola"));
            Assert.That(Jenkins, Does.Contain("sh '.ci/run'").And.Contain("junit testResults:").And.Contain("always {"));
            Assert.That(File.Exists(SourceTree.Path(".ci/run")));
        }
    }

    [Test]
    public void Jenkins_leaves_pull_requests_out_before_it_takes_a_machine()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Jenkins, Does.Contain("agent none").And.Contain("beforeAgent true").And.Contain("not { changeRequest() }"));
            Assert.That(Jenkins, Does.Contain("--jsonfile global.json"), "the SDK is set up");
            Assert.That(Jenkins, Does.Contain("PIPELINE_WORKDIR"), "the cache is outside of the workspace");
            Assert.That(Jenkins.Count(c => c == '{'), Is.EqualTo(Jenkins.Count(c => c == '}')));
        }
    }

    private static YamlMapping Uses(string action) =>
        Steps.Single(s => Text(s, "uses")?.StartsWith(action + "@", StringComparison.Ordinal) == true);

    private static int Runs(string command) => Place(s => Text(s, "run") == command);

    private static int Place(Func<YamlMapping, bool> matches)
    {
        var place = Steps.ToList().FindIndex(s => matches(s));
        Assert.That(place, Is.GreaterThanOrEqualTo(0));
        return place;
    }

    private static string? Text(YamlMapping mapping, string key) => (mapping.Find(key) as YamlScalar)?.Text;
}
