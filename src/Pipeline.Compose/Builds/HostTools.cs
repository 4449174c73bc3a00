using System.Security.Cryptography;
using Pipeline.Host.Builds;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>The programs and libraries of this machine that touch the bytes of a compose.</summary>
internal static class HostTools
{
    private static readonly string[] Programs = ["bwrap", "ostree"];
    private static readonly string[] Libraries = ["libostree-1.so.1", "liblzma.so.5", "libzstd.so.1", "libz.so.1"];

    /// <summary>Each with the digest of its file; what is not installed is left out and fails where it is needed.</summary>
    public static IEnumerable<StepInput> Inputs(IToolRunner tools)
    {
        foreach (var program in Programs)
        {
            if (tools.Find(program) is { } path)
            {
                yield return new($"tool {program}", DigestOf(path));
            }
        }

        var triplet = Architecture.Host.Triplet;
        foreach (var library in Libraries)
        {
            string[] places =
            [
                $"/usr/lib/{triplet}/{library}",
                $"/lib/{triplet}/{library}",
                $"/usr/lib64/{library}",
                $"/usr/lib/{library}",
            ];
            if (places.FirstOrDefault(File.Exists) is { } path)
            {
                yield return new($"library {library}", DigestOf(path));
            }
        }
    }

    /// <summary>Whether an input has a hand in unpacking and configuring; the others only write the commit.</summary>
    public static bool Configures(string input) => input is "tool bwrap" or "library liblzma.so.5" or "library libzstd.so.1";

    private static Digest DigestOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Digest.FromHash(SHA256.HashData(stream));
    }
}
