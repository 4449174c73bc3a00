using System.Text;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// Answers <c>${mirror:ID}</c>: the command line, then PIPELINE_MIRROR, then an enabled apt entry of the machine whose Release says
/// <c>Origin: Debian</c> (its label picks the id). What a mirror says about itself only chooses it; trust comes from signatures.
/// </summary>
internal sealed class MirrorResolver(
    IReadOnlyDictionary<string, string> given,
    string? environment,
    string aptDirectory,
    string listsDirectory,
    string cacheFile,
    bool offline,
    Downloader downloader
)
{
    private const int MaxRelease = 16 * 1024 * 1024;
    private Dictionary<string, string>? _host;

    /// <summary>The address for <paramref name="id"/> without a slash at the end, or <c>null</c> after reporting why there is none.</summary>
    public async Task<string?> ResolveAsync(string id, SourceSpan span, DiagnosticBag problems, CancellationToken cancellationToken)
    {
        var url = given.GetValueOrDefault(id) ?? FromEnvironment(id, problems);
        if (url is null && id is "debian" or "debian-security")
        {
            url = (_host ??= await FromHostAsync(cancellationToken)).GetValueOrDefault(id);
        }

        if (url is null)
        {
            problems.Add(RepositoryDiagnostics.NoMirror(id, span, id is "debian" or "debian-security"));
            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            problems.Add(RepositoryDiagnostics.BadMirror(id, url));
            return null;
        }

        return url.TrimEnd('/');
    }

    private string? FromEnvironment(string id, DiagnosticBag problems)
    {
        foreach (var item in (environment ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                problems.Add(RepositoryDiagnostics.BadMirrorList(item));
            }
            else if (item[..equals] == id)
            {
                return item[(equals + 1)..];
            }
        }

        return null;
    }

    private async Task<Dictionary<string, string>> FromHostAsync(CancellationToken cancellationToken)
    {
        var entries = AptEntries.Read(aptDirectory);
        var key = Digest.Of(string.Join('\n', entries.Select(e => $"{e.Url} {e.Suite}")));
        if (Cached(key) is { } cached)
        {
            return cached;
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (url, suite) in entries)
        {
            var label = await LabelAsync(url, suite, cancellationToken);
            if (label is "Debian" or "Debian-Security")
            {
                found.TryAdd(label.ToLowerInvariant(), url.TrimEnd('/'));
            }

            if (found.Count == 2)
            {
                break;
            }
        }

        if (found.Count > 0)
        {
            var document = new JsonTextObject([
                new("entries", new JsonTextString(key.Hex)),
                .. found.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => new JsonTextMember(f.Key, new JsonTextString(f.Value))),
            ]);
            await AtomicFile.WriteAsync(cacheFile, JsonTextWriter.Write(document, JsonStyle.Pretty), cancellationToken);
        }

        return found;
    }

    private Dictionary<string, string>? Cached(Digest key)
    {
        if (
            !File.Exists(cacheFile)
            || JsonText.Parse(cacheFile, File.ReadAllBytes(cacheFile), new()) is not JsonTextObject document
            || !document.TryFind<JsonTextString>("entries", out var entries)
            || entries.Value != key.Hex
        )
        {
            return null;
        }

        return document
            .Members.Where(m => m.Name != "entries")
            .ToDictionary(m => m.Name, m => ((JsonTextString)m.Value).Value, StringComparer.Ordinal);
    }

    /// <summary>The label of a suite that says <c>Origin: Debian</c>: from apt's own lists when they are there, else from the server.</summary>
    private async Task<string?> LabelAsync(string url, string suite, CancellationToken cancellationToken)
    {
        var address = $"{url.TrimEnd('/')}/dists/{suite}/InRelease";
        var list = Path.Combine(listsDirectory, address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..].Replace('/', '_'));
        string text;
        if (File.Exists(list))
        {
            text = await File.ReadAllTextAsync(list, cancellationToken);
        }
        else if (offline)
        {
            return null;
        }
        else
        {
            try
            {
                text = Encoding.UTF8.GetString(
                    (await downloader.GetAsync(new(address) { Limit = MaxRelease }, cancellationToken)).Content.Span
                );
            }
            catch (PipelineException)
            {
                // An entry that does not answer is no candidate; when none does, the error says what to do.
                return null;
            }
        }

        var head = text.Split('\n').Take(40).Select(l => l.TrimEnd()).ToArray();
        return head.Contains("Origin: Debian")
            ? head.FirstOrDefault(l => l.StartsWith("Label: ", StringComparison.Ordinal))?["Label: ".Length..]
            : null;
    }
}
