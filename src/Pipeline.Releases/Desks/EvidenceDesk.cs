using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Evidence;

namespace Pipeline.Releases.Desks;

/// <summary>Façade of the gates: proofs made from what is recorded beside builds.</summary>
public sealed class EvidenceDesk
{
    private readonly ReleaseServices _services;

    internal EvidenceDesk(ReleaseServices services) => _services = services;

    /// <summary>Proves that a build of a work directory is tested.</summary>
    /// <param name="work">The work directory.</param>
    /// <param name="id">The build.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="policy">What it must show.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PipelineException">PL6120–PL6127 (class 5): every reason why it is not; no such build (class 2).</exception>
    public async Task<TestedBuild> RequireTestedAsync(
        WorkDirectory work,
        string id,
        Architecture architecture,
        TestPolicy policy,
        CancellationToken cancellationToken
    )
    {
        var builds = new BuildStore(work, _services.Time);
        var meta = await builds.ReadMetaAsync(id, architecture, cancellationToken);
        var directory = builds.Directory(id, architecture);
        var reasons = new DiagnosticBag();
        var proof = await TestedBuildGate.ProveAsync(meta, directory, directory, policy, reasons, cancellationToken);
        reasons.ThrowIfErrors();
        return proof!;
    }
}
