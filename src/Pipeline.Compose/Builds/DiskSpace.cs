using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Builds;

/// <summary>
/// Looks at the disk before each step, with what is known by then. The factors were measured on Debian sets and leave some room; a step
/// that needs more after all fails with the disk full, and leaves nothing half-written either.
/// </summary>
/// <param name="directory">The work directory.</param>
internal sealed class DiskSpace(string directory)
{
    /// <summary>Package files as they are.</summary>
    public void RequireFetch(long missing) => Require("fetching packages", missing);

    /// <summary>Packages hold 4.5 times their size.</summary>
    public void RequireUnpack(long packages) => Require("unpacking packages", checked(packages * 5));

    /// <summary>
    /// Configuring writes a tenth of the tree, or the whole tree where nothing can be shared. Meanwhile contents are deflated, to less than
    /// two thirds.
    /// </summary>
    /// <param name="tree">Bytes of the tree.</param>
    /// <param name="copy">Whether it is copied.</param>
    /// <param name="deflate">Bytes of its contents that are not deflated yet.</param>
    public void RequireConfigure(long tree, bool copy, long deflate) =>
        Require("configuring packages", checked(tree / 8 + (copy ? tree : 0) + (deflate - deflate / 3)));

    /// <summary>Finishing moves the kernel, adds the initramfs and copies what scripts change.</summary>
    public void RequireFinish(long tree, bool copy) => Require("finishing the tree", tree / 4 + (copy ? tree : 0));

    /// <summary>Objects are deflated, and packed into an archive of the same size.</summary>
    public void RequireCommit(long tree) => Require("the commit", checked(tree * 3 / 2));

    private void Require(string step, long needed)
    {
        var free = UnixFile.FreeBytes(directory);
        if (free < needed)
        {
            throw new PipelineException(TreeDiagnostics.NoSpace(step, directory, needed, free));
        }
    }
}
