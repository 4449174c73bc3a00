using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Plans;

namespace Pipeline.Releases.Promotion;

/// <summary>
/// Promotes between streams whose manifests lie side by side in one tree: every <c>manifest-lock.ARCH.json</c> of the source is
/// copied, after each package it names was hashed again in the content cache.
/// </summary>
internal static class LockPromotion
{
    /// <summary>Whether both streams are directories of <paramref name="root"/> and the source is locked.</summary>
    public static bool Applies(string root, string from, string to) =>
        IsName(from)
        && IsName(to)
        && Directory.Exists(Path.Combine(root, to))
        && Directory.Exists(Path.Combine(root, from))
        && Locks(Path.Combine(root, from)).Length > 0;

    /// <summary>Verifies and copies.</summary>
    /// <param name="root">The directory of streams.</param>
    /// <param name="from">The source's directory name.</param>
    /// <param name="to">The target's directory name.</param>
    /// <param name="cache">The content cache: <c>ab/abcd…</c> by sha256.</param>
    /// <param name="sink">Receives the plan, when everything is verified.</param>
    /// <param name="cancellationToken">Ends the work before anything is written.</param>
    /// <returns>What changed or would change.</returns>
    /// <exception cref="PipelineException">
    /// A package is missing (class 2) or differs (class 5), all at once; nothing was written.
    /// </exception>
    public static async Task<IReadOnlyList<DocumentChange<LockDocument>>> RunAsync(
        string root,
        string from,
        string to,
        string cache,
        IPlanSink sink,
        CancellationToken cancellationToken
    )
    {
        var problems = new DiagnosticBag();
        var changes = new List<(string Path, byte[]? Before, DocumentChange<LockDocument> Change, byte[] Bytes)>();
        foreach (var file in Locks(Path.Combine(root, from)))
        {
            var shown = $"{from}/{Path.GetFileName(file)}";
            var bytes = await DocumentFile.ReadBytesAsync(file, shown, cancellationToken);
            var document = DocumentFile.Parse<LockDocument>(shown, bytes);
            foreach (var (name, package) in document.Value.Packages)
            {
                await VerifyAsync(shown, name, package.Digest, cache, problems, cancellationToken);
            }

            var target = Path.Combine(root, to, Path.GetFileName(file));
            var before = File.Exists(target) ? await RegularFile.ReadAsync(target, cancellationToken) : null;
            var change = new DocumentChange<LockDocument>(
                $"{to}/{Path.GetFileName(file)}",
                Encoding.UTF8.GetString(before ?? []),
                Encoding.UTF8.GetString(bytes),
                document.Value
            );
            changes.Add((target, before, change, bytes));
        }

        problems.ThrowIfErrors();
        var steps = changes
            .Where(c => c.Change.Changed)
            .Select(c => new WriteFile(c.Path, c.Before is { } old ? Digest.Of(old).Hex : null, c.Bytes))
            .ToArray();
        await sink.RunAsync(Plan.Of($"promote-locks-{to}", steps), cancellationToken);
        return [.. changes.Select(c => c.Change)];
    }

    private static async Task VerifyAsync(
        string file,
        string name,
        string? text,
        string cache,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        if (!Digest.TryParse(text, out var digest))
        {
            problems.Add(PromotionDiagnostics.NoDigest(file, name));
            return;
        }

        var path = Path.Combine(cache, digest.Hex[..2], digest.Hex);
        if (!File.Exists(path))
        {
            problems.Add(PromotionDiagnostics.NotCached(name, path));
            return;
        }

        var found = await FileDigest.OfAsync(path, cancellationToken);
        if (found != digest)
        {
            problems.Add(PromotionDiagnostics.WrongDigest(name, path, digest.Hex, found.Hex));
        }
    }

    private static bool IsName(string name) =>
        name.Length > 0 && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal);

    private static string[] Locks(string directory) =>
        [.. Directory.EnumerateFiles(directory, "manifest-lock.*.json").Order(StringComparer.Ordinal)];
}
