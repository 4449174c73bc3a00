namespace Pipeline.Cli.Projects;

/// <summary>Where project and checkout of the toolchain lie to one another; a CI job lays them out in the same way.</summary>
/// <param name="ToCheckout">From the project to the checkout.</param>
/// <param name="Project">From the nearest directory that has both, to the project.</param>
/// <param name="Checkout">From there to the checkout.</param>
internal sealed record CheckoutPaths(string ToCheckout, string Project, string Checkout)
{
    /// <summary>The paths between two directories.</summary>
    /// <param name="project">Absolute path.</param>
    /// <param name="checkout">Absolute path.</param>
    public static CheckoutPaths Of(string project, string checkout)
    {
        var common = new DirectoryInfo(project);
        while (common.Parent is { } parent && !IsBelow(checkout, common.FullName))
        {
            common = parent;
        }

        return new(
            Path.GetRelativePath(project, checkout),
            Path.GetRelativePath(common.FullName, project),
            Path.GetRelativePath(common.FullName, checkout)
        );
    }

    private static bool IsBelow(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);
}
