using System.IO.Compression;
using System.Security.Cryptography;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Output;
using Pipeline.Host.Signing;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Downloads;

namespace Pipeline.Releases.Desks;

/// <summary>An image to fetch: by stream, or by its address.</summary>
public sealed record DownloadRequest
{
    /// <summary>The stream.</summary>
    public required string Stream { get; init; }

    /// <summary>URL or directory of stream metadata; <c>STREAM.json</c> is read in it.</summary>
    public required string StreamBase { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The platform.</summary>
    public required string Platform { get; init; }

    /// <summary>The format, such as <c>raw.xz</c>, <c>iso</c> or <c>pxe</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The address of an image instead; <c>.sig</c> is appended for its signature.</summary>
    public string? Url { get; init; }

    /// <summary>Where files go; made when it is missing.</summary>
    public required string Directory { get; init; }

    /// <summary>Files with the publisher's keys, armoured or binary.</summary>
    public ValueList<string> Keys { get; init; } = [];

    /// <summary>Whether files are decompressed; signatures are not kept then.</summary>
    public bool Decompress { get; init; }

    /// <summary>Whether a signature that cannot be checked is accepted.</summary>
    public bool Insecure { get; init; }
}

/// <summary>Façade of <c>download</c>: published images with their signatures and digests checked.</summary>
public sealed class DownloadDesk
{
    private const ulong XzMemory = 1UL << 30;
    private const int LargestSignature = 1 << 20;
    private readonly ReleaseServices _services;

    internal DownloadDesk(ReleaseServices services) => _services = services;

    /// <summary>
    /// Fetches the files. What a former run left half is gone on from; nothing has its name before digest and signature were checked.
    /// </summary>
    /// <returns>The files as the user would name them.</returns>
    /// <exception cref="PipelineException">PL5600–PL5608, PL0383; the network failed (class 4).</exception>
    public async Task<ValueList<string>> FetchAsync(DownloadRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var keys = await KeysAsync(request, cancellationToken);
        using var http = HttpStack.Create();
        var files = request.Url is { } url
            ? [new Wanted(url, $"{url}.sig", null, null)]
            : await FindAsync(request, new(http, _services.Time), cancellationToken);
        var directory = Directory.CreateDirectory(_services.FullPath(request.Directory)).FullName;
        var made = new List<string>();
        foreach (var file in files)
        {
            using var step = _services.Reporter.Step($"download {NameOf(file.Url)}");
            var path = await FetchAsync(request, file, directory, keys, (http, step), cancellationToken);
            made.Add(Path.Combine(request.Directory, Path.GetFileName(path)));
            step.Done();
        }

        return [.. made];
    }

    private async Task<string> FetchAsync(
        DownloadRequest request,
        Wanted file,
        string directory,
        ReadOnlyMemory<byte>? keys,
        (HttpClient Http, IStep Step) on,
        CancellationToken cancellationToken
    )
    {
        var target = Path.Combine(directory, NameOf(file.Url));
        var final = request.Decompress ? Plain(file.Url, target) : target;
        var expected = request.Decompress ? file.PlainDigest : file.Digest;
        if (expected is { } known && RegularFile.Is(final) && await FileDigest.OfAsync(final, cancellationToken) == known)
        {
            _services.Reporter.Note($"{Path.GetFileName(final)} is there already", on.Step);
            return final;
        }

        var part = target + ".part";
        var signature = await SignatureAsync(request, file, on.Http, cancellationToken);
        await CheckedAsync(file, part, on, cancellationToken);
        if (keys is { } ring && signature is not null)
        {
            await TrustAsync(file.Url, part, ring, signature, cancellationToken);
        }
        else
        {
            _services.Reporter.Report(DownloadDiagnostics.Insecure(file.Url));
        }

        if (request.Decompress)
        {
            await DecompressAsync(file, part, final, cancellationToken);
        }
        else
        {
            if (signature is not null)
            {
                await AtomicFile.WriteAsync(target + ".sig", signature, cancellationToken);
            }

            File.Move(part, target, overwrite: true);
        }

        ResumableFile.Forget(part);
        AtomicFile.SyncFileSystem(directory);
        return final;
    }

    /// <summary>
    /// Fetches until the digest is right: when it is not, once more from the beginning, because what was there may be of another file.
    /// </summary>
    private async Task CheckedAsync(Wanted file, string part, (HttpClient Http, IStep Step) on, CancellationToken cancellationToken)
    {
        var source = new ResumableFile(on.Http, _services.Time);
        for (var isLast = false; ; isLast = true)
        {
            await source.FetchAsync(file.Url, part, on.Step, cancellationToken);
            if (file.Digest is not { } expected)
            {
                return;
            }

            var actual = await FileDigest.OfAsync(part, cancellationToken);
            if (actual == expected)
            {
                return;
            }

            ResumableFile.Forget(part);
            if (isLast)
            {
                throw new PipelineException(DownloadDiagnostics.WrongDigest(file.Url, expected, actual));
            }
        }
    }

    private async Task TrustAsync(string url, string part, ReadOnlyMemory<byte> keys, byte[] signature, CancellationToken cancellationToken)
    {
        try
        {
            await DetachedSignature.RequireAsync(_services.Tools, url, keys, signature, part, cancellationToken);
        }
        catch (PipelineException e) when (e.Exit == ExitClass.Refused)
        {
            ResumableFile.Forget(part);
            throw;
        }
    }

