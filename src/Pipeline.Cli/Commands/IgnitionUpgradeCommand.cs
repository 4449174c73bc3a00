using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline ignition upgrade</c>: the same config in a newer version.</summary>
internal sealed class IgnitionUpgradeCommand : Verb
{
    private readonly Argument<string> _file = ConfigFiles.FileArgument();
    private readonly Option<string?> _to = new("--to")
    {
        Description = $"Version to write (default: {IgnitionVersion.Latest})",
        HelpName = "VERSION",
    };
    private readonly Option<bool> _pretty = ConfigFiles.PrettyOption();
    private readonly Option<string?> _output = ConfigFiles.OutputOption();

    public IgnitionUpgradeCommand(Services services)
        : base("upgrade", "Translates a config to a newer version of the specification", "pipeline ignition upgrade --to 3.4.0 config.ign")
    {
        Arguments.Add(_file);
        Options.Add(_to);
        Options.Add(_pretty);
        Options.Add(_output);
        Run(
            async (parsed, cancellationToken) =>
            {
                var text = parsed.GetValue(_to);
                var version = IgnitionVersion.Latest;
                if (text is not null && !IgnitionVersion.TryParse(text, out version))
                {
                    throw new PipelineException(
                        Diagnostic.Error(
                            "PL7030",
                            $"unsupported config version '{text}'",
                            hint: $"supported are {string.Join(", ", IgnitionVersion.All)}"
                        )
                    );
                }

                var config = await ConfigFiles.ReadIgnitionAsync(services, parsed.GetValue(_file)!, cancellationToken);
                var problems = new DiagnosticBag();
                var upgraded = Provisioner.Upgrade(config, version, problems);
                ConfigFiles.Report(services, problems);
                await ConfigFiles.WriteAsync(
                    services,
                    parsed.GetValue(_output),
                    Provisioner.Write(upgraded!, parsed.GetValue(_pretty)),
                    cancellationToken
                );
                return ExitClass.Done;
            }
        );
    }
}
