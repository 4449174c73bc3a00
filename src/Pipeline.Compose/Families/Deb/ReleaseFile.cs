using System.Globalization;
using System.Text;
using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>A file that a Release names.</summary>
internal readonly record struct ReleaseEntry(Digest Digest, long Size);

/// <summary>The signed text of a Release: dates and the SHA-256 list. MD5 and SHA-1 lists are not read.</summary>
internal sealed record ReleaseFile
{
    /// <summary>Which archive it is: origin, label, version and names; <c>null</c> when it does not say where it comes from.</summary>
    public required string? Identity { get; init; }

    /// <summary><c>Date</c>.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary><c>Valid-Until</c>, or <c>null</c>.</summary>
    public required DateTimeOffset? ValidUntil { get; init; }

    /// <summary><c>Suite</c> and <c>Codename</c>.</summary>
    public required ValueList<string> Names { get; init; }

    /// <summary>Whether indices lie below <c>by-hash/</c>.</summary>
    public required bool ByHash { get; init; }

    /// <summary>Whether packages for all architectures are in an index of their own.</summary>
    public required bool SeparateAll { get; init; }

    /// <summary>The files by path relative to the Release.</summary>
    public required IReadOnlyDictionary<string, ReleaseEntry> Files { get; init; }

    /// <summary>Reads the text.</summary>
    /// <exception cref="PipelineException">PL1114 (class 5): a signed text that makes no sense is not trusted.</exception>
    public static ReleaseFile Parse(string repo, ReadOnlySpan<byte> signed)
    {
        var problems = new DiagnosticBag();
        var stanza = Deb822.Parse("Release", Encoding.UTF8.GetString(signed), problems) is [var first, ..] ? first : throw Bad("is empty");
        var date = ReadDate(stanza, "Date") ?? throw Bad("has no date");
        if (stanza.Find("SHA256") is not { } list)
        {
            throw Bad("has no SHA256 list: MD5 and SHA-1 are not accepted");
        }

        var files = new Dictionary<string, ReleaseEntry>(StringComparer.Ordinal);
        foreach (var line in list.Value.AsSpan().EnumerateLines())
        {
            var text = line.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (
                text.Length == 3
                && Digest.TryParse(text[0], out var digest)
                && long.TryParse(text[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            )
            {
                files.TryAdd(text[2], new(digest, size));
            }
        }

        string[] identity = ["Origin", "Label", "Suite", "Codename", "Version", "Components"];
        return new()
        {
            Identity = stanza.Find("Origin") is null ? null : string.Join('\n', identity.Select(f => stanza.Find(f)?.Value)),
            Date = date,
            ValidUntil = ReadDate(stanza, "Valid-Until"),
            Names = new[] { stanza.Find("Suite")?.Value, stanza.Find("Codename")?.Value }.OfType<string>().ToValueList(),
            ByHash = stanza.Find("Acquire-By-Hash")?.Value == "yes",
            SeparateAll =
                stanza.Words("Architectures").Contains("all") && !stanza.Words("No-Support-for-Architecture-all").Contains("Packages"),
            Files = files,
        };

        PipelineException Bad(string why) => new(RepositoryDiagnostics.BadRelease(repo, why));

        DateTimeOffset? ReadDate(Deb822Stanza from, string field)
        {
            if (from.Find(field) is not { } found)
            {
                return null;
            }

            // "Sat, 12 Sep 2026 07:55:41 UTC"; the day may have one digit.
            return DateTimeOffset.TryParseExact(
                found.Value.Replace("UTC", "GMT", StringComparison.Ordinal),
                "ddd, d MMM yyyy HH:mm:ss 'GMT'",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var value
            )
                ? value
                : throw Bad($"has the date '{found.Value}'");
        }
    }
}
