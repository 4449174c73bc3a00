using Pipeline.Compose.Manifests;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>Odd values in a manifest: with a YAML tag, or a path that is none.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ManifestTagTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("ref: !!str 5\n", "5")]
    [TestCase("ref: !!str true\n", "true")]
    public void A_value_tagged_as_text_is_text(string text, string expected) => Assert.That(Read(text).Ref, Is.EqualTo(expected));

    [TestCase("include: \"a\\0b\"\n", "PL1002")]
    [TestCase("postprocess-script: \"a\\0b\"\n", "PL1025")]
    [TestCase("postprocess-script: missing.sh\n", "PL1025")]
    public void A_path_that_cannot_be_is_refused(string text, string code) =>
        Assert.That(() => Read(text), Throws.InstanceOf<PipelineException>().With.Message.Contains(code));

    [TestCase("ref: !x\n")]
    [TestCase("ref: &a !!int\n")]
    [TestCase("releasever: !!int\n")]
    [TestCase("packages: [!!str, !x ]\n")]
    [TestCase("variables: {a: !x }\n")]
    [TestCase("automatic-version-prefix: !!float\n")]
    public void An_empty_value_with_a_tag_is_read_or_refused(string text)
    {
        try
        {
            Read(text);
        }
        catch (PipelineException e)
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput), e.Message);
        }
    }

    [TestCase("install-langs: [en, de_AT, sr@latin]\n", "en de_AT sr@latin")]
    [TestCase("install-langs: [\"en:de\"]\n", null)]
    [TestCase("install-langs: [\"*\"]\n", null)]
    public void Languages_are_names_of_locales(string text, string? expected)
    {
        string? languages = null;
        try
        {
            languages = string.Join(' ', Read(text).InstallLanguages);
        }
        catch (PipelineException e)
        {
            Assert.That(e.Message, Does.Contain("PL1016").And.Contain("item of install-langs"));
        }

        Assert.That(languages, Is.EqualTo(expected));
    }

    private Manifest Read(string text)
    {
        File.WriteAllText(_directory.File("root.yaml"), text);
        var request = new ManifestRequest
        {
            Path = _directory.File("root.yaml"),
            Display = "root.yaml",
            Architecture = Arch.X86_64,
        };
        return ManifestReader.Read(request).Manifest;
    }
}
