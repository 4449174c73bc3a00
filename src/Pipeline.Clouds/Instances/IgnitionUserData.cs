using System.IO.Compression;
using System.Text;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Clouds.Instances;

/// <summary>Makes an Ignition config fit into what a provider takes.</summary>
internal static class IgnitionUserData
{
    /// <summary>The oldest version of Ignition's configs in which a config may be compressed.</summary>
    private const string Version = "3.1.0";

    /// <summary>
    /// The config as it is when it is small enough, else a config that is replaced by it, compressed, from a <c>data:</c> URL.
    /// </summary>
    /// <exception cref="PipelineException">PL6069 it is too large all the same.</exception>
    public static byte[] Fit(string platform, string config, int most)
    {
        var plain = Encoding.UTF8.GetBytes(config);
        if (plain.Length <= most)
        {
            return plain;
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        var source = "data:;base64," + Convert.ToBase64String(packed.GetBuffer().AsSpan(0, (int)packed.Length));
        var small = Encoding.UTF8.GetBytes(
            "{\"ignition\":{\"config\":{\"replace\":{\"compression\":\"gzip\",\"source\":\""
                + source
                + "\"}},\"version\":\""
                + Version
                + "\"}}"
        );
        return small.Length <= most ? small : throw new PipelineException(CloudDiagnostics.UserDataTooLarge(platform, small.Length, most));
    }
}
