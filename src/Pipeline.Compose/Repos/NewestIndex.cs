using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>
/// The date of the newest signed index seen of an archive, whatever its address: an archive is known by the keys that sign it and by what
/// its index says it is. So an old copy at another address is noticed too.
/// </summary>
/// <param name="directory">Holds one small file for each archive.</param>
internal sealed class NewestIndex(string directory)
{
    /// <summary>The date of the newest one before; <c>null</c> when this is at least as new, which is remembered then.</summary>
    /// <param name="identity">What the index says it is an index of.</param>
    /// <param name="keyring">The keys that may sign it.</param>
    /// <param name="date">Its date.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<DateTimeOffset?> NewerThanAsync(
        string identity,
        ReadOnlyMemory<byte> keyring,
        DateTimeOffset date,
        CancellationToken cancellationToken
    )
    {
        var file = Path.Combine(directory, $"newest-{Digest.Of($"{identity}\n{Digest.Of(keyring.Span)}").Hex[..32]}.json");
        var known = RegularFile.Is(file) ? DateOf(file, await RegularFile.ReadAsync(file, cancellationToken)) : null;
        if (known > date)
        {
            return known;
        }

        if (known != date)
        {
            var written = date.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
            var text = JsonTextWriter.Write(new JsonTextObject([new("date", new JsonTextString(written))]), JsonStyle.Pretty);
            await AtomicFile.WriteAsync(file, text, cancellationToken);
        }

        return null;
    }

    /// <summary>
    /// An address in one spelling: host names have no case, the scheme and its usual port say nothing about what is there, and neither do
    /// empty parts of a path.
    /// </summary>
    public static string Place(string url)
    {
        var uri = new Uri(url);
        var port = uri.IsDefaultPort ? "" : $":{uri.Port}";
        var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString);
        return $"{uri.IdnHost.ToLowerInvariant()}{port}/{string.Join('/', parts)}{uri.Query}";
    }

    private static DateTimeOffset? DateOf(string file, byte[] json) =>
        JsonText.Parse(file, json, new()) is JsonTextObject root
        && root.Find("date") is JsonTextString text
        && DateTimeOffset.TryParseExact(
            text.Value,
            "O",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var date
        )
            ? date
            : null;
}
