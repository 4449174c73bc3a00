using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline ignition merge</c>: children over a parent.</summary>
internal sealed class IgnitionMergeCommand : Verb
{
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "The parent and its children, in order; one may be - for standard input",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _embedded = new("--embedded") { Description = "Also merge the configs they embed by data: URLs" };
    private readonly Option<bool> _pretty = ConfigFiles.PrettyOption();
    private readonly Option<string?> _output = ConfigFiles.OutputOption();

    public IgnitionMergeCommand(Services services)
        : base(
            "merge",
            "Merges configs as Ignition does with ignition.config.merge: each over those before it",
            "pipeline ignition merge base.ign site.ign host.ign --output machine.ign"
        )
    {
        Arguments.Add(_files);
        Options.Add(_embedded);
        Options.Add(_pretty);
        Options.Add(_output);
        Run(
            async (parsed, cancellationToken) =>
            {
                IgnitionConfig? merged = null;
                foreach (var file in parsed.GetValue(_files)!)
                {
                    IgnitionConfig? child = await ConfigFiles.ReadIgnitionAsync(services, file, cancellationToken);
                    var problems = new DiagnosticBag();
                    child = parsed.GetValue(_embedded) ? Provisioner.Resolve(child, problems) : child;
                    merged = merged is null || child is null ? child : Provisioner.Merge(merged, child, problems);
                    ConfigFiles.Report(services, problems);
                }

                await ConfigFiles.WriteAsync(
                    services,
                    parsed.GetValue(_output),
                    Provisioner.Write(merged!, parsed.GetValue(_pretty)),
                    cancellationToken
                );
                return ExitClass.Done;
            }
        );
    }
}
