using Pipeline.Compose.Manifests;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Manifests;

/// <summary>What is for an architecture that does not exist is for none: such a name is an error.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ArchitectureSpellingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Architectures_that_are_misspelled_are_errors_with_the_name_to_write()
    {
        Write(
            "root.yaml",
            """
            basearch: amd64
            packages: [x]
            repos: [r]
            packages-arm64: [a]
            packages-x86-64: [a]
            packages-riscv64: [a]
            packages-aarch64: [a]
            arch-include: {ppc64el: a.yaml, s390x: b.yaml, armv7hl: c.yaml}
            conditional-include:
            - if: basearch != "amd64"
              include: d.yaml
            """
        );

        var e = Assert.Throws<PipelineException>(() => Read("root.yaml"))!;

        Assert.That(
            e.Message.Split('\n'),
            Is.EqualTo([
                "root.yaml:1:11: error PL1039: there is no architecture 'amd64'",
                "  hint: say x86_64",
                "root.yaml:4:1: error PL1039: there is no architecture 'arm64'",
                "  hint: say aarch64",
                "root.yaml:5:1: error PL1039: there is no architecture 'x86-64'",
                "  hint: did you mean 'x86_64'?",
                "root.yaml:8:16: error PL1039: there is no architecture 'ppc64el'",
                "  hint: say ppc64le",
                "root.yaml:10:7: error PL1039: there is no architecture 'amd64'",
                "  hint: say x86_64",
            ])
        );
    }

    [Test]
    public void Our_schema_takes_every_spelling_of_an_architecture_but_where_it_is_compared()
    {
        const string keys = "schema: compose/v1\npackages: [x]\nrepos: [r]\nbasearch: amd64\npackages-amd64: [a]\n";
        Write("good.yaml", keys);
        Write("bad.yaml", keys + "packages-x64: [b]\nconditional-include: [{if: basearch == \"amd64\", include: none.yaml}]\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read("good.yaml").Packages.Select(p => p.Text), Is.EqualTo(["a", "x"]));
            Assert.That(
                Assert.Throws<PipelineException>(() => Read("bad.yaml"))!.Diagnostics.Select(d => $"{d.Span}: {d.Code}"),
                Is.EqualTo(["bad.yaml:6:1: PL1039", "bad.yaml:7:28: PL1039"])
            );
        }
    }

    private void Write(string name, string text) => File.WriteAllText(_directory.File(name), text);

    private Manifest Read(string name) =>
        ManifestReader
            .Read(
                new()
                {
                    Path = _directory.File(name),
                    Display = name,
                    Architecture = Arch.X86_64,
                }
            )
            .Manifest;
}
