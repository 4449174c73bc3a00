using System.CommandLine;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline kola sabotage</c>: proves the tests themselves, on machines whose subject is broken.</summary>
internal sealed class KolaSabotageCommand : Verb
{
    private readonly Option<string?> _build = BuildOption();
    private readonly Option<string?> _output = new("--output-dir", "-o")
    {
        Description = "Where logs go (default: tmp/sabotage); emptied first",
        HelpName = "DIR",
    };
    private readonly Option<string> _manifest = new("--manifest")
    {
        Description = "Manifest of the build, for a sabotage that needs another layer",
        DefaultValueFactory = _ => ComposeArguments.DefaultManifest,
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
                    Variant = new SabotageVariant(
                        services,
                        boot.Request(services, parsed, null),
                        parsed.GetRequiredValue(_manifest)
                    ).MakeAsync,
                };
                var report = await new KolaRunner(services.Tools, services.Reporter, services.Time).SabotageAsync(
                    request,
                    cancellationToken
                );
                await services.Text.WriteAsync(KolaRunner.Table(report));
                return report.Passed ? ExitClass.Done : ExitClass.WorkFailed;
            }
        );
    }
}
