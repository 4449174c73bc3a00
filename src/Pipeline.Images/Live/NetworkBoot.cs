using Pipeline.Host.Builds;
using Pipeline.Images.Records;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>A network boot loader that there is a snippet for.</summary>
public enum NetworkBootLoader
{
    /// <summary>A script of iPXE.</summary>
    Ipxe,

    /// <summary>A menu of GRUB.</summary>
    Grub,
}

/// <summary>What starts the live system of a build from a server.</summary>
/// <param name="Kernel">File name of the kernel.</param>
/// <param name="Initramfs">File name of the initramfs.</param>
/// <param name="Root">File name of the root file system.</param>
/// <param name="Title">What the build is called.</param>
public sealed record NetworkBoot(string Kernel, string Initramfs, string Root, string Title)
{
    private const string Arguments = "ignition.firstboot ignition.platform.id=metal";

    /// <summary>The live media of a build.</summary>
    /// <param name="store">Where builds are.</param>
    /// <param name="build">A build's id, <c>latest</c>, <c>latest:NAME</c> or <c>latest:STREAM</c>.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="PipelineException">PL0360–PL0364 there is no such build; PL3131 it has no live media.</exception>
    public static async Task<NetworkBoot> OfAsync(
        BuildStore store,
        string build,
        Architecture architecture,
        CancellationToken cancellationToken
    )
    {
        var id = await store.ResolveAsync(build, architecture, cancellationToken);
        var records = await BuildRecords.OpenAsync(store, id, architecture, PlatformTable.Known, cancellationToken);
        return new(Name("live-kernel"), Name("live-initramfs"), Name("live-rootfs"), $"{records.Name} {id}");

        string Name(string artifact) =>
            records.Noted(artifact) is { } noted
                ? Path.GetFileName(noted.Path)
                : throw new PipelineException(LiveDiagnostics.NoMedia(id, artifact));
    }

    /// <summary>The snippet of a boot loader.</summary>
    /// <param name="loader">The boot loader.</param>
    /// <param name="server">URL of the directory with the three files.</param>
    /// <param name="arguments">Further kernel arguments.</param>
    /// <exception cref="PipelineException">PL3114, PL3127, PL3130 an argument or the URL cannot be written into it.</exception>
    public string Snippet(NetworkBootLoader loader, string server, ValueList<string> arguments)
    {
        var url = Checked(server);
        var address = server.TrimEnd('/');
        var line = string.Join(' ', [$"coreos.live.rootfs_url={address}/{Root}", Arguments, .. arguments.Select(Word)]);
        return loader == NetworkBootLoader.Ipxe
            ? $"""
                #!ipxe
                # {Title}, live
                kernel {address}/{Kernel} initrd=main {line}
                initrd --name main {address}/{Initramfs}
                boot

                """
            : $$"""
                menuentry '{{Title}} (live)' {
                  linux {{Grub(url)}}/{{Kernel}} {{line}}
                  initrd {{Grub(url)}}/{{Initramfs}}
                }

                """;
    }

    /// <summary>A URL as GRUB writes it; it has no TLS.</summary>
    private static string Grub(Uri url) =>
        url.Scheme is "http" or "tftp"
            ? $"({url.Scheme},{url.Authority}){url.AbsolutePath.TrimEnd('/')}"
            : throw new PipelineException(LiveDiagnostics.NoTls(url.OriginalString));

    private static Uri Checked(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && parsed.Scheme is "http" or "https" or "tftp"
        && url.All(c => char.IsAsciiLetterOrDigit(c) || "-._~:/%[]".Contains(c, StringComparison.Ordinal))
            ? parsed
            : throw new PipelineException(LiveDiagnostics.BadUrl(url));

    private static string Word(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-._,:=/@%+~".Contains(c, StringComparison.Ordinal))
            ? argument
            : throw new PipelineException(LiveDiagnostics.BadKernelArgument(argument, "would be read as something else by a boot loader"));
}
