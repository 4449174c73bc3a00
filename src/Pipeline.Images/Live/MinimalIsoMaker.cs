using System.Text;
using Pipeline.Images.Live.Areas;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Images.Live;

/// <summary>Makes a live ISO without root file system of the full one, and tells it where to fetch its root file system.</summary>
internal static class MinimalIsoMaker
{
    private const string OwnRootFileSystem = "coreos.liveiso=";
    private const string Fetched = "coreos.live.rootfs_url=";

    /// <summary>Makes the image at a path that does not exist.</summary>
    /// <param name="iso">The full image; not customized.</param>
    /// <param name="path">Where to.</param>
    /// <param name="url">Where the root file system will be, or <c>null</c> to say so later, with <c>iso kargs modify</c>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="PipelineException">PL3101, PL3107, PL3111, PL3120, PL3121, PL3126, PL3127.</exception>
    public static async Task MakeAsync(LiveIso iso, string path, string? url, CancellationToken cancellationToken)
    {
        var image = iso.Image;
        if (iso.IsCustomized)
        {
            throw new PipelineException(LiveDiagnostics.Embedded(image.File));
        }

        var data = image.FindFile(MinimalIso.Document) is { } file
            ? MinimalIso.Read(image.File, image.Read(file, MinimalIso.Largest))
            : throw new PipelineException(LiveDiagnostics.Unsupported(image.File, "minimal ISOs"));
        await using (var stream = MediaWriter.Create(path))
        {
            await data.WriteAsync(image, stream, cancellationToken);
        }

        using var minimal = LiveIso.Open(path, image.File, cancellationToken);
        var without = WithoutOwn(minimal);
        minimal.KernelArguments = url is null ? without : $"{without} {Fetched}{Checked(url)}";
        var changes = minimal.Changes().ToList();
        if (DefaultChange(minimal.Image, without) is { } change)
        {
            changes.Add(change);
        }

        MediaWriter.Apply(path, changes);
    }

    /// <summary>The arguments without the one that makes the initramfs look for the root file system on the medium.</summary>
    private static string WithoutOwn(LiveIso minimal) =>
        string.Join(
            ' ',
            minimal
                .KernelArguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Where(a => !a.StartsWith(OwnRootFileSystem, StringComparison.Ordinal))
        );

    private static string Checked(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && parsed.Scheme is "http" or "https" or "tftp"
        && !url.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? url
            : throw new PipelineException(LiveDiagnostics.BadUrl(url));

    /// <summary>A reset of the minimal image must not bring the argument back.</summary>
    private static MediaChange? DefaultChange(IsoImage image, string arguments)
    {
        if (AreaDocument.Find(image, KernelArgumentArea.Document) is not { } document)
        {
            return null;
        }

        var entry = image.FindFile(KernelArgumentArea.Document)!;
        var changed = document.Root.With("default", new JsonTextString(arguments));
        var text = Encoding.UTF8.GetBytes(JsonTextWriter.Write(changed, JsonStyle.Compact));
        if (text.Length > entry.Length)
        {
            throw document.Bad("its new default does not fit");
        }

        var bytes = new byte[entry.Length];
        bytes.AsSpan().Fill((byte)' ');
        text.CopyTo(bytes, 0);
        return new(entry.Offset, bytes);
    }
}
