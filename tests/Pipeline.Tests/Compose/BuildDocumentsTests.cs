using Pipeline.Compose.Builds;
using Pipeline.Compose.Commits;
using Pipeline.Host.Tools;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class BuildDocumentsTests
{
    private static readonly string Checksum = new('c', 64);

    [TestCase("", "os")]
    [TestCase("\"summary\":\"An <OS> & é\"", "An <OS> & é")]
    public void The_bytes_of_meta_json_are_pinned(string metadata, string summary)
    {
        var work = Work(metadata);

        var text = JsonTextWriter.Write(
            BuildDocuments.Meta(
                work,
                "13.1",
                new(Checksum, new('d', 64), "debian/13", new(Digest.Of("tar"), 123)),
                "os-13.1-ostree.x86_64.tar"
            ),
            JsonStyle.Pretty
        );

        Assert.That(
            text,
            Is.EqualTo(
                $$"""
                {
                  "buildid": "13.1",
                  "name": "os",
                  "summary": "{{summary}}",
                  "ref": "debian/13",
                  "ostree-version": "13.1",
                  "ostree-commit": "{{Checksum}}",
                  "ostree-content-checksum": "{{new string('d', 64)}}",
                  "ostree-timestamp": "2026-09-01T10:20:30Z",
                  "rpm-ostree-inputhash": "{{work.Inputs.Compose.Digest.Hex}}",
                  "coreos-assembler.basearch": "x86_64",
                  "coreos-assembler.build-timestamp": "2026-09-01T10:20:30Z",
                  "coreos-assembler.image-config-checksum": "{{Digest.Of("{}").Hex}}",
                  "coreos-assembler.image-input-checksum": "{{work.Inputs.Tree.Digest.Hex}}",
                  "images": {
                    "ostree": {
                      "path": "os-13.1-ostree.x86_64.tar",
                      "sha256": "{{Digest.Of("tar").Hex}}",
                      "size": 123,
                      "skip-compression": true
                    }
                  }
                }

                """
            )
        );
    }

    [TestCase(true, "true")]
    [TestCase(false, "false")]
    public void The_checkout_of_the_config_is_recorded_as_coreos_assembler_records_it(bool dirty, string expected)
    {
        var work = Work("") with { Config = new("v1-2-gabc", new('a', 40), "testing-devel", dirty, "https://git.example.org/config") };

        var meta = BuildDocuments.Meta(work, "13.1", new(Checksum, new('d', 64), "r", new(Digest.Of("tar"), 123)), "a.tar");

        Assert.That(
            JsonTextWriter.Write(
                new JsonTextObject([.. meta.Members.Where(m => m.Name.Contains("config-", StringComparison.Ordinal)).Take(3)]),
                JsonStyle.Pretty
            ),
            Is.EqualTo(
                $$"""
                {
                  "coreos-assembler.config-gitrev": "v1-2-gabc",
                  "coreos-assembler.config-dirty": "{{expected}}",
                  "coreos-assembler.container-config-git": {
                    "branch": "testing-devel",
                    "commit": "{{new string('a', 40)}}",
                    "dirty": "{{expected}}",
                    "origin": "https://git.example.org/config"
                  }
                }

                """
            )
        );
    }

    [TestCase("ignition", "2.14.0+ds1-1+b19", "3.3.0")]
    [TestCase("ignition", "0:2.20.0-1.fc41", "3.5.0")]
    [TestCase("ignition", "0.35.0-1", null)]
    [TestCase("ignition-edge", "2.14.0-1", null)]
    public void The_commit_and_its_document_say_which_configs_its_Ignition_reads(string package, string version, string? expected)
    {
        var work = Work("");
        var locked = new LockedPackage
        {
            Name = package,
            Version = version,
            PackageArchitecture = "amd64",
            Digest = Digest.Of(package),
            Repo = "r",
            Location = "l",
            Size = 1,
        };
        work = work with { Lockfile = work.Lockfile with { Packages = [locked] } };

        var document = BuildDocuments.CommitMeta(work, "13.1", null).Find("ignition.spec-version") as JsonTextString;
        var values = CommitValue.Of(work.Lockfile);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(document?.Value, Is.EqualTo(expected));
            Assert.That(
                values.Select(v => (v.Name, v.Type)),
                Is.EqualTo(expected is null ? Array.Empty<(string, string)>() : [("ignition.spec-version", "s")])
            );
        }
    }

    private static ComposeWork Work(string metadata) =>
        new()
        {
            Family = "deb",
            Runner = new Pipeline.Host.Sandbox.NativeRunner(),
            Manifest = new()
            {
                File = "manifest.yaml",
                IsSchema = true,
                Name = "os",
                Architecture = Arch.X86_64,
                Repos = [],
                Packages = [],
                Metadata = (JsonTextObject)JsonText.Parse("m", System.Text.Encoding.UTF8.GetBytes($"{{{metadata}}}"), new())!,
                Flattened = new([]),
            },
            Lockfile = new()
            {
                Architecture = Arch.X86_64,
                Generated = new(2026, 9, 1, 12, 20, 30, TimeSpan.FromHours(2)),
                Packages = [],
            },
            LockText = "",
            Inputs = new()
            {
                Configure = new("configure", 1, []),
                Tree = new("tree", 1, []),
                Compose = new("compose", 1, []),
                Tools = [],
            },
            Files = [],
            WorkDirectory = new("/work-directory"),
            Limits = ToolLimits.Default,
        };
}
