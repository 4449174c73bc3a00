using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats;

/// <summary>Writes disks in one format. Equal disks make equal files on every host.</summary>
internal interface IDiskWriter
{
    /// <summary>The format it writes.</summary>
    DiskFormat Format { get; }

    /// <summary>Programs and libraries of the host that decide bytes.</summary>
    StepTools Tools { get; }

    /// <summary>Writes the raw disk <paramref name="raw"/>, which stays as it is, to the new file <paramref name="target"/>.</summary>
    /// <exception cref="PipelineException">PL0301, PL0302 the tool failed or is missing.</exception>
    Task WriteAsync(string raw, string target, CancellationToken cancellationToken);
}
