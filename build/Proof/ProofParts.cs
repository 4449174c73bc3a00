using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>
/// The proofs there are, in the order in which they run. One row each; <c>build.sh --target=Proof --only=GLOB</c> chooses among them.
/// </summary>
internal static class ProofParts
{
    private static readonly ValueList<string> Os = ["src", "build", "manifests", "kola-tests", "Directory.Packages.props"];
    private static readonly ValueList<string> Harness = [.. Os, "tests/kola-harness"];
    private static readonly ValueList<string> Pages = [.. Os, "pipeline", "build.sh", "ci", Newcomer.ReleaseDocuments];
    private static readonly ValueList<string> RpmOs = [.. Os, "build.sh"];
    private const string OsTests = "kola-tests";
    private static readonly IReadOnlyDictionary<string, string> Plain = new Dictionary<string, string>();

    /// <summary>The targets of <c>tests/Pipeline.Fuzz</c>.</summary>
    public static ValueList<string> Parsers { get; } =
    [
        "json",
        "yaml",
        "contract",
        "lockfile",
        "denylist",
        "pipeline-config",
        "image-config",
        "build-arguments",
        "butane",
        "ignition",
        "address",
        "value",
        "graph-query",
        "kola-header",
        "test-report",
        "commit-listing",
        "package-lists",
        "console",
        "deb822",
        "release",
        "control",
        "packages",
        "repo-file",
        "repomd",
        "comps",
        "updateinfo",
        "primary",
        "deb",
        "rpm",
        "cpio",
        "tar",
        "manifest",
        "commit-archive",
        "commit-object",
        "commit-tree",
        "elf",
        "loader-cache",
        "ext4",
        "iso",
        "initrd",
        "kargs-json",
        "igninfo-json",
        "miniso",
        "boot-entry",
        "vmdk",
        "aws-query",
        "aws-authorization",
        "aws-start-snapshot",
        "aws-chunked",
        "fault",
    ];

    /// <summary>The table.</summary>
    public static IReadOnlyList<ProofPart> All { get; } =
    [
        .. Parsers.Select(name => new ProofPart(
            $"fuzz-{name}",
            $"Ten CPU minutes of AFL++ on the parser '{name}' without a finding.",
            ["src", "tests/Pipeline.Fuzz", "bench/fuzz.sh"],
            (bench, cancellationToken) => FiguresAsync(bench, ["bench/fuzz.sh", name], cancellationToken)
        )),
        new(
            "oracle",
            "Ten minutes of mutated Butane and Ignition configs without a finding, some judged by ignition-validate.",
            ["src/Pipeline.Model", "src/Pipeline.Provisioning", "tests/Pipeline.Tests/Provisioning", "bench/oracle.sh"],
            (bench, cancellationToken) => FiguresAsync(bench, ["bench/oracle.sh", "600"], cancellationToken)
        ),
        new("reproducible", "The default OS composed in two places gives the same commit and image bytes.", Os, ReproducibleAsync),
        new("architectures", "The minimal OS composes for all four architectures; these are their commits.", Os, ArchitecturesAsync),
        new("container-host", "The default OS boots and passes every kola test.", Os, ContainerHostAsync),
        new(
            "newcomer",
            "Somebody with a new home and 80 columns does the ten tasks of the README as typed there: a project of their own first.",
            [.. Pages, Newcomer.Readme],
            (bench, cancellationToken) => Newcomer.FollowAsync(bench, [Newcomer.Readme], cancellationToken)
        ),
        new(
            "pages",
            "The commands of docs/ that need a build or a machine do what the pages say.",
            [.. Pages, .. Newcomer.Pages],
            (bench, cancellationToken) => Newcomer.FollowAsync(bench, Newcomer.Pages, cancellationToken)
        ),
        new("rpm-minimal", "The minimal OS of RPM packages composes, boots and passes its kola tests.", RpmOs, RpmMinimalAsync),
        new(
            "devices",
            "Machines have the disks, interfaces, NUMA nodes and kernel arguments that test headers ask for.",
            Harness,
            DevicesAsync
        ),
        new("live", "Live media of the default OS start from disc, disk and network, by BIOS and UEFI, and run Ignition.", Os, LiveAsync),
        new("sabotage", "Each kola test fails when its subject is broken.", Os, SabotageAsync),
    ];

