using Pipeline.Compose;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Doctor;

/// <summary>The checks of a step's own façade, so that doctor and the step give the same answer.</summary>
internal static class StepChecks
{
    /// <summary>Where the mirrors of the shipped manifests are.</summary>
    public static async Task<IEnumerable<DoctorCheck>> MirrorsAsync(
        Services services,
        WorkDirectory work,
        CancellationToken cancellationToken
    )
    {
        using var http = HttpStack.Create();
        var composer = new Composer(
            new()
            {
                Tools = services.Tools,
                Reporter = services.Reporter,
                Time = services.Time,
                Environment = services.Environment,
                Http = http,
            }
        );
        return (await composer.FindMirrorsAsync(work, ["debian", "debian-security"], cancellationToken)).Select(m => new DoctorCheck(
            $"mirror {m.Id}",
            m.Url is null ? DoctorStatus.Broken : DoctorStatus.Good,
            m.Url ?? "none is known",
            m.Url is null ? m.Hint : null
        ));
    }

    /// <summary>What runs guests. Emulation is slow, not broken.</summary>
    public static async Task<DoctorCheck> AcceleratorAsync(Services services, WorkDirectory work, CancellationToken cancellationToken)
    {
        try
        {
            var (kvm, text) = await new KolaRunner(services.Tools, services.Reporter, services.Time).ProbeAsync(work, cancellationToken);
            return new("virtual machines", kvm ? DoctorStatus.Good : DoctorStatus.Degraded, text);
        }
        catch (PipelineException e)
        {
            return new("virtual machines", DoctorStatus.Broken, e.Diagnostics[0].Message.Split('\n')[0], e.Diagnostics[0].Hint);
        }
    }
}
