using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Bisection;

/// <summary>A commit of a configuration.</summary>
/// <param name="Id">The full commit id.</param>
/// <param name="Text">Short id and subject; untrusted text.</param>
internal sealed record Revision(string Id, string Text);

/// <summary>A manifest in a git checkout.</summary>
/// <param name="Root">The checkout.</param>
/// <param name="Folder">The manifest's folder below it, with what lies beside it; <c>.</c> for the root.</param>
/// <param name="Manifest">The manifest's path below the root.</param>
internal sealed record ConfigCheckout(string Root, string Folder, string Manifest);

/// <summary>Reads commits of a configuration with git; the user's checkout is never changed.</summary>
internal sealed class RevisionSource(IToolRunner tools)
{
    /// <summary>The checkout that a manifest is in.</summary>
    /// <exception cref="PipelineException">It is in none; git is missing (class 3).</exception>
    public async Task<ConfigCheckout> FindAsync(string manifest, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(manifest)!;
        var root = (await GitAsync(directory, ["rev-parse", "--show-toplevel"], cancellationToken)).Trim();
        var prefix = (await GitAsync(directory, ["rev-parse", "--show-prefix"], cancellationToken)).Trim().TrimEnd('/');
        return new(root, prefix.Length == 0 ? "." : prefix, Path.Combine(prefix, Path.GetFileName(manifest)));
    }

    /// <summary>The commits after one revision up to another that change the manifest's folder, oldest first; a merge is one.</summary>
    public async Task<ValueList<Revision>> CommitsAsync(
        ConfigCheckout checkout,
        string from,
        string to,
        CancellationToken cancellationToken
    )
    {
        var text = await GitAsync(
            checkout.Root,
            ["log", "--reverse", "--first-parent", "--format=%H %h %s", $"{from}..{to}", "--", checkout.Folder],
            cancellationToken
        );
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', 2)).Select(l => new Revision(l[0], l[1])),
        ];
    }

    /// <summary>Writes the files of a revision below <paramref name="folder"/>.</summary>
    /// <returns>Path of the manifest there.</returns>
    public async Task<string> CheckOutAsync(ConfigCheckout checkout, string revision, string folder, CancellationToken cancellationToken)
    {
        var target = Path.Combine(folder, "config");
        UnixFile.DeleteTree(target);
        Directory.CreateDirectory(target);
        var archive = Path.Combine(folder, "config.tar");
        await GitAsync(checkout.Root, ["archive", "--format=tar", "-o", archive, revision], cancellationToken);
        await tools.RunAsync(new("tar", ["-x", "-C", target, "-f", archive]), cancellationToken);
        return Path.Combine(target, checkout.Manifest);
    }

    private async Task<string> GitAsync(string directory, ValueList<string> arguments, CancellationToken cancellationToken) =>
        (
            await tools.RunAsync(
                new("git", ["-C", directory, "-c", "core.fsmonitor=false", "--no-optional-locks", .. arguments])
                {
                    MissingHint = "install the package 'git'",
                },
                cancellationToken
            )
        ).Text;
}
