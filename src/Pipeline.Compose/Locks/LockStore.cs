using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>A package of a lockfile as it was read, before the repositories are asked about it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Architecture">Its architecture, or <c>null</c> when the file does not say.</param>
/// <param name="Digest">Its digest, or <c>null</c> when the file does not say.</param>
/// <param name="Order">Its place in the installation order, or <c>null</c>.</param>
/// <param name="Span">Where it stands.</param>
internal sealed record LockEntry(string Name, string Version, string? Architecture, Digest? Digest, int? Order, SourceSpan? Span);

/// <summary>A lockfile as it was read.</summary>
internal sealed record LockDocument(DateTimeOffset Generated, IReadOnlyList<LockEntry> Entries, ValueList<LockedRepo> Repos);

/// <summary>
/// Writes and reads <c>manifest-lock.&lt;arch&gt;.json</c>, version 1 as rpm-ostree's: what it has no place for (size, location, repository,
/// installation order) is in each package's <c>metadata</c>. The same lock always has the same bytes.
/// </summary>
internal static class LockStore
{
    private const int MaxSize = 64 * 1024 * 1024;
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The text of a lock.</summary>
    public static string Write(Lockfile lockfile)
    {
        var order = lockfile.Packages.Select((p, i) => (Package: p, Index: i)).OrderBy(p => p.Package.Name, StringComparer.Ordinal);
        return JsonTextWriter.Write(
            Object(
                (
                    "packages",
                    new JsonTextObject(
                        order.Select(p => new JsonTextMember(p.Package.Name, WritePackage(p.Package, p.Index))).ToValueList()
                    )
                ),
                (
                    "metadata",
                    Object(
                        ("generated", Date(lockfile.Generated)),
                        (
                            "rpmmd_repos",
                            new JsonTextObject(
                                lockfile
                                    .Repos.OrderBy(r => r.Id, StringComparer.Ordinal)
                                    .Select(r => new JsonTextMember(
                                        r.Id,
                                        Object(("generated", Date(r.Date)), ("release", Text(r.Release.ToString())))
                                    ))
                                    .ToValueList()
                            )
                        )
                    )
                )
            ),
            JsonStyle.Pretty
        );
    }

    /// <summary>Reads a lock file, also one made by rpm-ostree.</summary>
    /// <exception cref="PipelineException">PL0020–PL0023, PL1501–PL1503 (class 2), all at once.</exception>
    public static LockDocument Read(string path, string display, Architecture architecture)
    {
        var info = new FileInfo(path);
        if (!info.Exists || (info.Attributes & FileAttributes.Device) != 0 || info.Length > MaxSize)
        {
            throw new PipelineException(LockDiagnostics.Unreadable(display));
        }

        return Parse(display, File.ReadAllBytes(path), architecture);
    }

    /// <summary>Reads a lock from memory.</summary>
    public static LockDocument Parse(string display, ReadOnlyMemory<byte> bytes, Architecture architecture)
    {
        var problems = new DiagnosticBag();
        return Parse(JsonText.Parse(display, bytes, problems, TextLimits.Default with { MaxLength = MaxSize }), architecture, problems);
    }

    private static LockDocument Parse(JsonTextNode? root, Architecture architecture, DiagnosticBag problems)
    {
        if (root is not JsonTextObject document || document.Find("packages") is not JsonTextObject packages)
        {
            problems.Add(LockDiagnostics.Shape("the lockfile has no 'packages'", root?.Span));
            throw new PipelineException(problems.Items);
        }

        foreach (var member in document.Members.Where(m => m.Name is not ("packages" or "metadata")))
        {
            problems.Add(LockDiagnostics.Shape($"unknown member '{member.Name}'", member.NameSpan));
        }

        var entries = packages.Members.Select(m => ReadPackage(m, architecture, problems)).OfType<LockEntry>().ToArray();
        var metadata = document.Find("metadata") as JsonTextObject;
        if (!TryDate(metadata?.Find("generated"), out var generated))
        {
            problems.Add(
                LockDiagnostics.Shape(
                    "'metadata.generated' is missing or not a date such as 2026-09-12T07:55:41Z",
                    metadata?.Span ?? document.Span
                )
            );
        }

        var repos =
            (metadata?.Find("rpmmd_repos") as JsonTextObject)?.Members.Select(m => ReadRepo(m)).OfType<LockedRepo>().ToValueList() ?? [];
        problems.ThrowIfErrors();
        return new(generated, entries, repos);
    }

