using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Cli.Doctor;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline doctor</c>: what works on this machine, what is missing, and the line that fixes it.</summary>
internal sealed class DoctorCommand : Verb
{
    private readonly Option<bool> _json = JsonOption();

    /// <summary>The verb.</summary>
    public DoctorCommand(Services services)
        : base(
            "doctor",
            "Check tools, KVM, user namespaces, disk and mirrors; exit 3 if a build would fail",
            "pipeline doctor",
            "pipeline doctor --json"
        )
    {
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                List<DoctorCheck> checks = [.. HostChecks.Tools(services.Tools)];
                checks.AddRange(await HostChecks.NamespacesAsync(services.Tools, cancellationToken));
                checks.AddRange(await HostChecks.ArchitecturesAsync(services.Tools, cancellationToken));
                var work = services.WorkDirectory(parsed.GetValue(WorkDirectoryOption));
                checks.Add(HostChecks.Disk(work.Root));
                checks.AddRange(await StepChecks.MirrorsAsync(services, work, cancellationToken));
                checks.Add(await StepChecks.AcceleratorAsync(services, work, cancellationToken));
                if (parsed.GetValue(_json))
                {
                    services.Output.Write(Json(checks));
                }
                else
                {
                    Print(services.Text, checks);
                }

                return checks.Any(c => c.Status == DoctorStatus.Broken) ? ExitClass.MissingTool : ExitClass.Done;
            }
        );
    }

    private static void Print(TextWriter output, List<DoctorCheck> checks)
    {
        var width = checks.Max(c => c.Name.Length);
        foreach (var check in checks)
        {
            output.WriteLine($"{Word(check.Status), -8} {check.Name.PadRight(width)}  {check.Detail}");
            if (check.Fix is not null)
            {
                output.WriteLine($"{"", -8} {"".PadRight(width)}  fix: {check.Fix}");
            }
        }
    }

    private static string Json(List<DoctorCheck> checks) =>
        AnswerJson.Pretty<CheckAnswer[]>([.. checks.Select(c => new CheckAnswer(c.Name, Word(c.Status), c.Detail, c.Fix))]);

    private static string Word(DoctorStatus status) =>
        status switch
        {
            DoctorStatus.Good => "good",
            DoctorStatus.Degraded => "degraded",
            _ => "broken",
        };
}
