using Pipeline.Compose.Manifests;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Tests.Cli;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ManifestReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Arch _arch = Arch.X86_64;

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Includes_merge_as_the_treefile_language_says()
    {
        Write(
            "root.yaml",
            """
            include: [a.yaml, b.yaml]
            ref: root/ref
            metadata: {name: root, extra: root}
            packages: [one, two three]
            packages-x86_64: [amd]
            packages-s390x: [zed]
            units: [root.service]
            exclude-packages: [x-root]
            """
        );
        Write(
            "a.yaml",
            "ref: a/ref\ndefault-target: a.target\nmetadata: {extra: a, more: a}\npackages: ['four', one]\n"
                + "units: [a.service]\nexclude-packages: [x-a]\n"
        );
        Write("b.yaml", "default-target: b.target\nautomatic-version-prefix: \"7\"\nunits: [b.service]\npackages: [\"'five >= 2'\"]\n");

        var m = Read("root.yaml");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(m.Ref, Is.EqualTo("root/ref"), "the including file wins");
            Assert.That(m.DefaultTarget!.Text, Is.EqualTo("a.target"), "of includes the first wins");
            Assert.That(m.AutomaticVersionPrefix, Is.EqualTo("7"));
            Assert.That(m.Packages.Select(p => p.Text), Is.EqualTo(["amd", "five >= 2", "four", "one", "three", "two"]));
            Assert.That(
                m.Units.Select(u => u.Text),
                Is.EqualTo(["b.service", "a.service", "root.service"]),
                "included items first, the last include before the first"
            );
            Assert.That(m.ExcludePackages.Select(p => p.Text), Is.EqualTo(["x-a", "x-root"]));
            Assert.That(JsonTextWriter.Canonical(m.Metadata), Is.EqualTo("""{"extra":"root","more":"a","name":"root"}"""));
            Assert.That(m.Packages.Single(p => p.Text == "three").Span.ToString(), Is.EqualTo("root.yaml:4:17"));
        }
    }

    [Test]
    public void All_problems_of_all_files_come_at_once_with_places_and_hints()
    {
        Write(
            "root.yaml",
            """
            schema: compose/v1
            include: [sub.yaml, missing.yaml]
            pakages: [x]
            recommends: "no"
            releasever: 1.5
            remove-files: [/etc/x, ../y]
            units: ["a b"]
            ref: debian/${streem}
            """
        );
        Write(
            "sub.yaml",
            "packages: x\nconditional-include:\n- if: prod = true\n  include: q.yaml\n- if: nope == true\n"
                + "  include: q.yaml\npackages-riscv64: [1]\n"
        );

        var e = Assert.Throws<PipelineException>(() => Read("root.yaml"))!;

        Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
        Assert.That(
            e.Message.Split('\n'),
            Is.EqualTo([
                "root.yaml:3:1: error PL1003: unknown key 'pakages'",
                "  hint: did you mean 'packages'?",
                "root.yaml:4:13: error PL1004: 'recommends' must be true or false, not the text 'no'",
                "root.yaml:5:13: error PL1004: 'releasever' must be a text or a whole number, not the plain value 1.5",
                "sub.yaml:1:11: error PL1004: 'packages' must be a list of texts, not the text 'x'",
                "sub.yaml:7:20: error PL1004: 'packages-riscv64' must be a list of texts, not the plain value 1",
                "  hint: write \"1\" with quotes",
                "sub.yaml:3:7: error PL1013: variable 'prod' is not defined",
                "  hint: define it under 'variables:' or pass --var prod=VALUE",
                "sub.yaml:5:7: error PL1013: variable 'nope' is not defined",
                "  hint: define it under 'variables:' or pass --var nope=VALUE",
                "root.yaml:2:21: error PL1001: manifest 'missing.yaml' does not exist",
                "  hint: paths are relative to the file that includes them",
                "root.yaml:8:6: error PL1013: variable 'streem' is not defined",
                "  hint: define it under 'variables:' or pass --var streem=VALUE",
                "root.yaml:6:16: error PL1015: '/etc/x' in 'remove-files' must be a relative path without '..'",
                "  hint: write it without the leading slash, for example usr/share/man",
                "root.yaml:6:24: error PL1015: '../y' in 'remove-files' must be a relative path without '..'",
                "  hint: write it without the leading slash, for example usr/share/man",
                "root.yaml:7:9: error PL1016: 'a b' is not a valid item of units",
                "  hint: write a unit name such as sshd.service",
            ])
        );
    }

    [Test]
    public void Conditions_see_variables_of_outer_files_and_earlier_siblings_only()
    {
        Write("root.yaml", "include: [a.yaml, b.yaml]\nvariables: {prod: true}\nreleasever: 41\n");
        Write("a.yaml", "variables: {prod: false, late: 1}\npackages: [a]\n");
        Write(
            "b.yaml",
            """
            conditional-include:
            - if: prod == true
              include: {packages: [prod one]}
            - if: [releasever >= 41, "late == 1", basearch == "x86_64"]
              include: c.yaml
            - if: releasever < 41
              include: nowhere.yaml
            """
        );
        Write("c.yaml", "packages: [c]\n");

        var m = Read("root.yaml");

        Assert.That(m.Packages.Select(p => p.Text), Is.EqualTo(["a", "c", "one", "prod"]));
    }

    [TestCase("releasever >= \"41\"", "compares a number with a text")]
    [TestCase("prod > true", "orders a boolean")]
    [TestCase("releasever ~ 41", "unknown operator")]
    [TestCase("releasever", "is not valid")]
    public void A_wrong_condition_is_an_error(string condition, string expected)
    {
        Write("root.yaml", $"variables: {{prod: true}}\nreleasever: 41\nconditional-include:\n- if: {condition}\n  include: x.yaml\n");

        Assert.That(() => Read("root.yaml"), Throws.InstanceOf<PipelineException>().With.Message.Contains(expected));
    }

    [TestCase("", "releasever<41", "is not")]
    [TestCase("schema: compose/v1\n", "releasever<41", null)]
    public void Spaces_around_an_operator_are_needed_in_a_treefile_only(string head, string condition, string? error)
    {
        Write("root.yaml", $"{head}releasever: 40\nconditional-include:\n- if: {condition}\n  include: {{packages: [old]}}\n");

        if (error is null)
        {
            Assert.That(Read("root.yaml").Packages.Select(p => p.Text), Is.EqualTo(["old"]));
        }
        else
        {
            Assert.That(() => Read("root.yaml"), Throws.InstanceOf<PipelineException>());
        }
    }

    [TestCase("", true)]
    [TestCase("schema: compose/v1\n", false)]
    public void A_file_included_twice_is_an_error_in_a_treefile_and_read_once_in_our_schema(string head, bool error)
    {
        Write("root.yaml", $"{head}include: [a.yaml, b.yaml]\n");
        Write("a.yaml", "include: common.yaml\n");
        Write("b.yaml", "include: ./common.yaml\n");
        Write("common.yaml", "units: [common.service]\n");

        if (error)
        {
            Assert.That(
                () => Read("root.yaml"),
                Throws
                    .InstanceOf<PipelineException>()
                    .With.Message.Contains("b.yaml:1:10: error PL1006: include loop: './common.yaml' was already included")
            );
        }
        else
        {
            Assert.That(Read("root.yaml").Units.Select(u => u.Text), Is.EqualTo(["common.service"]));
        }
    }

    [TestCase("")]
    [TestCase("schema: compose/v1\n")]
    public void A_real_loop_is_always_an_error(string head)
    {
        Write("root.yaml", $"{head}include: a.yaml\n");
        Write("a.yaml", "include: link.yaml\n");
        File.CreateSymbolicLink(_directory.File("link.yaml"), "root.yaml");

        Assert.That(() => Read("root.yaml"), Throws.InstanceOf<PipelineException>().With.Message.Contains("PL1006"));
    }

    [Test]
    public void Fifty_levels_are_enough()
    {
        for (var i = 0; i < 60; i++)
        {
            Write($"{i}.yaml", $"include: {i + 1}.yaml\n");
        }

        Assert.That(() => Read("0.yaml"), Throws.InstanceOf<PipelineException>().With.Message.Contains("PL1007"));
    }

    [Test]
    public void A_treefile_substitutes_where_rpm_ostree_does_and_leaves_unknown_names()
    {
        Write(
            "root.yaml",
            "variables: {stream: next}\nreleasever: 41\nref: fedora/${basearch}/${stream}\n"
                + "automatic-version-prefix: \"${releasever}.<date:%Y%m%d>.${dev}\"\nunits: [\"${stream}.service\"]\n"
                + "metadata: {name: x, s: \"${stream}\", deep: {s: \"${stream}\"}}\n"
        );

        var e = Assert.Throws<PipelineException>(() => Read("root.yaml"))!;
        Write(
            "root.yaml",
            File.ReadAllText(_directory.File("root.yaml")).Replace("units: [\"${stream}.service\"]\n", "", StringComparison.Ordinal)
        );
        var m = Read("root.yaml");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain("'${stream}.service' is not a valid item of units"));
            Assert.That(m.Ref, Is.EqualTo("fedora/x86_64/next"));
            Assert.That(m.AutomaticVersionPrefix, Is.EqualTo("41.<date:%Y%m%d>.${dev}"));
            Assert.That(JsonTextWriter.Canonical(m.Metadata), Is.EqualTo("""{"deep":{"s":"${stream}"},"name":"x","s":"next"}"""));
        }
    }

    [Test]
    public void Our_schema_substitutes_everywhere_but_in_scripts()
    {
        Write(
            "root.yaml",
            "schema: compose/v1\nvariables: {k: linux-image}\npackages: [\"${k}-${debarch}\"]\npostprocess: ['#!/bin/sh\n\n  echo ${k}']\n"
        );

        var m = Read("root.yaml");

        Assert.That(
            (m.Packages[0].Text, m.Postprocess[0].Contains("${k}", StringComparison.Ordinal)),
            Is.EqualTo(("linux-image-amd64", true))
        );
    }

    [TestCase("'podman >= 4.1'", ExpectedResult = "podman >= 4.1")]
    [TestCase("corge 'foobar >= 1.1' baz", ExpectedResult = "corge|foobar >= 1.1|baz")]
    [TestCase("a  b\tc", ExpectedResult = "a|b|c")]
    [TestCase("'odd", ExpectedResult = null)]
    public string? Package_items_split_at_white_space_outside_quotes(string item) =>
        PackageWords.Split(item) is { } words ? string.Join('|', words) : null;

    [Test]
    public void Json_treefiles_are_read_and_unknown_keys_are_comments_there()
    {
        Write("root.json", """{"packages": ["a"], "comment": "hello", "releasever": 41}""");

        var read = ManifestReader.Read(Request("root.json"));

        Assert.That(
            (read.Manifest.Packages[0].Text, read.Manifest.ReleaseVersion, read.Remarks.Single().Severity),
            Is.EqualTo(("a", "41", Severity.Warning))
        );
    }

    [Test]
    public void What_is_not_supported_yet_stops_a_compose_but_not_a_look()
    {
        Write(
            "root.yaml",
            "schema: compose/v1\nima: true\ntmp-is-dir: true\ngpg-key: ABCD\nrpmdb-normalize: true\n"
                + "check-passwd: {type: previous}\npackages: [a]\nrepos: [r]\nostree-layers: [overlay/gone, fedora/x]\n"
        );

        var read = ManifestReader.Read(Request("root.yaml"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                read.Blocking.Select(b => b.ToString().Split('\n')[0]),
                Is.EqualTo([
                    "root.yaml:4:10: error PL1022: 'gpg-key' is refused: "
                        + "a compose has no private key: commits are signed when they are released",
                    "root.yaml:2:6: error PL1022: 'ima' is refused with this value: IMA signatures of packages are not put on files",
                    "root.yaml:9:17: error PL1020: layer 'overlay/gone' does not exist",
                    "root.yaml:9:31: error PL1021: layer 'fedora/x' is not supported yet: only 'overlay/NAME' is",
                ])
            );
            Assert.That(
                read.Remarks.Single().ToString(),
                Does.StartWith("root.yaml:5:18: note PL1023: 'rpmdb-normalize' needs nothing to be done: the package database is always")
            );
        }
    }

    [Test]
    public void A_layer_that_is_a_link_stops_a_compose()
    {
        Directory.CreateDirectory(_directory.File("elsewhere"));
        Directory.CreateDirectory(_directory.File("overlay.d"));
        File.CreateSymbolicLink(_directory.File("overlay.d/10-x"), _directory.File("elsewhere"));
        Write("root.yaml", "packages: [a]\nrepos: [r]\nostree-layers: [overlay/10-x]\n");

        Assert.That(
            ManifestReader.Read(Request("root.yaml")).Blocking.Select(b => b.ToString().Split('\n')[0]),
            Is.EqualTo([
                "root.yaml:3:17: error PL1030: layer 'overlay/10-x' is a symbolic link, "
                    + "which could make any file of this machine a part of the image",
            ])
        );
    }

    [Test]
    public void A_script_file_runs_last_and_must_be_executable()
    {
        Directory.CreateDirectory(_directory.File("sub"));
        Write("root.yaml", "include: sub/a.yaml\npostprocess: [\"#!/bin/sh\\nfirst\"]\n");
        Write("sub/a.yaml", "postprocess-script: s.sh\n");
        Write("sub/s.sh", "#!/bin/sh\nlast\n");

        Assert.That(() => Read("root.yaml"), Throws.InstanceOf<PipelineException>().With.Message.Contains("sub/a.yaml:1:21: error PL1025"));
        File.SetUnixFileMode(_directory.File("sub/s.sh"), (UnixFileMode)0b111_101_101);
        Assert.That(Read("root.yaml").Postprocess, Is.EqualTo(["#!/bin/sh\nfirst", "#!/bin/sh\nlast\n"]));
    }

    [TestCase("schema: compose/v2\n", "PL1017")]
    [TestCase("include: new.yaml\n", "PL1018")]
    [TestCase("basearch: s390x\n", "PL1008")]
    [TestCase("variables: {basearch: x}\n", "PL1009")]
    [TestCase("variables: {a: 1.5}\nreleasever: 1\nvariables: {}\n", "PL0016")]
    [TestCase("default_target: a.target\ndefault-target: b.target\n", "PL1011")]
    [TestCase("override-remove: [x]\n", "PL1024")]
    [TestCase("packages: [a]\nexclude-packages: [a]\n", "PL1019")]
    [TestCase("- a\n", "PL1005")]
    [TestCase("ref: !!str\n", "root.yaml:1:6: error PL1016: '' is not a valid ref")]
    [TestCase("ref: !!str ~\n", "root.yaml:1:6: error PL1016: '~' is not a valid ref")]
    [TestCase("packages: [\"'a\"]\n", "PL1014")]
    [TestCase("schema: compose/v1\nmetadata: {name: ../x}\n", "PL1016")]
    [TestCase("schema: compose/v1\nostree-layers: [overlay/../../etc]\n", "PL1016")]
    [TestCase("schema: compose/v1\nostree-layers: [\"overlay/a\\nb\"]\n", "PL1016")]
    [TestCase("schema: compose/v1\nostree-layers: [\"overlay/a\\n\"]\n", "PL1016")]
    [TestCase("schema: compose/v1\nostree-layers: [\"overlay/\\e[2J\"]\n", "PL1016")]
    [TestCase("outputs: {}\n", "needs 'schema: compose/v1'")]
    public void A_wrong_manifest_is_one_clear_error(string text, string expected)
    {
        Write("root.yaml", text);
        Write("new.yaml", "schema: compose/v1\n");

        var e = Assert.Throws<PipelineException>(() => Read("root.yaml"))!;

        Assert.That((e.Exit, e.Diagnostics.Count), Is.EqualTo((ExitClass.BadInput, 1)), e.Message);
        Assert.That(e.Message, Does.Contain(expected));
    }

    [Test]
    public async Task Show_prints_the_flattened_manifest()
    {
        Write(
            "root.yaml",
            "schema: compose/v1\nmetadata: {name: demo}\nref: demo/${basearch}/${stream}\nrepos: [tiny]\n"
                + "packages: [b, a]\npackages-s390x: [z]\nremove-files: [usr/share/man]\n"
        );

        var text = await CliRun.Of(["manifest", "show", "root.yaml", "--arch", "s390x", "--var", "stream=next"], _directory.Path);
        var json = await CliRun.Of(
            ["manifest", "show", "root.yaml", "--arch", "x86_64", "--var", "stream=next", "--json"],
            _directory.Path
        );
        var wrong = await CliRun.Of(["manifest", "show", "root.yaml", "--arch", "vax"], _directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((text.ExitCode, json.ExitCode, wrong.ExitCode), Is.EqualTo((0, 0, 2)), text.Error + json.Error);
            TestKit.Golden.Check("Manifests/show.txt", text.Output);
            TestKit.Golden.Check("Manifests/show.json", json.Output);
            Assert.That(wrong.Error, Does.Contain("PL1091"));
        }
    }

    private void Write(string name, string text) => File.WriteAllText(_directory.File(name), text);

    private ManifestRequest Request(string name) =>
        new()
        {
            Path = _directory.File(name),
            Display = name,
            Architecture = _arch,
        };

    private Manifest Read(string name) => ManifestReader.Read(Request(name)).Manifest;
}
