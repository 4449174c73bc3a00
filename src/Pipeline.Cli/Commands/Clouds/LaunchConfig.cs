using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary>The config of an instance: Ignition, or Butane that is translated.</summary>
internal sealed class LaunchConfig
{
    private readonly Option<string?> _ignition = new("--ignition", "-i") { Description = "Ignition config", HelpName = "FILE" };
    private readonly Option<string?> _butane = new("--butane") { Description = "Butane config", HelpName = "FILE" };

    /// <summary>Adds the options to a verb.</summary>
    public LaunchConfig(Command verb)
    {
        verb.Options.Add(_ignition);
        verb.Options.Add(_butane);
    }

    /// <summary>The Ignition config; <c>null</c> for none.</summary>
    public async Task<string?> ReadAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (ignition, butane) = (parsed.GetValue(_ignition), parsed.GetValue(_butane));
        if (ignition is not null && butane is not null)
        {
            throw new PipelineException(CloudUsage.TwoConfigs());
        }

        if (ignition is not null)
        {
            return Provisioner.Write(await ConfigFiles.ReadIgnitionAsync(services, ignition, cancellationToken), pretty: false);
        }

        if (butane is null)
        {
            return null;
        }

        var (name, bytes) = await ConfigFiles.ReadAsync(services, butane, cancellationToken);
        var problems = new DiagnosticBag();
        var config = Provisioner.Transpile(name, bytes, new ButaneOptions(), problems);
        ConfigFiles.Report(services, problems);
        return Provisioner.Write(config!, pretty: false);
    }
}
