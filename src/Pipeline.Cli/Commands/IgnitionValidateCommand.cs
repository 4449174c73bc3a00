using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline ignition validate</c>.</summary>
internal sealed class IgnitionValidateCommand : Verb
{
    private readonly Argument<string> _file = ConfigFiles.FileArgument();
    private readonly Option<bool> _strict = new("--strict", "-s") { Description = "Fail on warnings" };
    private readonly Option<bool> _json = JsonOption();

    public IgnitionValidateCommand(Services services)
        : base("validate", "Checks an Ignition config by every rule of its version", "pipeline ignition validate config.ign")
    {
        Arguments.Add(_file);
        Options.Add(_strict);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (name, bytes) = await ConfigFiles.ReadAsync(services, parsed.GetValue(_file)!, cancellationToken);
                var problems = new DiagnosticBag();
                Provisioner.ReadIgnition(name, bytes, problems);
                if (parsed.GetValue(_json))
                {
                    services.Output.Write(AnswerJson.Pretty<ProblemAnswer[]>([.. problems.Items.Select(ProblemAnswer.Of)]));
                    var failed = problems.HasErrors || (parsed.GetValue(_strict) && problems.Items.Count > 0);
                    return failed ? ExitClass.BadInput : ExitClass.Done;
                }

                ConfigFiles.Report(services, problems, parsed.GetValue(_strict));
                return ExitClass.Done;
            }
        );
    }
}
