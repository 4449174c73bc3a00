using Pipeline.Host.Builds;
using Pipeline.Model.Values;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary>Small builds: two images, <c>commitmeta.json</c> and <c>meta.json</c>.</summary>
internal static class TestBuild
{
    /// <summary>Publishes one in <paramref name="builds"/>.</summary>
    /// <param name="builds">The work directory's.</param>
    /// <param name="id">Its version.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="seed">Another seed, other bytes.</param>
    /// <param name="metal">Bytes of the larger image; the other has 1000.</param>
    /// <param name="name">Its manifest's name.</param>
    /// <param name="stream">Its stream; <c>null</c> for none.</param>
    public static async Task<BuildStore> MakeAsync(
        BuildStore builds,
        string id,
        Arch architecture,
        string seed = "",
        int metal = 200_000,
        string name = "os",
        string? stream = null
    )
    {
        var staging = Path.Combine(builds.Root, ".staging");
        Directory.CreateDirectory(staging);
        var images = new List<string>();
        foreach (var (platform, suffix, size) in ((string, string, int)[])[("metal", "raw", metal), ("qemu", "qcow2", 1000)])
        {
            var bytes = Enumerable.Range(0, size).Select(i => (byte)((i * 31) + (i / 7) + seed.Length + platform.Length & 0xff)).ToArray();
            var file = $"os-{id}-{platform}.{architecture.Name}.{suffix}";
            await File.WriteAllBytesAsync(Path.Combine(staging, file), bytes);
            images.Add(
                $"\"{platform}\": {{\n      \"path\": \"{file}\",\n      "
                    + $"\"sha256\": \"{Digest.Of(bytes).Hex}\",\n      \"size\": {size}\n    }}"
            );
        }

        await File.WriteAllTextAsync(Path.Combine(staging, "commitmeta.json"), "{}\n");
        await File.WriteAllTextAsync(
            Path.Combine(staging, "meta.json"),
            $"{{\n  \"buildid\": \"{id}\",\n  \"name\": \"{name}\",\n  \"ostree-commit\": \"{Digest.Of($"{architecture} {seed}").Hex}\","
                + $"\n  \"images\": {{\n    {string.Join(",\n    ", images)}\n  }}\n}}\n"
        );
        if (stream is not null)
        {
            Directory.CreateDirectory(Path.Combine(staging, "steps"));
            await File.WriteAllTextAsync(BuildStore.StepFile(staging, "compose"), $"{{\"stream\": \"{stream}\"}}\n");
        }

        await builds.PublishAsync(staging, id, architecture, replace: false, _ => { }, CancellationToken.None);
        return builds;
    }
}
