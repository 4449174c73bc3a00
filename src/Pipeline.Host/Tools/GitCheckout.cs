using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Tools;

/// <summary>Which state of a git checkout a directory is in.</summary>
/// <param name="Revision">The nearest tag and the commit, as <c>git describe</c> says.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Branch">The branch; <c>HEAD</c> when none is checked out.</param>
/// <param name="Dirty">Whether a file differs from the commit, or is new.</param>
/// <param name="Origin">Address of the remote <c>origin</c> as configured; empty for none.</param>
public sealed record GitState(string Revision, string Commit, string Branch, bool Dirty, string Origin);

/// <summary>Looks at git checkouts; never changes one.</summary>
public sealed class GitCheckout(IToolRunner tools)
{
    private const int NotFound = 128;

    /// <summary>The state of the checkout that a directory is in.</summary>
    /// <returns><c>null</c> when it is in none, git is not installed, or git refuses the checkout of another user.</returns>
    public async Task<GitState?> FindAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            if (await TextAsync(directory, ["rev-parse", "--verify", "HEAD"], cancellationToken) is not { Length: > 0 } commit)
            {
                return null;
            }

            var revision = await TextAsync(directory, ["describe", "--tags", "--always", "--abbrev=42"], cancellationToken);
            var branch = await TextAsync(directory, ["rev-parse", "--abbrev-ref", "HEAD"], cancellationToken);
            var changes = await TextAsync(directory, ["status", "--porcelain"], cancellationToken);
            var origin = await TextAsync(directory, ["config", "--get", "remote.origin.url"], cancellationToken);
            return new(revision ?? commit, commit, branch ?? "HEAD", changes is not "", origin ?? "");
        }
        catch (PipelineException e) when (e.Exit == ExitClass.MissingTool)
        {
            return null;
        }
    }

    /// <summary>The output without line feeds around it; <c>null</c> when git has no answer.</summary>
    private async Task<string?> TextAsync(string directory, ValueList<string> arguments, CancellationToken cancellationToken)
    {
        // A checkout must not name programs for git to run.
        ValueList<string> all = ["-C", directory, "-c", "core.fsmonitor=false", "--no-optional-locks", .. arguments];
        var result = await tools.RunAsync(new("git", all) { Accepted = [0, 1, NotFound] }, cancellationToken);
        return result.ExitCode == 0 ? result.Text.Trim('\n') : null;
    }
}
