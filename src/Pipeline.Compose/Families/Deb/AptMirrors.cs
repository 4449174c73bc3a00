using System.Text;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>The enabled apt entries of the host whose Release says <c>Origin: Debian</c>; its label picks the id.</summary>
/// <param name="root">Where <c>etc/apt</c> and <c>var/lib/apt</c> are; <c>/</c> but in tests.</param>
/// <param name="cacheFile">Keeps what was found, until the entries change.</param>
/// <param name="offline">Ask no server.</param>
/// <param name="downloader">Asks servers whose lists are not on the host.</param>
internal sealed class AptMirrors(string root, string cacheFile, bool offline, Downloader downloader) : IHostMirrors
{
    private const int MaxRelease = 16 * 1024 * 1024;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Ids { get; } = ["debian", "debian-security"];

    /// <inheritdoc/>
    public string Hint => "otherwise an enabled apt entry of this machine is used whose Release says 'Origin: Debian', and there is none";

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>> FindAsync(CancellationToken cancellationToken)
    {
        var entries = AptEntries.Read(Path.Combine(root, "etc/apt"));
        var key = Digest.Of(string.Join('\n', entries.Select(e => $"{UrlCredentials.WithoutUser(e.Url)} {e.Suite}")));
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

        // An address with a password is not written down; it is found again in the entries.
        if (found.Count > 0 && found.Values.All(u => UrlCredentials.UserOf(u) is null))
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
            || JsonText.Parse(cacheFile, RegularFile.Read(cacheFile), new()) is not JsonTextObject document
            || !document.TryFind<JsonTextString>("entries", out var entries)
            || entries.Value != key.Hex
        )
        {
            return null;
        }

        return document
            .Members.Where(m => m.Name != "entries" && m.Value is JsonTextString)
            .ToDictionary(m => m.Name, m => ((JsonTextString)m.Value).Value, StringComparer.Ordinal);
    }

    /// <summary>
    /// The label of a suite that says <c>Origin: Debian</c>: from apt's own lists when they are there, else from the server.
    /// </summary>
    private async Task<string?> LabelAsync(string url, string suite, CancellationToken cancellationToken)
    {
        var address = $"{url.TrimEnd('/')}/dists/{suite}/InRelease";
        var named = UrlCredentials.WithoutUser(address);
        var list = Path.Combine(root, "var/lib/apt/lists", named[(named.IndexOf("://", StringComparison.Ordinal) + 3)..].Replace('/', '_'));
        string text;
        if (File.Exists(list))
        {
            text = await RegularFile.ReadTextAsync(list, cancellationToken);
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
