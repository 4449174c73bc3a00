using Pipeline.Model.Values;

namespace Pipeline.Model.Pipelines;

/// <summary>What a pipeline builds for one stream: the config's defaults with what the stream adds, replaces and leaves out.</summary>
public static class PipelineScope
{
    /// <summary>Architectures of the stream: x86_64 first, then the additional ones in their order.</summary>
    /// <param name="config">The pipeline.</param>
    /// <param name="stream">A key of <see cref="PipelineConfig.Streams"/>; one that is missing builds what the defaults say.</param>
    public static ValueList<string> Architectures(PipelineConfig config, string stream)
    {
        var own = config.Streams.Find(stream);
        var additional = own?.AdditionalArches ?? config.AdditionalArches ?? [];
        return ((string[])[Architecture.X86_64.Name])
            .Concat(additional)
            .Distinct(StringComparer.Ordinal)
            .Except(own?.SkipAdditionalArches ?? [], StringComparer.Ordinal)
            .ToValueList();
    }

    /// <summary>Artifacts of the stream on one architecture, each once, in the order of the config.</summary>
    /// <param name="config">The pipeline.</param>
    /// <param name="stream">A key of <see cref="PipelineConfig.Streams"/>.</param>
    /// <param name="architecture">RPM's name.</param>
    public static ValueList<string> Artifacts(PipelineConfig config, string stream, string architecture)
    {
        var own = config.Streams.Find(stream);
        return Both(own?.Artifacts ?? config.DefaultArtifacts)
            .Concat(Both(own?.AdditionalArtifacts))
            .Distinct(StringComparer.Ordinal)
            .Except(Both(own?.SkipArtifacts), StringComparer.Ordinal)
            .ToValueList();

        IEnumerable<string> Both(Contracts.ValueMap<ValueList<string>>? lists) =>
            (lists?.Find("all") ?? []).Concat(lists?.Find(architecture) ?? []);
    }
}