    /// <summary>The whole packages of a lock that we wrote ourselves; <c>null</c> when anything is missing.</summary>
    public static Lockfile? Complete(ReadOnlyMemory<byte> bytes, Architecture architecture)
    {
        try
        {
            var root = JsonText.Parse("lock", bytes, new());
            var document = Parse(root, architecture, new());
            var packages = (JsonTextObject)((JsonTextObject)root!).Find("packages")!;
            var locked = document
                .Entries.OrderBy(e => e.Order)
                .Select(e =>
                {
                    var metadata = (JsonTextObject)((JsonTextObject)packages.Find(e.Name)!).Find("metadata")!;
                    return new LockedPackage
                    {
                        Name = e.Name,
                        Version = e.Version,
                        PackageArchitecture = e.Architecture!,
                        Digest = e.Digest!.Value,
                        Size = long.Parse(((JsonTextNumber)metadata.Find("size")!).Raw, CultureInfo.InvariantCulture),
                        Repo = ((JsonTextString)metadata.Find("repo")!).Value,
                        Location = ((JsonTextString)metadata.Find("location")!).Value,
                        Source = (metadata.Find("source") as JsonTextString)?.Value,
                        Essential = metadata.Find("essential") is JsonTextBool { Value: true },
                    };
                });
            return new()
            {
                Architecture = architecture,
                Generated = document.Generated,
                Packages = locked.ToValueList(),
                Repos = document.Repos,
            };
        }
        catch (Exception e)
            when (e is PipelineException or NullReferenceException or InvalidCastException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static JsonTextObject WritePackage(LockedPackage package, int order)
    {
        var metadata = new List<JsonTextMember>();
        if (package.Source is not null)
        {
            metadata.Add(new("source", Text(package.Source)));
        }

        metadata.Add(new("repo", Text(package.Repo)));
        metadata.Add(new("location", Text(package.Location)));
        metadata.Add(new("size", Number(package.Size)));
        metadata.Add(new("order", Number(order)));
        if (package.Essential)
        {
            metadata.Add(new("essential", new JsonTextBool(true)));
        }

        return Object(
            ("evra", Text($"{package.Version}.{package.PackageArchitecture}")),
            ("digest", Text(package.Digest.ToString())),
            ("metadata", new JsonTextObject(metadata.ToValueList()))
        );
    }

    private static LockEntry? ReadPackage(JsonTextMember member, Architecture architecture, DiagnosticBag problems)
    {
        if (member.Value is not JsonTextObject package)
        {
            problems.Add(LockDiagnostics.Shape($"package '{member.Name}' is not an object", member.Value.Span));
            return null;
        }

        foreach (var unknown in package.Members.Where(m => m.Name is not ("evr" or "evra" or "digest" or "metadata")))
        {
            problems.Add(LockDiagnostics.Shape($"unknown member '{unknown.Name}' of package '{member.Name}'", unknown.NameSpan));
        }

        var evra = (package.Find("evra") as JsonTextString)?.Value;
        var version = (package.Find("evr") as JsonTextString)?.Value;
        string? given = null;
        if (evra?.LastIndexOf('.') is > 0 and var dot && version is null)
        {
            (version, given) = (evra[..dot], evra[(dot + 1)..]);
        }

        if (version is null)
        {
            problems.Add(LockDiagnostics.Shape($"package '{member.Name}' needs either 'evr' or 'evra'", package.Span));
            return null;
        }

        if (given is not (null or "all" or "noarch") && given != architecture.Debian && given != architecture.Name)
        {
            problems.Add(LockDiagnostics.OtherArchitecture(member.Name, given, architecture.Name, package.Span));
        }

        Digest? digest = null;
        if (package.Find("digest") is { } node)
        {
            if (node is JsonTextString text && Digest.TryParse(text.Value, out var parsed))
            {
                digest = parsed;
            }
            else
            {
                problems.Add(LockDiagnostics.Shape($"the digest of package '{member.Name}' is not sha256:… ", node.Span));
            }
        }

        var order = ((package.Find("metadata") as JsonTextObject)?.Find("order") as JsonTextNumber)?.Raw;
        return new(
            member.Name,
            version,
            given,
            digest,
            int.TryParse(order, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place : null,
            member.NameSpan
        );
    }

    private static LockedRepo? ReadRepo(JsonTextMember member) =>
        member.Value is JsonTextObject repo
        && TryDate(repo.Find("generated"), out var date)
        && Digest.TryParse((repo.Find("release") as JsonTextString)?.Value, out var release)
            ? new(member.Name, release, date)
            : null;

    private static bool TryDate(JsonTextNode? node, out DateTimeOffset date)
    {
        date = default;
        return node is JsonTextString text
            && DateTimeOffset.TryParseExact(
                text.Value,
                "yyyy-MM-dd'T'HH:mm:ssK",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out date
            );
    }

    private static JsonTextObject Object(params (string Name, JsonTextNode Value)[] members) =>
        new(members.Select(m => new JsonTextMember(m.Name, m.Value)).ToValueList());

    private static JsonTextString Text(string text) => new(text);

    private static JsonTextString Date(DateTimeOffset date) => new(date.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture));

    private static JsonTextNumber Number(long number) => new(number.ToString(CultureInfo.InvariantCulture));
}
