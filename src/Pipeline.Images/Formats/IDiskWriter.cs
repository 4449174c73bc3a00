using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Formats;

/// <summary>Writes disks in one format. Equal disks make equal files on every host.</summary>
internal interface IDiskWriter
{
    /// <summary>The format it writes.</summary>
    DiskFormat Format { get; }

    /// <summary>Programs that decide bytes, with their packages.</summary>
    ValueList<(string Program, string Package)> Programs { get; }

    /// <summary>Writes the raw disk <paramref name="raw"/>, which stays as it is, to the new file <paramref name="target"/>.</summary>
    /// <exception cref="PipelineException">PL0301, PL0302 the tool failed or is missing.</exception>
    Task WriteAsync(string raw, string target, CancellationToken cancellationToken);
}