    private static async Task<ValueList<ProofFigure>> FiguresAsync(
        ProofBench bench,
        ValueList<string> script,
        CancellationToken cancellationToken
    )
    {
        var text = await bench.RunAsync("bash", script, Plain, cancellationToken);
        return
        [
            .. text.Split('\n')
                .Where(l => l.Contains("inputs", StringComparison.Ordinal))
                .Select((l, n) => new ProofFigure($"target {n + 1}", l.Trim())),
        ];
    }

    private static async Task<ValueList<ProofFigure>> ReproducibleAsync(ProofBench bench, CancellationToken cancellationToken)
    {
        var one = await ComposeAsync(bench, "one", new("022", "UTC", "C"), cancellationToken);
        var two = await ComposeAsync(bench, "two", new("077", "Asia/Tokyo", "en_US.UTF-8"), cancellationToken);
        return one == two
            ? one
            : throw new PipelineException(
                Diagnostic.Error(
                    "PL0314",
                    $"the two composes differ: {string.Join(", ", one.Except(two).Select(f => f.Name))}",
                    hint: $"compare them in '{bench.Directory}'"
                )
            );
    }

    /// <summary>
    /// Each architecture on its own, so that a mirror that is out of step for one names that one. PIPELINE_PROOF_ARGUMENTS_ARCH asks for
    /// another suite there, for example <c>--var suite=bookworm</c>: words between blanks.
    /// </summary>
    private static async Task<ValueList<ProofFigure>> ArchitecturesAsync(ProofBench bench, CancellationToken cancellationToken)
    {
        var figures = new List<ProofFigure>();
        foreach (var architecture in Architecture.All)
        {
            var more = Environment.GetEnvironmentVariable($"PIPELINE_PROOF_ARGUMENTS_{architecture.Name}") ?? "";
            ValueList<string> arguments =
            [
                "compose",
                "-C",
                Path.Combine(bench.Directory, architecture.Name),
                "--arch",
                architecture.Name,
                "--json",
                "manifests/minimal.yaml",
                .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ];
            using var made = JsonDocument.Parse(await bench.RunAsync("./pipeline", arguments, Plain, cancellationToken));
            figures.Add(new($"{architecture.Name} {more}".TrimEnd(), made.RootElement.GetProperty("commit").GetString()!));
        }

        return figures.ToValueList();
    }

    private static async Task<ValueList<ProofFigure>> ContainerHostAsync(ProofBench bench, CancellationToken cancellationToken)
    {
        var made = await ComposeAsync(bench, "os", new("022", "UTC", "C"), cancellationToken);
        return [.. made, await KolaAsync(bench, "os", OsTests, cancellationToken)];
    }

    /// <summary>The target makes the repository that this manifest is composed from.</summary>
    private static async Task<ValueList<ProofFigure>> RpmMinimalAsync(ProofBench bench, CancellationToken cancellationToken)
    {
        var work = Directory.CreateDirectory(Path.Combine(bench.Directory, "rpm")).FullName;
        ValueList<string> arguments = ["--target=Images", "--manifest=manifests/rpm-minimal.yaml", $"--workdir={work}", "--setup=never"];
        await bench.RunAsync("./build.sh", arguments, Plain, cancellationToken);
        return [.. await DigestsAsync(work, cancellationToken), await KolaAsync(bench, "rpm", OsTests, cancellationToken)];
    }

