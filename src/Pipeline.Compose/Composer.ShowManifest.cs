using Pipeline.Compose.Manifests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

public sealed partial class Composer
{
    /// <summary>Flattens a manifest for one architecture.</summary>
    /// <remarks>What a compose would refuse because it is not supported yet is reported as a warning.</remarks>
    /// <exception cref="PipelineException">Everything that is wrong with it (class 2).</exception>
    public Manifest ShowManifest(ManifestQuery query)
    {
        var read = ManifestReader.Read(
            new()
            {
                Path = query.Path,
                Display = query.Display,
                Architecture = query.Architecture,
                Variables = query.Variables,
            }
        );
        foreach (
            var remark in read.Remarks.Concat(read.Blocking.Select(b => b with { Severity = Severity.Warning, Exit = ExitClass.Done }))
        )
        {
            _services.Reporter.Report(remark);
        }

        return read.Manifest;
    }
}

/// <summary>Which manifest to flatten, and for what.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Display">As the user named it.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Variables">Variables from outside; they win over the files'.</param>
public sealed record ManifestQuery(string Path, string Display, Architecture Architecture, IReadOnlyDictionary<string, string> Variables);
