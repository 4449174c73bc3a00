namespace Pipeline.Host.Files.Trees;

/// <summary>
/// The way from a directory down to another, with one open descriptor per level for the lowest levels only. A level that was closed is
/// opened again from below and must be the same directory then.
/// </summary>
internal sealed class DirectoryStack : IDisposable
{
    private const int MostOpen = 32;
    private readonly List<Level> _levels = [];
    private int _firstOpen = 1;

    private readonly bool _opensUp;

    /// <summary>Begins at a directory that stays the caller's.</summary>
    /// <param name="first">The directory.</param>
    /// <param name="opensUp">Whether a level that cannot be left for lack of rights is given them; for deletion only.</param>
    public DirectoryStack(TreeDirectory first, bool opensUp = false)
    {
        _opensUp = opensUp;
        _levels.Add(new() { Directory = first });
    }

    /// <summary>The lowest directory.</summary>
    public TreeDirectory Current => _levels[^1].Directory!;

    /// <summary>Levels below the first.</summary>
    public int Depth => _levels.Count - 1;

    /// <summary>Goes down into a directory, which is the stack's from now on.</summary>
    public void Push(TreeDirectory directory)
    {
        _levels.Add(new() { Directory = directory });
        if (_levels.Count - _firstOpen > MostOpen)
        {
            var level = _levels[_firstOpen++];
            level.Identity = level.Directory!.RequireStatus(TreePath.Root);
            level.Directory.Dispose();
            level.Directory = null;
        }
    }

    /// <summary>Goes up one level.</summary>
    public void Pop()
    {
        var left = _levels[^1].Directory!;
        try
        {
            var above = _levels[^2];
            if (above.Directory is null)
            {
                above.Directory = left.OpenParent(above.Identity, _opensUp);
                _firstOpen = _levels.Count - 2;
            }
        }
        finally
        {
            left.Dispose();
            _levels.RemoveAt(_levels.Count - 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var level in _levels.Skip(1))
        {
            level.Directory?.Dispose();
        }
    }

    private sealed class Level
    {
        public TreeDirectory? Directory { get; set; }

        public UnixStatus Identity { get; set; }
    }
}
