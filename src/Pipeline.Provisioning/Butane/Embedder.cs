using System.Text;
using Pipeline.Model;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Butane;

/// <summary>Reads local files and puts contents into data URLs, choosing the smallest encoding as Butane does.</summary>
internal sealed class Embedder(ButaneVersion version, ButaneOptions options, DiagnosticBag problems)
{
    private const int TotalLimit = 256 * 1024 * 1024;
    private const int FileLimit = 64 * 1024 * 1024;
    private const int EncodingSince = 1;

    /// <summary>Header, an empty block and trailer: what is shorter already is not worth a try.</summary>
    private const int SmallestGzip = 20;
    private const string Base64 = ";base64,";
    private int _total;

    /// <summary>Whether there is a directory of local files; when not, that is reported.</summary>
    public bool HasLocalFiles(Origin at)
    {
        if (options.LocalFiles is null)
        {
            problems.Add(ButaneTexts.NoLocalFiles(at));
        }

        return options.LocalFiles is not null;
    }

    /// <summary>The bytes of a local file, or <c>null</c> after an error.</summary>
    public byte[]? Read(string path, Origin at)
    {
        if (!HasLocalFiles(at) || Inside(path, at) is not { } clean)
        {
            return null;
        }

        try
        {
            var bytes = options.LocalFiles!.Read(clean, FileLimit);
            if (bytes.Length > TotalLimit - _total)
            {
                problems.Add(Texts.TooMuch(at, TotalLimit));
                return null;
            }

            _total += bytes.Length;
            return bytes;
        }
        catch (PipelineException e)
        {
            problems.Add(ButaneTexts.LocalFile(at, e.Diagnostics[0]));
            return null;
        }
    }

    /// <summary>The text of a local file, or <c>null</c> after an error.</summary>
    public string? ReadText(string path, Origin at)
    {
        if (Read(path, at) is not { } bytes)
        {
            return null;
        }

        try
        {
            return new UTF8Encoding(false, true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            problems.Add(ButaneTexts.LocalNotText(at, path));
            return null;
        }
    }

    /// <summary>The entries of a local directory, or <c>null</c> after an error.</summary>
    public IReadOnlyList<LocalFile>? List(string path, Origin at)
    {
        if (Inside(path, at) is not { } clean)
        {
            return null;
        }

        try
        {
            return options.LocalFiles!.List(clean);
        }
        catch (PipelineException e)
        {
            problems.Add(ButaneTexts.LocalFile(at, e.Diagnostics[0]));
            return null;
        }
    }

    /// <summary>
    /// Sets <c>source</c> and, when the user did not, <c>compression</c>: escaped text, base64, or compressed base64 when that is shorter
    /// even with the word it costs. fcos 1.0.0 only escaped. An empty <c>compression</c> is written so that a parent's one is not
    /// inherited.
    /// </summary>
    public void Embed(byte[] bytes, SpecObject resource, Origin at)
    {
        if (!version.Ignition.Has(EncodingSince))
        {
            resource.With("source", "data:," + DataUrl.Escape(bytes), at);
            return;
        }

        var escaped = DataUrl.EscapedLength(bytes) + 1L;
        var encoded = Base64.Length + Base64Length(bytes.Length);
        var given = resource.HasText("compression");
        var shortest = Math.Min(escaped, encoded);
        var packed = !given && options.CompressResources && PackedLength(SmallestGzip) < shortest ? Gzip.Compress(bytes) : null;
        var usesGzip = packed is not null && PackedLength(packed.Length) < shortest;
        var data =
            usesGzip ? Base64 + Convert.ToBase64String(packed!)
            : encoded < escaped ? Base64 + Convert.ToBase64String(bytes)
            : "," + DataUrl.Escape(bytes);
        resource.With("source", "data:" + data, at);
        if (!given)
        {
            resource.With("compression", usesGzip ? "gzip" : "", at);
        }
    }

    private static long Base64Length(long bytes) => (bytes + 2) / 3 * 4;

    /// <summary>How long compressed bytes make the config, with the word that says so.</summary>
    private static long PackedLength(long bytes) => Base64.Length + Base64Length(bytes) + "gzip".Length;

    /// <summary>The path without <c>..</c>; a leading slash means the directory of local files, as in Butane.</summary>
    private string? Inside(string path, Origin at)
    {
        var clean = GoPath.Clean(path.TrimStart('/'));
        if (clean is not ".." && !clean.StartsWith("../", StringComparison.Ordinal))
        {
            return clean;
        }

        problems.Add(ButaneTexts.LocalEscapes(at, path));
        return null;
    }
}
