using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Images;
using Pipeline.Kola;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary>Makes a build again with one more layer over its tree, in a work directory of its own that shares the cache.</summary>
/// <param name="services">Programs, events, environment.</param>
/// <param name="boot">What the tests boot otherwise.</param>
/// <param name="manifest">The build's manifest; a relative path starts at the work directory.</param>
internal sealed class SabotageVariant(Services services, BootRequest boot, string manifest)
{
    /// <summary>Composes and images the variant.</summary>
    /// <param name="overlay">Absolute path of the layer's files.</param>
    /// <param name="name">The sabotage's name.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What to boot.</returns>
    public async Task<BootRequest> MakeAsync(string overlay, string name, CancellationToken cancellationToken)
    {
        var work = await PrepareAsync(name, cancellationToken);
        var variant = await WriteManifestAsync(work, overlay, cancellationToken);
        using var http = HttpStack.Create();
        var compose = new ComposeArguments { Manifest = variant, WorkDirectory = work.Root };
        await ComposeArguments.NewComposer(services, http).ComposeAsync(compose.Request(services), cancellationToken);
        await new ImageBuilder(services.Tools, services.Reporter, services.Time).BuildAsync(
            new() { WorkDirectory = work, Architecture = Architecture.Host },
            cancellationToken
        );
        return boot with { WorkDirectory = work, Build = null, Image = null };
    }

    private async Task<WorkDirectory> PrepareAsync(string name, CancellationToken cancellationToken)
    {
        var work = new WorkDirectory(Path.Combine(boot.WorkDirectory.Temporary, "sabotage-builds", name));
        if (Directory.Exists(work.Root))
        {
            Directory.Delete(work.Root, recursive: true);
        }

        Directory.CreateDirectory(work.Root);
        Directory.CreateDirectory(boot.WorkDirectory.Cache);
        Directory.CreateSymbolicLink(work.Cache, boot.WorkDirectory.Cache);
        var source = Path.GetDirectoryName(Path.GetFullPath(manifest, boot.WorkDirectory.Root))!;
        await services.Tools.RunAsync(new("cp", ["-a", "--", source, Manifests(work)]), cancellationToken);
        return work;
    }

    private async Task<string> WriteManifestAsync(WorkDirectory work, string overlay, CancellationToken cancellationToken)
    {
        const string layer = "99-sabotage";
        await services.Tools.RunAsync(
            new("cp", ["-a", "--", overlay, Path.Combine(Manifests(work), "overlay.d", layer)]),
            cancellationToken
        );
        var variant = Path.Combine(Manifests(work), "sabotage.yaml");
        await File.WriteAllTextAsync(
            variant,
            $"schema: compose/v1\ninclude: {Path.GetFileName(manifest)}\nostree-layers:\n  - overlay/{layer}\n",
            cancellationToken
        );
        return variant;
    }

    private static string Manifests(WorkDirectory work) => Path.Combine(work.Root, "manifests");
}
