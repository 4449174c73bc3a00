namespace Pipeline.Cli.Projects;

/// <summary>Paths without symbolic links: <c>..</c> in a relative path between two of them leads where its text says.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>The path with every link followed; what does not exist stays as it is written.</summary>
    /// <param name="path">Absolute path.</param>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path) => Of(path, 0);

    private static string Of(string path, int links)
    {
        var real = "/";
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is { } target)
            {
                next =
                    links < MostLinks
                        ? Of(Path.Combine(real, target), links + 1)
                        : throw new IOException($"too many symbolic links in '{path}'");
            }

            real = next;
        }

        return real;
    }
}
