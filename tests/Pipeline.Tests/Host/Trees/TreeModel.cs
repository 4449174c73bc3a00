namespace Pipeline.Tests.Host.Trees;

/// <summary>A file system in memory that resolves links as after chroot; what the tree handle is compared with.</summary>
internal sealed class TreeModel
{
    private const int MostLinks = 40;
    private readonly Node _root = new() { Children = new(StringComparer.Ordinal) };

    public bool MakeDirectory(string path) => Add(path, () => new() { Children = new(StringComparer.Ordinal) });

    public bool Create(string path, string content) => Add(path, () => new() { Content = content });

    public bool Symlink(string path, string target) => Add(path, () => new() { Target = target });

    public bool Link(string path, string existing) =>
        Find(existing) is { Children: null } node && Parent(path) is { } parent && parent.Children!.TryAdd(Last(path), node);

    public bool Delete(string path)
    {
        var place = Parent(path, out var isLoop);
        place?.Children!.Remove(Last(path));
        return !isLoop;
    }

    public bool Rename(string from, string to)
    {
        if (Parent(from) is not { } source || Parent(to) is not { } target || !source.Children!.TryGetValue(Last(from), out var node))
        {
            return false;
        }

        _ = target.Children!.TryGetValue(Last(to), out var there);
        if (ReferenceEquals(node, there))
        {
            return true;
        }

        var fits = there is null || (node.Children is null ? there.Children is null : there.Children is { Count: 0 });
        if (Contains(node, target) || !fits)
        {
            return false;
        }

        source.Children.Remove(Last(from));
        target.Children[Last(to)] = node;
        return true;
    }

    /// <summary>What the path leads to, links in the last place included; <c>null</c> when that is no file.</summary>
    public string? Read(string path, out bool isLoop) => Resolve(path, out isLoop)?.Content;

    /// <summary>The kind of the path itself.</summary>
    public string Kind(string path) => Find(path) is { } node ? Describe(node) : "nothing";

    /// <summary>Every path with what is there.</summary>
    public IEnumerable<string> Everything()
    {
        return Below("", _root);

        static IEnumerable<string> Below(string prefix, Node node) =>
            node.Children!.SelectMany(c =>
                (IEnumerable<string>)
                    [$"{prefix}{c.Key} {Describe(c.Value)}", .. c.Value.Children is null ? [] : Below($"{prefix}{c.Key}/", c.Value)]
            );
    }

    private static string Describe(Node node) =>
        node.Children is not null ? "directory"
        : node.Target is not null ? $"link {node.Target}"
        : $"file {node.Content}";

    private static string Last(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static bool Contains(Node node, Node other) =>
        ReferenceEquals(node, other) || (node.Children?.Values.Any(c => Contains(c, other)) ?? false);

    private bool Add(string path, Func<Node> make) => Parent(path) is { } parent && parent.Children!.TryAdd(Last(path), make());

    private Node? Find(string path) => Parent(path)?.Children!.GetValueOrDefault(Last(path));

    private Node? Parent(string path) => Parent(path, out _);

    private Node? Parent(string path, out bool isLoop)
    {
        isLoop = false;
        var slash = path.LastIndexOf('/');
        return slash < 0 ? _root
            : Resolve(path[..slash], out isLoop) is { Children: not null } parent ? parent
            : null;
    }

    private Node? Resolve(string path, out bool isLoop)
    {
        isLoop = false;
        var pending = new Stack<string>(path.Split('/').Reverse());
        var way = new Stack<Node>([_root]);
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (way.Peek().Children is not { } children)
            {
                return null;
            }

            if (part == "..")
            {
                _ = way.Count > 1 ? way.Pop() : null;
            }
            else if (part.Length > 0)
            {
                if (!children.TryGetValue(part, out var node))
                {
                    return null;
                }

                if (node.Target is not { } target)
                {
                    way.Push(node);
                    continue;
                }

                if (links++ >= MostLinks)
                {
                    isLoop = true;
                    return null;
                }

                while (target.StartsWith('/') && way.Count > 1)
                {
                    _ = way.Pop();
                }

                foreach (var piece in target.Split('/').Reverse())
                {
                    pending.Push(piece);
                }
            }
        }

        return way.Peek();
    }

    private sealed class Node
    {
        public SortedDictionary<string, Node>? Children { get; init; }

        public string? Target { get; init; }

        public string? Content { get; init; }
    }
}