    /// <summary>Boots the latest build of a work directory; a test that fails ends the proof.</summary>
    private static async Task<ProofFigure> KolaAsync(ProofBench bench, string work, string tests, CancellationToken cancellationToken)
    {
        ValueList<string> arguments = ["kola", "run", "-C", Path.Combine(bench.Directory, work), "-E", tests, "--keep-going", "--json"];
        using var report = JsonDocument.Parse(await bench.RunAsync("./pipeline", arguments, Plain, cancellationToken));
        return new("kola tests passed", $"{report.RootElement.GetProperty("tests").EnumerateArray().Count()}");
    }

    private static async Task<ValueList<ProofFigure>> DevicesAsync(ProofBench bench, CancellationToken cancellationToken)
    {
        _ = await ComposeAsync(bench, "os", new("022", "UTC", "C"), cancellationToken);
        return [await KolaAsync(bench, "os", "tests/kola-harness", cancellationToken)];
    }

    private static async Task<ValueList<ProofFigure>> LiveAsync(ProofBench bench, CancellationToken cancellationToken)
    {
        var made = await ComposeAsync(bench, "os", new("022", "UTC", "C"), cancellationToken);
        var work = Path.Combine(bench.Directory, "os");
        await bench.RunAsync("./pipeline", ["images", "-C", work, "latest", "--platform", "live"], Plain, cancellationToken);
        var media = Path.Combine(work, "builds", "latest", "x86_64");
        return [.. made, .. await new LiveProof(bench, media).RunAsync(cancellationToken)];
    }

    private static async Task<ValueList<ProofFigure>> SabotageAsync(ProofBench bench, CancellationToken cancellationToken)
    {
        _ = await ComposeAsync(bench, "os", new("022", "UTC", "C"), cancellationToken);
        ValueList<string> arguments =
        [
            "kola",
            "sabotage",
            "-C",
            Path.Combine(bench.Directory, "os"),
            "-E",
            "kola-tests",
            "--manifest",
            Path.Combine(bench.Root, "manifests", "container-host.yaml"),
        ];
        var text = await bench.RunAsync("./pipeline", arguments, Plain, cancellationToken);
        return [new("sabotage", text.TrimEnd().Split('\n')[^1].Trim())];
    }

    /// <summary>Composes the default OS and makes its image, in a process whose umask, time zone and locale are set.</summary>
    private static async Task<ValueList<ProofFigure>> ComposeAsync(
        ProofBench bench,
        string name,
        ProcessSettings settings,
        CancellationToken cancellationToken
    )
    {
        var work = Directory.CreateDirectory(Path.Combine(bench.Directory, name)).FullName;
        var variables = new Dictionary<string, string> { ["TZ"] = settings.TimeZone, ["LC_ALL"] = settings.Locale };
        string[][] verbs =
        [
            ["compose", "-C", work, "manifests/container-host.yaml"],
            ["images", "-C", work, "latest", "--platform", "qemu"],
        ];
        foreach (var verb in verbs)
        {
            await bench.RunAsync(
                "sh",
                ["-c", "umask \"$1\" && shift && exec \"$@\"", "sh", settings.Umask, "./pipeline", .. verb],
                variables,
                cancellationToken
            );
        }

        return await DigestsAsync(work, cancellationToken);
    }

    /// <summary>The commit and the image of the latest build of a work directory.</summary>
    private static async Task<ValueList<ProofFigure>> DigestsAsync(string work, CancellationToken cancellationToken)
    {
        var figures = new List<ProofFigure>();
        foreach (var file in Artifacts(Path.Combine(work, "builds", "latest")))
        {
            figures.Add(new(Path.GetFileName(file), (await FileDigest.OfAsync(file, cancellationToken)).Hex));
        }

        return figures.Count >= 2
            ? figures.ToValueList()
            : throw new PipelineException(Diagnostic.Error("PL0315", $"'{work}' holds no commit and image", hint: "see the log"));
    }

    private static IEnumerable<string> Artifacts(string build) =>
        Directory
            .EnumerateFiles(build, "*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".tar", StringComparison.Ordinal) || f.EndsWith(".qcow2", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>What a process inherits and must not show in any byte.</summary>
    private sealed record ProcessSettings(string Umask, string TimeZone, string Locale);
}
