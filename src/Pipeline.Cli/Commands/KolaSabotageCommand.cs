using System.CommandLine;
using Pipeline.Host.Tools;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline kola sabotage</c>: proves the tests themselves, on machines whose subject is broken.</summary>
internal sealed class KolaSabotageCommand : Verb
{
    private readonly Option<string?> _build = new("--build", "-b") { Description = "Build id (default: latest)", HelpName = "ID" };
    private readonly Option<string?> _output = new("--output-dir", "-o")
    {
        Description = "Where logs go (default: tmp/sabotage); emptied first",
        HelpName = "DIR",
    };
    private readonly Option<string> _manifest = new("--manifest")
    {
        Description = "Manifest of the build, for a sabotage that needs another layer",
        DefaultValueFactory = _ => "manifests/container-host.yaml",
        HelpName = "FILE",
    };

    /// <summary>The verb.</summary>
    public KolaSabotageCommand(Services services)
        : base(
            "sabotage",
            "Run each test on a machine whose subject is broken; the test must fail",
            "pipeline kola sabotage",
            "pipeline kola sabotage 'ext.kola-tests.system.*'"
        )
    {
        var tests = new KolaOptions(this);
        var boot = new BootOptions(this);
        foreach (var option in (Option[])[_build, _output, _manifest])
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var request = new SabotageRequest
                {
                    Kola = tests.Request(services, parsed, boot.Request(services, parsed, parsed.GetValue(_build))) with
                    {
                        OutputDirectory = parsed.GetValue(_output) is { } output ? services.FullPath(output) : null,
                    },
                    Variant = (overlay, name, token) =>
                        VariantAsync(services, boot.Request(services, parsed, null), parsed.GetValue(_manifest)!, overlay, name, token),
                };
                var report = await new KolaRunner(services.Tools, services.Reporter, services.Time).SabotageAsync(
                    request,
                    cancellationToken
                );
                await services.Output.WriteAsync(KolaRunner.Table(report));
                return report.Passed ? ExitClass.Done : ExitClass.WorkFailed;
            }
        );
    }

    /// <summary>
    /// Composes the manifest with one more layer in a work directory of its own that shares the cache, by this program's own verbs: a compose may
    /// have to start itself again inside a user namespace, and that must not repeat what has run here.
    /// </summary>
    private static async Task<BootRequest> VariantAsync(
        Services services,
        BootRequest boot,
        string manifest,
        string overlay,
        string name,
        CancellationToken cancellationToken
    )
    {
        var source = Path.GetFullPath(manifest, boot.WorkDirectory.Root);
        var root = Path.Combine(boot.WorkDirectory.Temporary, "sabotage-builds", name);
        var manifests = Path.Combine(root, "manifests");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Directory.CreateDirectory(root);
        Directory.CreateDirectory(boot.WorkDirectory.Cache);
        Directory.CreateSymbolicLink(Path.Combine(root, "cache"), boot.WorkDirectory.Cache);
        await services.Tools.RunAsync(new("cp", ["-a", "--", Path.GetDirectoryName(source)!, manifests]), cancellationToken);
        await services.Tools.RunAsync(
            new("cp", ["-a", "--", overlay, Path.Combine(manifests, "overlay.d", "99-sabotage")]),
            cancellationToken
        );
        var variant = Path.Combine(manifests, "sabotage.yaml");
        await File.WriteAllTextAsync(
            variant,
            $"schema: compose/v1\ninclude: {Path.GetFileName(source)}\nostree-layers:\n  - overlay/99-sabotage\n",
            cancellationToken
        );
        var environment = new[] { "PIPELINE_MIRROR" }
            .Where(n => services.Environment(n) is not null)
            .ToDictionary(n => n, n => services.Environment(n)!);
        foreach (var line in new[] { new[] { "compose", variant }, ["images", "latest", "--platform", "qemu"] })
        {
            var command = new ToolCommand(Environment.ProcessPath!, [.. Program(), "-C", root, .. line])
            {
                Environment = environment,
                OnErrorLine = services.Reporter.Note,
            };
            await services.Tools.RunAsync(command, cancellationToken);
        }

        return boot with
        {
            WorkDirectory = new(root),
            Build = null,
            Image = null,
        };
    }

    /// <summary>The assembly when we run by <c>dotnet</c>, nothing when we are a program of our own.</summary>
    private static string[] Program() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(KolaSabotageCommand).Assembly.Location] : [];
}
