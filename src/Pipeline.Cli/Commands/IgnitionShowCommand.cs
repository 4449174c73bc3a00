using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline ignition show</c>: a config explained to people.</summary>
internal sealed class IgnitionShowCommand : Verb
{
    private readonly Argument<string> _file = ConfigFiles.FileArgument();
    private readonly Option<bool> _json = JsonOption();

    public IgnitionShowCommand(Services services)
        : base("show", "Explains what a config does: users, files with sizes, units, disks", "pipeline ignition show config.ign")
    {
        Arguments.Add(_file);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var config = await ConfigFiles.ReadIgnitionAsync(services, parsed.GetValue(_file)!, cancellationToken);
                services
                    .Answer(exact: parsed.GetValue(_json))
                    .Write(parsed.GetValue(_json) ? Provisioner.Write(config, pretty: true) : Provisioner.Describe(config));
                return ExitClass.Done;
            }
        );
    }
}
