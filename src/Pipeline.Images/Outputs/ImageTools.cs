using Pipeline.Host.Builds;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>Everything of the host that decides the bytes of images: a new mke2fs makes a new image.</summary>
/// <param name="Programs">Programs and libraries.</param>
/// <param name="Files">The boot loader's files.</param>
internal sealed record ImageTools(StepTools Programs, ValueList<LoaderFiles> Files)
{
    /// <summary>One input per program and library, and one per folder of boot loader files.</summary>
    /// <exception cref="PipelineException">PL0302 or PL3032 for each that is missing, all at once.</exception>
    public async Task<ValueList<StepInput>> FingerprintAsync(ToolFingerprint host, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        foreach (var missing in host.Missing(Programs))
        {
            problems.Add(missing);
        }

        foreach (var folder in Files.Where(f => !f.Installed))
        {
            problems.Add(ImageDiagnostics.NoBootLoader(folder.Directory, folder.Package));
        }

        problems.ThrowIfErrors();
        var inputs = new List<StepInput>(host.Of(Programs));
        await host.SaveAsync(cancellationToken);
        foreach (var folder in Files)
        {
            inputs.Add(await folder.InputAsync(cancellationToken));
        }

        return [.. inputs];
    }
}
