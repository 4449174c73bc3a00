using System.Globalization;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Lockfiles;

/// <summary>
/// Reads <c>manifest-lock.&lt;arch&gt;.json</c>, ours and rpm-ostree's. Every problem of a file is found at once, with its place.
/// </summary>
public static class LockfileReader
{
    /// <summary>Most bytes of a lockfile: 64 MiB.</summary>
    public const int MaxSize = 64 * 1024 * 1024;

    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ssK";

    /// <summary>Reads a file.</summary>
    /// <param name="file">Name for places.</param>
    /// <param name="utf8">The whole file.</param>
    /// <param name="architecture">Whose packages it must hold.</param>
    /// <param name="problems">Receives PL0020–PL0023, PL1502, PL1503 and PL50xx (class 2).</param>
    /// <returns>What it says; <c>null</c> after an error.</returns>
    public static LockEntries? Read(string file, ReadOnlyMemory<byte> utf8, Architecture architecture, DiagnosticBag problems)
    {
        var local = new DiagnosticBag();
        var root = JsonText.Parse(file, utf8, local, TextLimits.Default with { MaxLength = MaxSize });
        var read = root is null || local.HasErrors ? null : Read(root, architecture, local);
        foreach (var problem in local.Items)
        {
            problems.Add(problem);
        }

        return local.HasErrors ? null : read;
    }

    private static LockEntries? Read(JsonTextNode root, Architecture architecture, DiagnosticBag problems)
    {
        if (Contract.Read<LockDocument>(root, problems) is not { Packages: { } packages } document || root is not JsonTextObject file)
        {
            return null;
        }

        Unknown(file, "", ["packages", "metadata"], problems);
        var entries = new List<LockEntry>();
        var seen = new HashSet<(string Name, string? Architecture)>();
        foreach (var member in ((JsonTextObject)file.Find("packages")!).Members)
        {
            if (packages.TryFind(member.Name, out var package) && member.Value is JsonTextObject node)
            {
                Unknown(node, $" of package '{member.Name}'", ["evr", "evra", "digest", "metadata"], problems);
                if (Entry(member, package, architecture, problems) is { } entry)
                {
                    entries.Add(entry);
                    if (!seen.Add((entry.Name, entry.PackageArchitecture)))
                    {
                        problems.Add(LockfileDiagnostics.Shape($"package '{member.Name}' is locked twice", member.NameSpan));
                    }
                }
            }
        }

        if (!TryDate(document.Metadata?.Generated, out var generated))
        {
            problems.Add(
                LockfileDiagnostics.Shape(
                    "'metadata.generated' is missing or not a date such as 2026-09-12T07:55:41Z",
                    file.Find("metadata")?.Span ?? file.Span
                )
            );
        }

        var repos = (document.Metadata?.Repos ?? ValueMap<LockDocumentRepo>.Empty).Select(Repo).OfType<LockedRepo>().ToValueList();
        return new(generated, entries.ToValueList(), repos);
    }

    private static LockEntry? Entry(JsonTextMember member, LockDocumentPackage package, Architecture tree, DiagnosticBag problems)
    {
        var colon = member.Name.IndexOf(':', StringComparison.Ordinal);
        var (name, keyed) = colon < 0 ? (member.Name, null) : (member.Name[..colon], member.Name[(colon + 1)..]);
        var (version, architecture) = (package.Evr, (string?)null);
        if (version is null && package.Evra?.LastIndexOf('.') is > 0 and var dot)
        {
            (version, architecture) = (package.Evra[..dot], package.Evra[(dot + 1)..]);
        }

        if (version is null)
        {
            problems.Add(LockfileDiagnostics.Shape($"package '{member.Name}' needs either 'evr' or 'evra'", member.Value.Span));
            return null;
        }

        if (keyed is not null && architecture is not null && keyed != architecture)
        {
            problems.Add(LockfileDiagnostics.Shape($"package '{member.Name}' is for '{architecture}' by its 'evra'", member.Value.Span));
        }
        else if (
            keyed is null
            && architecture is not (null or "all" or "noarch")
            && architecture != tree.Debian
            && architecture != tree.Name
        )
        {
            problems.Add(LockfileDiagnostics.OtherArchitecture(member.Name, architecture, tree.Name, member.Value.Span));
        }

        Digest? digest = null;
        if (package.Digest is { } text)
        {
            digest = Digest.TryParse(text, out var parsed) ? parsed : null;
            if (digest is null)
            {
                var span = ((JsonTextObject)member.Value).Find("digest")?.Span;
                problems.Add(LockfileDiagnostics.Shape($"the digest of package '{member.Name}' is not sha256:… ", span));
            }
        }

        var metadata = package.Metadata;
        return new()
        {
            Name = name,
            Version = version,
            PackageArchitecture = keyed ?? architecture,
            Digest = digest,
            Size = metadata?.Size,
            Repo = metadata?.Repo,
            Location = metadata?.Location,
            Source = metadata?.Source,
            Essential = metadata?.Essential == true,
            Order = metadata?.Order,
            Span = member.NameSpan,
        };
    }

    private static LockedRepo? Repo(KeyValuePair<string, LockDocumentRepo> repo) =>
        TryDate(repo.Value.Generated, out var date) && Digest.TryParse(repo.Value.Release, out var release)
            ? new(repo.Key, release, date)
            : null;

    private static void Unknown(JsonTextObject node, string where, string[] known, DiagnosticBag problems)
    {
        foreach (var member in node.Members.Where(m => !known.Contains(m.Name)))
        {
            problems.Add(LockfileDiagnostics.Shape($"unknown member '{member.Name}'{where}", member.NameSpan));
        }
    }

    private static bool TryDate(string? text, out DateTimeOffset date) =>
        DateTimeOffset.TryParseExact(
            text,
            DateFormat,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out date
        );
}
