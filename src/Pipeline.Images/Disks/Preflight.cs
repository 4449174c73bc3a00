using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Disks;

/// <summary>Looks before the leap: disk space and privileges.</summary>
internal static class Preflight
{
    /// <summary>Fails with PL3031 unless <paramref name="directory"/>'s file system has <paramref name="needed"/> free.</summary>
    public static void Require(string directory, ByteSize needed, string what)
    {
        var free = ByteSize.FromBytes(UnixFile.FreeBytes(directory));
        if (free.CompareTo(needed) < 0)
        {
            throw new PipelineException(ImageDiagnostics.NoSpace(directory, free, needed, what));
        }
    }

    /// <summary>Fails with PL3030 unless this process may give files to their owners.</summary>
    public static void RequireOwnership()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new PipelineException(ImageDiagnostics.NotRoot());
        }
    }
}
