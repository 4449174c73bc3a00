using Pipeline.Compose.Locks;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose;

/// <summary>A mirror as repositories would find it.</summary>
/// <param name="Id">As in <c>${mirror:ID}</c>.</param>
/// <param name="Url">The address, or <c>null</c> when there is none.</param>
/// <param name="Hint">What to do about a missing one.</param>
public sealed record MirrorLocation(string Id, string? Url, string? Hint);

/// <content>Where mirrors are, for people who look before they compose.</content>
public sealed partial class Composer
{
    /// <summary>Resolves mirror ids as a compose would: PIPELINE_MIRROR, then the host's own apt entries.</summary>
    public async Task<IReadOnlyList<MirrorLocation>> FindMirrorsAsync(
        WorkDirectory work,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    )
    {
        var resolver = new LockStep(_services).NewMirrorResolver(work, new Dictionary<string, string>(), offline: false);
        var found = new List<MirrorLocation>();
        foreach (var id in ids)
        {
            var problems = new DiagnosticBag();
            var url = await resolver.ResolveAsync(id, new SourceSpan("apt", 1, 1), problems, cancellationToken);
            found.Add(new(id, url, problems.Items.Select(p => p.Hint).FirstOrDefault()));
        }

        return found;
    }
}
