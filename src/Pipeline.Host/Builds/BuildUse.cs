using Pipeline.Host.Files;

namespace Pipeline.Host.Builds;

/// <summary>Keeps a build's files where they are while they are read; see <see cref="BuildStore.UseAsync"/>.</summary>
public sealed class BuildUse : IDisposable
{
    private readonly List<DirectoryLock> _shares = [];

    internal void Add(DirectoryLock share) => _shares.Add(share);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var share in _shares)
        {
            share.Dispose();
        }
    }
}
