using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Trees;

/// <summary>Follows links in a path as a chroot would: nothing leads out of the root.</summary>
internal static class LinkWalk
{
    private const int MostLinks = 40;

    /// <summary>The path, relative to the root, with the links in its parents followed; the last component is followed only before a <c>/.</c>.</summary>
    /// <param name="path">Any path; absolute ones begin at the root too.</param>
    /// <param name="targetOf">The target of the link at a relative path without links in its parents; <c>null</c> when no link is there.</param>
    /// <param name="slashFollows">Whether a <c>/</c> at the end has the last component followed, too.</param>
    /// <exception cref="PipelineException">PL2104: too many links.</exception>
    public static string Resolve(string path, Func<string, string?> targetOf, bool slashFollows)
    {
        var pending = new Stack<string>(path.Split('/').Reverse());
        var real = new List<string>();
        for (var links = 0; pending.TryPop(out var part); )
        {
            if (part is "." or "")
            {
                continue;
            }

            if (part == "..")
            {
                real.RemoveRange(Math.Max(0, real.Count - 1), Math.Min(1, real.Count));
                continue;
            }

            real.Add(part);
            var isLast = slashFollows ? pending.Count == 0 : !pending.Any(p => p.Length > 0);
            if (isLast || targetOf(string.Join('/', real)) is not { } target)
            {
                continue;
            }

            if (++links > MostLinks)
            {
                throw new PipelineException(TreeDiagnostics.LinkLoop(path));
            }

            real.RemoveAt(real.Count - 1);
            if (target.StartsWith('/'))
            {
                real.Clear();
            }

            foreach (var piece in target.Split('/').Reverse())
            {
                pending.Push(piece);
            }
        }

        return string.Join('/', real);
    }
}
