using Pipeline.Cli.Commands;
using Pipeline.Compose;
using Pipeline.Host.Files;
using Pipeline.Images.Recipes;
using Pipeline.Model.Configs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Compose.Rpm;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Manifests;

/// <summary>
/// A tree of manifests in the form of fedora-coreos-config, with all that lies beside them (<c>TestData/CoreOsConfig</c>).
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class CoreOsConfigTests
{
    private static readonly string Tree = SourceTree.Path("tests/Pipeline.Tests/TestData/CoreOsConfig");

    private static readonly string[] Beside = ["image.yaml", "platforms.yaml", "extensions.yaml", "build-args.conf"];

    [Test]
    public async Task A_dry_run_walks_up_to_the_first_index_and_names_the_repository(CancellationToken cancellationToken)
    {
        using var copy = Copy();
        string[] arguments =
        [
            "-C",
            copy.File("work"),
            "compose",
            "manifest.yaml",
            "--dry-run",
            "--arch",
            "x86_64",
            "--insecure",
            "--mirror",
            "example-updates=https://near.example.com/updates/",
        ];

        var run = await CliRun.Of(arguments, copy.Path);

        Golden.Check("Compose/coreos-dry-run.txt", $"{run.Output}\n{run.Error}");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(Directory.Exists(copy.File("work/builds")), Is.False);
        Assert.That(cancellationToken.IsCancellationRequested, Is.False);
    }

    [Test]
    public async Task Everything_that_a_compose_would_refuse_comes_at_once()
    {
        using var copy = Copy();
        File.AppendAllText(copy.File("manifests/base.yaml"), "ima: true\n");
        File.AppendAllText(copy.File("manifests/boot.yaml"), "cliwrap: true\nopt-usrlocal: root\n");

        var run = await CliRun.Of(["-C", copy.File("work"), "compose", "manifest.yaml", "--dry-run", "--arch", "x86_64"], copy.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Not.Zero);
            foreach (
                var expected in (string[])
                    [
                        "manifests/base.yaml:31:6: error PL1022: 'ima'",
                        "manifests/boot.yaml:2:10: error PL1022: 'cliwrap'",
                        "manifests/boot.yaml:3:15: error PL1022: 'opt-usrlocal'",
                        "example.repo:7:1: error PL1123",
                        "example.repo:13:1: error PL1124",
                    ]
            )
            {
                Assert.That(run.Error, Does.Contain(expected));
            }
        }
    }

    [TestCase("x86_64")]
    [TestCase("aarch64")]
    [TestCase("s390x")]
    public async Task It_is_flattened_for_every_architecture(string architecture)
    {
        var run = await CliRun.Of(["manifest", "show", "manifest.yaml", "--arch", architecture], Tree);

        Golden.Check($"Manifests/coreos-{architecture}.txt", run.Output);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }

    [Test]
    public async Task What_lies_beside_a_manifest_is_read_and_says_what_has_no_effect()
    {
        var run = await CliRun.Of(["manifest", "check", .. Beside], Tree);

        Golden.Check("Manifests/coreos-check.txt", run.Error);
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, "")));
    }

    [TestCase("image.yaml", "size: big", "image.yaml:1:7: error PL1051")]
    [TestCase("image.yaml", "size: 0", "error PL1051")]
    [TestCase("image.yaml", "sizes: 1", "did you mean 'size'")]
    [TestCase("image.yaml", "extra-kargs: quiet", "error PL1051")]
    [TestCase("image.yaml", "ignition-network-kcmdline: [rd.neednet=1]", "image.yaml:1:28: error PL1052")]
    [TestCase("image.yaml", "luks_rootfs: true", "error PL1052")]
    [TestCase("image.yaml", "include: gone.yaml", "image.yaml:1:10: error PL1055")]
    [TestCase("image.yaml", "include: image.yaml", "it is included already")]
    [TestCase("image.yaml", "- x", "error PL1051")]
    [TestCase("platforms.yaml", "x86: {}", "error PL1050")]
    [TestCase("platforms.yaml", "x86_64: [aws]", "platforms.yaml:1:9: error PL1051")]
    [TestCase("platforms.yaml", "x86_64: {aws: {kernel_argument: [x]}}", "did you mean 'kernel_arguments'")]
    [TestCase("extensions.yaml", "extension: {}", "did you mean 'extensions'")]
    [TestCase("extensions.yaml", "extensions: {a: {kind: os}}", "os-extension or development")]
    [TestCase("extensions.yaml", "extensions: {a: {}}", "'packages' must be a list of texts")]
    [TestCase("build-args.conf", "VERSION=44\nSTREAM=$(id)", "build-args.conf:2:1: error PL1056")]
    [TestCase("build-args.conf", "VERSION=x", "error PL1057")]
    [TestCase("build-args.conf", "VERSION=44\nSTREAMS=x", "did you mean 'STREAM'")]
    public async Task What_makes_no_sense_is_an_error_with_its_place(string name, string text, string expected)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File(name), text + "\n");

        var run = await CliRun.Of(["manifest", "check", name], directory.Path);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public async Task Arguments_of_the_container_build_are_variables()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            directory.File("m.yaml"),
            "packages: [a]\nrepos: [r]\nref: ${id}/${stream}/${osversion}\n"
                + "conditional-include: [{if: [releasever >= 44, deriving == false, 'id == \"example\"'], include: {packages: [b]}}]\n"
        );
        var arguments = Path.Combine(Tree, "build-args.conf");

        var run = await CliRun.Of(["manifest", "show", "m.yaml", "--build-args", arguments, "--var", "stream=mine"], directory.Path);
        var without = await CliRun.Of(["manifest", "show", "m.yaml"], directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Output, Does.Contain("ref            example/mine/example-44.dev\nrelease        44\n"), run.Error);
            Assert.That(run.Output, Does.Contain("packages (2)"));
            Assert.That(without.Error, Does.Contain("PL1013"));
        }
    }

    [Test]
    public void Sizes_kernel_arguments_and_consoles_reach_the_recipes_of_images()
    {
        var reporter = new TestReporter();
        var settings = ImageConfigFiles.Read(Tree, "", "testing-devel", reporter);

        var before = Recipes(PlatformTable.Known);
        var after = Recipes(PlatformTable.Known.With(settings));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(settings.DiskSize, Is.EqualTo(ByteSize.FromGiB(12)), "the first file's");
            Assert.That(settings.ExtraKernelArguments, Is.EqualTo(["systemd.unified=1", "mitigations=auto", "stream=testing-devel"]));
            Assert.That(
                after["qemu x86_64"],
                Does.EndWith(
                    "disk=12.0 GiB kargs='console=ttyS1 ignition.platform.id=qemu systemd.unified=1 mitigations=auto stream=testing-devel'"
                )
            );
            Assert.That(after["metal x86_64"], Does.Contain("disk=content kargs='ignition.platform.id=metal systemd"), "not in the file");
            Assert.That(after["aws aarch64"], Does.Contain("kargs='console=tty0 console=ttyS0,115200n8 ignition"));
            Assert.That(after["ibmcloud x86_64"], Does.Contain("disk=100.0 GiB"), "larger already");
            Assert.That(after["qemu ppc64le"], Does.Contain("console=hvc0"), "the file has no such architecture");
            Assert.That(Recipes(PlatformTable.Known.With(new ImageSettings())), Is.EqualTo(before));
            Assert.That(reporter.Lines.Select(l => l.Split("note ")[1][..6]).Distinct(), Is.EquivalentTo(["PL1053", "PL1054"]));
        }
    }

    [Test]
    public void Every_key_beside_a_manifest_acts_or_has_its_reason()
    {
        foreach (var keys in (IReadOnlyList<ConfigKey>[])[ConfigKeys.Image, ConfigKeys.Platform, ConfigKeys.Extension])
        {
            foreach (var key in keys.Where(k => k.Reason is not null))
            {
                var (problems, remarks) = (new DiagnosticBag(), new List<Diagnostic>());
                var reader = new ImageSettingsReader(problems, remarks);
                var line = $"{key.Name}: [other]\n";
                _ =
                    keys == ConfigKeys.Image ? reader.Image(new("f", line), null, _ => null)
                    : keys == ConfigKeys.Platform ? reader.Platforms(new("f", $"x86_64:\n  aws:\n    {line}"), new())
                    : (object)ExtensionSet.Read(new("f", $"extensions:\n  a:\n    packages: [b]\n    {line}"), problems, remarks);
                Assert.That(problems.Items.Concat(remarks).Single().Message, Does.EndWith($": {key.Reason}"), key.Name);
            }
        }

        foreach (var key in ConfigKeys.BuildArguments)
        {
            var remarks = new List<Diagnostic>();
            var variables = BuildArguments.Read(new("f", $"VERSION=1\n{key.Name}=2\n"), new(), remarks);
            Assert.That(
                key.Reason is null
                    ? variables.Values.Contains("2")
                    : remarks.Single().Message.EndsWith(key.Reason, StringComparison.Ordinal)
            );
        }
    }

    [Test]
    public async Task Extensions_are_resolved_against_the_packages_of_the_image(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench([
            .. RpmBench.Few(),
            new("addon", "1.10", "1.fc40", "x86_64") { Epoch = 1, Requires = ["other"] },
        ]);
        await Extend(
            "usb: {packages: [addon], match-base-evr: lib}\n  far: {packages: [x], architectures: [s390x]}\n"
                + "  dev: {kind: development, packages: [none]}"
        );
        var before = await PlanAsync();
        await bench.LockAsync(cancellationToken);

        var plan = await PlanAsync();
        await Extend("twice: {packages: [lib]}\n  nobase: {packages: [other], match-base-evr: none}");
        var wrong = await PlanAsync();
        await Extend("gone: {packages: [gone]}");
        var gone = await PlanAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before.Extensions, Is.EqualTo([new PlannedExtension("usb", null), new PlannedExtension("dev", null)]));
            Assert.That(plan.Extensions, Is.EqualTo([new PlannedExtension("usb", 2), new PlannedExtension("dev", null)]));
            Assert.That(plan.Problems, Is.Empty);
            Assert.That(plan.Packages, Is.EqualTo(2));
            Assert.That(ComposePlanAnswer.Text(plan), Does.Contain("extension           usb: 2 packages more\n"));
            Assert.That(ComposePlanAnswer.Json(plan), Does.Contain("\"extensions\""));
            Assert.That(
                wrong.Problems.Select(p => $"{p.Code} {p.Span}"),
                Is.EqualTo(["PL1508 extensions.yaml:2:22", "PL1509 extensions.yaml:3:3"])
            );
            Assert.That(gone.Problems.Single().Message, Does.Contain("gone"));
        }

        Task Extend(string text) =>
            File.WriteAllTextAsync(bench.Directory.File("extensions.yaml"), $"extensions:\n  {text}\n", cancellationToken);

        Task<ComposePlan> PlanAsync() => new Composer(bench.Services()).PlanAsync(new() { Lock = bench.Request() }, cancellationToken);
    }

    private static Dictionary<string, string> Recipes(PlatformTable platforms) =>
        new RecipeTable(platforms, Arch.All, Enum.GetValues<DiskFormat>()).All.ToDictionary(
            r => $"{r.Name} {r.Architecture.Name}",
            r => r.ToString(),
            StringComparer.Ordinal
        );

    private static TemporaryDirectory Copy()
    {
        var copy = new TemporaryDirectory();
        foreach (var file in Directory.EnumerateFiles(Tree, "*", SearchOption.AllDirectories))
        {
            var target = copy.File(Path.GetRelativePath(Tree, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.WriteAllBytes(copy.File("RPM-GPG-KEY-example"), TestSigningKey.Shared.PublicKey());
        return copy;
    }
}
