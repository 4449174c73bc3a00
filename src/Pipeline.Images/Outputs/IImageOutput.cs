using Pipeline.Host.Archives;
using Pipeline.Host.Builds;
using Pipeline.Images.Disks;
using Pipeline.Images.Recipes;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>A file that an output makes.</summary>
/// <param name="Name">Its key in <c>images</c> of meta.json.</param>
/// <param name="Platform">The platform it is for, or <c>null</c>.</param>
/// <param name="FileName">Its name in the build's directory, with the suffix of its compression.</param>
/// <param name="Compression">What is done to the file the output writes before it is published.</param>
internal sealed record PlannedArtifact(string Name, string? Platform, string FileName, Compression Compression)
{
    /// <summary>What its boot loader gives the kernel; noted beside the build.</summary>
    public ValueList<string> KernelArguments { get; init; } = [];
}

/// <summary>What outputs are made from: one commit, as an archive or as a disk.</summary>
internal interface IImageSource
{
    /// <summary>Takes the commit out of its archive, into an empty directory; digest and commit are those the build names.</summary>
    /// <exception cref="PipelineException">PL3010–PL3012 the archive is refused.</exception>
    Task<ExtractedCommit> CommitAsync(string directory, CancellationToken cancellationToken);

    /// <summary>The raw disk of <paramref name="recipe"/>; the caller disposes it. Several may be in use at the same time.</summary>
    Task<DiskView> DiskAsync(DiskRecipe recipe, CancellationToken cancellationToken);
}

/// <summary>Makes one or more named artifacts from one commit: a disk image, live media, a container.</summary>
internal interface IImageOutput
{
    /// <summary>What users ask for; the step record is <c>steps/image-NAME.json</c>.</summary>
    string Name { get; }

    /// <summary>Everything that decides the bytes.</summary>
    StepInputs Inputs { get; }

    /// <summary>The files it makes, each once, in a fixed order.</summary>
    ValueList<PlannedArtifact> Artifacts { get; }

    /// <summary>Writes every artifact, not yet compressed. Equal sources make equal bytes; nothing else is left behind.</summary>
    /// <param name="source">The commit.</param>
    /// <param name="targets">Paths of new files, one per artifact in the same order.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    Task MakeAsync(IImageSource source, IReadOnlyList<string> targets, CancellationToken cancellationToken);
}

/// <summary>
/// An output with one artifact that is written from its first byte to its last, so that it is compressed while it is made.
/// </summary>
internal interface IStreamedOutput : IImageOutput
{
    /// <summary>Memory that it may take at most while it is written and compressed.</summary>
    ByteSize Memory { get; }

    /// <summary>Writes the artifact, not yet compressed.</summary>
    /// <param name="source">The commit.</param>
    /// <param name="target">Takes the bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    Task WriteAsync(IImageSource source, ImageStream target, CancellationToken cancellationToken);
}
