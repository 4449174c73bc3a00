using System.Text;
using Pipeline.Host.Net.Objects;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Configs;
using Pipeline.Model.Denylists;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Pipelines;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;
using Pipeline.Provisioning;
using Pipeline.Provisioning.Validation;
using Pipeline.Releases.Contracts;
using Pipeline.Releases.Differences;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Evidence;
using Pipeline.UpdateServer;

namespace Pipeline.Fuzz;

/// <summary>Parsers of text: documents, configs, what people and guests write.</summary>
internal static class TextTargets
{
    private static readonly DateTimeOffset Now = new(2026, 7, 20, 12, 30, 0, TimeSpan.Zero);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("json", "Model", () => SeedFiles.Of("Contracts", "*.json"), Json),
        FuzzTarget.OfText(
            "yaml",
            "Model",
            () => SeedFiles.Of("Contracts", "*.y*ml"),
            (text, problems) => YamlText.Parse("f", text, problems)
        ),
        new("contract", "Model", ContractSeeds, Contracts),
        new(
            "lockfile",
            "Model",
            () => SeedFiles.Of("Contracts", "manifest-lock*"),
            b => LockfileReader.Read("f", b, Architecture.X86_64, new DiagnosticBag())
        ),
        FuzzTarget.OfText("denylist", "Model", () => SeedFiles.Of("Contracts", "kola-denylist.yaml"), (t, p) => Denylist.Read("f", t, p)),
        FuzzTarget.OfText(
            "pipeline-config",
            "Model",
            () => SeedFiles.Of("Contracts", "pipeline.yaml"),
            (t, p) => PipelineConfigReader.Read("f", t, p)
        ),
        FuzzTarget.OfText("image-config", "Model", () => SeedFiles.Of("CoreOsConfig", "*.yaml"), ImageConfigs),
        FuzzTarget.OfText(
            "build-arguments",
            "Model",
            () => SeedFiles.Of("CoreOsConfig", "build-args.conf"),
            (t, p) => BuildArguments.Read(new("f", t), p, [])
        ),
        new("butane", "Provisioning", () => SeedFiles.Of("Provisioning/butane", "*.bu"), Butane),
        new("ignition", "Provisioning", () => SeedFiles.Of("Provisioning/ignition", "*.ign"), Ignition),
        FuzzTarget.OfText("address", "Provisioning", () => SeedFiles.Lines(SeedLines.Addresses), Address),
        FuzzTarget.OfText("value", "Model", () => SeedFiles.Lines(SeedLines.Values), Value),
        FuzzTarget.OfText(
            "graph-query",
            "UpdateServer",
            () => SeedFiles.Lines(SeedLines.Queries),
            (t, _) => GraphQuery.Parse(t, out var _)
        ),
        new("kola-header", "Kola", () => SeedFiles.Below("kola-tests"), b => TestHeaderReader.Read("f", b, new(), new DiagnosticBag())),
        new("test-report", "Kola", () => SeedFiles.Lines(SeedLines.Reports), Report),
        FuzzTarget.OfText("commit-listing", "Releases", () => SeedFiles.Lines(SeedLines.Listings), Listing),
        FuzzTarget.OfText("package-lists", "Releases", () => SeedFiles.Lines(SeedLines.PackageLists), Packages),
        FuzzTarget.OfText("console", "Kola", () => FatalPatterns.All.Select(p => Encoding.UTF8.GetBytes(p.Sample)), Console),
    ];

    private static IEnumerable<byte[]> ContractSeeds() =>
        ContractKind.All.SelectMany(
            (kind, i) => SeedFiles.Of("Contracts", $"*{kind.Name}*.*").Take(2).Select(b => (byte[])[(byte)i, .. b])
        );

    private static void Listing(string text, DiagnosticBag problems) =>
        FuzzTarget.Refusing(() =>
        {
            var files = ListedFile.Parse(text);
            FuzzTarget.Promise(files.All(f => f.Key == f.Value.Path && f.Key.StartsWith('/')), "each file is under its own path");
        });

    /// <summary>A commit's own lists of its packages, and its files of kernel arguments.</summary>
    private static void Packages(string text, DiagnosticBag problems)
    {
        var packages = PackageLists.OfStatus(text).Concat(PackageLists.OfVariant(text)).ToArray();
        FuzzTarget.Promise(
            packages.All(p =>
                p.Value.Changelog is not { } url || Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == "https"
            ),
            "a changelog is a web address"
        );
        FuzzTarget.Promise(
            ArgumentFile.Read(text, "x86_64").All(a => !a.Contains('\n', StringComparison.Ordinal)),
            "a kernel argument is on one line"
        );
    }

    private static void Json(byte[] bytes)
    {
        var problems = new DiagnosticBag();
        var node = JsonText.Parse("f", bytes, problems);
        if (node is null || problems.HasErrors)
        {
            return;
        }

        var text = JsonTextWriter.Canonical(node);
        var again = JsonText.Parse("again", text, problems);
        FuzzTarget.Promise(again is not null && JsonTextWriter.Canonical(again) == text, "canonical JSON reads as itself");
    }

    /// <summary>The first byte chooses the kind.</summary>
    private static void Contracts(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            var kind = ContractKind.All[bytes[0] % ContractKind.All.Count];
            FuzzTarget.Refusing(() => ContractCheck.Run(kind, "f", bytes.AsMemory(1)));
        }
    }

    /// <summary>A text as each of the files beside a manifest, and as one that includes itself.</summary>
    private static void ImageConfigs(string text, DiagnosticBag problems)
    {
        var reader = new ImageSettingsReader(problems, []);
        reader.Platforms(new("p", text), reader.Image(new("f", text), "s", name => name.Length > 9 ? null : new(name, text)));
        ExtensionSet.Read(new("e", text), problems, []);
    }

    private static void Butane(byte[] bytes)
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.Transpile("f.bu", bytes, new ButaneOptions(), problems);
        FuzzTarget.Promise(config is null == problems.HasErrors, "a config is refused exactly when there is an error");
        Survives(config);
    }

    private static void Ignition(byte[] bytes)
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.ReadIgnition("f.ign", bytes, problems);
        FuzzTarget.Promise(config is null == problems.HasErrors, "a config is refused exactly when there is an error");
        Survives(config);
    }

    private static void Survives(IgnitionConfig? config)
    {
        if (config is not null)
        {
            var text = Provisioner.Write(config, pretty: false);
            var again = Provisioner.ReadIgnition("again", text, new DiagnosticBag());
            FuzzTarget.Promise(again is not null && Provisioner.Write(again, pretty: false) == text, "a config reads as it was written");
        }
    }

    private static void Address(string text, DiagnosticBag problems)
    {
        FuzzTarget.Refusing(() => StoreAddress.Parse(text, "/here"));
        GoUrl.Parse(text);
        DataUrl.Decode(text, out _);
    }

    private static void Value(string text, DiagnosticBag problems)
    {
        _ = ReleaseVersion.TryParse(text, out _);
        _ = StreamName.TryParse(text, out _);
        _ = RetentionAge.TryParse(text, out _);
        _ = Digest.TryParse(text, out _);
        FuzzTarget.Refusing(() => Moments.Parse(text, Now));
    }

    private static void Report(byte[] bytes)
    {
        ReportWriter.Parse("f", bytes);
        TestRecord.Read("f", bytes, out _);
    }

    private static void Console(string text, DiagnosticBag problems)
    {
        var scanner = new FatalScanner();
        foreach (var line in text.Split('\n'))
        {
            var plain = ConsoleFollower.Plain(line);
            FuzzTarget.Promise(!plain.Any(c => c < ' ' && c != '\t'), "a shown line has no control characters");
            scanner.Scan(plain);
        }
    }
}