    /// <summary>The signature, or <c>null</c> when there is none and none is needed.</summary>
    private async Task<byte[]?> SignatureAsync(DownloadRequest request, Wanted file, HttpClient http, CancellationToken cancellationToken)
    {
        if (file.Signature is not { Length: > 0 } url)
        {
            return request.Insecure ? null : throw new PipelineException(DownloadDiagnostics.NoSignature(file.Url));
        }

        byte[] bytes;
        try
        {
            bytes = await new DocumentSource(http, _services.Time).ReadAsync(url, url, cancellationToken);
        }
        catch (PipelineException e) when (e.Exit == ExitClass.BadInput)
        {
            return request.Insecure ? null : throw new PipelineException(DownloadDiagnostics.NoSignature(file.Url), e);
        }

        return bytes.Length <= LargestSignature ? bytes : throw new PipelineException(DownloadDiagnostics.NoSignature(file.Url));
    }

    private static async Task DecompressAsync(Wanted file, string part, string final, CancellationToken cancellationToken)
    {
        var temporary = final + ".tmp";
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var source = Decoder(file.Url, RegularFile.OpenStream(part)))
            await using (var target = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1))
            {
                var buffer = new byte[1 << 20];
                int read;
                while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }

            var actual = Digest.FromHash(hash.GetHashAndReset());
            if (file.PlainDigest is { } expected && actual != expected)
            {
                throw new PipelineException(DownloadDiagnostics.WrongDigest(file.Url, expected, actual));
            }

            File.Move(temporary, final, overwrite: true);
        }
        catch (InvalidDataException e)
        {
            throw new PipelineException(DownloadDiagnostics.BadContent(file.Url, e.Message), e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static Stream Decoder(string url, Stream source) =>
        Path.GetExtension(NameOf(url)) switch
        {
            ".xz" => new LzmaStream(source, XzMemory, leaveOpen: false),
            ".gz" => new GZipStream(source, CompressionMode.Decompress),
            _ => new ZstdStream(source),
        };

    private static string Plain(string url, string target) =>
        Path.GetExtension(target) is ".xz" or ".gz" or ".zst"
            ? Path.ChangeExtension(target, null)
            : throw new PipelineException(DownloadDiagnostics.NotCompressed(url));

    private async Task<ReadOnlyMemory<byte>?> KeysAsync(DownloadRequest request, CancellationToken cancellationToken)
    {
        if (request.Keys.Count == 0)
        {
            return request.Insecure ? null : throw new PipelineException(DownloadDiagnostics.NoKeys());
        }

        var all = new MemoryStream();
        foreach (var path in request.Keys)
        {
            var bytes = await RegularFile.ReadAsync(_services.FullPath(path), 4L << 20, cancellationToken);
            all.Write(PublicKeys.Read(bytes) ?? throw new PipelineException(DownloadDiagnostics.BadKey(path)));
        }

        return all.ToArray();
    }

    private async Task<Wanted[]> FindAsync(DownloadRequest request, DocumentSource source, CancellationToken cancellationToken)
    {
        var document = await ReadAsync(_services, request.StreamBase, request.Stream, source, cancellationToken);
        var architecture = Of(document.Architectures, "architecture", request.Architecture.Name);
        var platform = Of(architecture.Artifacts, "platform", request.Platform);
        var format = Of(platform.Formats, "format", request.Format);
        _services.Reporter.Note($"{request.Stream} {platform.Release}");
        return
        [
            .. ((StreamArtifact?[])[format.Disk, format.Kernel, format.Initramfs, format.Rootfs])
                .OfType<StreamArtifact>()
                .Select(a => new Wanted(
                    a.Location,
                    a.Signature,
                    Digest.Parse(a.Sha256),
                    Digest.TryParse(a.UncompressedSha256, out var plain) ? plain : null
                )),
        ];
    }

    /// <summary>The metadata of a stream.</summary>
    internal static async Task<StreamDocument> ReadAsync(
        ReleaseServices services,
        string streams,
        string stream,
        DocumentSource source,
        CancellationToken cancellationToken
    )
    {
        if (!StreamName.TryParse(stream, out _))
        {
            throw new PipelineException(DownloadDiagnostics.BadUrl(stream));
        }

        var shown = $"{streams.TrimEnd('/')}/{stream}.json";
        var place = DocumentSource.IsUrl(shown) ? shown : services.FullPath(shown);
        return DocumentFile.Parse<StreamDocument>(shown, await source.ReadAsync(place, shown, cancellationToken)).Value;
    }

    internal static T Of<T>(ValueMap<T> map, string what, string name) =>
        map.TryFind(name, out var found) ? found : throw new PipelineException(DownloadDiagnostics.Unknown(what, name, map.Keys));

    /// <summary>The last part of an address, which becomes a file name here.</summary>
    private static string NameOf(string url)
    {
        var name = Uri.TryCreate(url, UriKind.Absolute, out var parsed) && DocumentSource.IsUrl(url) ? parsed.Segments[^1] : "";
        return
            name.Length > 0
            && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+')
            ? name
            : throw new PipelineException(DownloadDiagnostics.BadUrl(url));
    }

    /// <summary>A file and what is known of it.</summary>
    private sealed record Wanted(string Url, string? Signature, Digest? Digest, Digest? PlainDigest);
}
