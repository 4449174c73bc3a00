using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Plans;

/// <summary>git in one checkout, with the user's configuration but never a prompt.</summary>
internal sealed class Git(IToolRunner tools, string directory, string? index = null)
{
    /// <summary>The same checkout through another index file.</summary>
    public Git WithIndex(string path) => new(tools, directory, path);

    public async Task<string> TextAsync(
        ValueList<string> arguments,
        CancellationToken cancellationToken,
        ReadOnlyMemory<byte> input = default
    ) => (await tools.RunAsync(Command(arguments, input), cancellationToken)).Text;

    public async Task<byte[]> BytesAsync(ValueList<string> arguments, CancellationToken cancellationToken) =>
        (await tools.RunAsync(Command(arguments, default), cancellationToken)).Output.ToArray();

    /// <summary>The output, or <c>null</c> when git fails.</summary>
    public async Task<string?> TryAsync(ValueList<string> arguments, CancellationToken cancellationToken)
    {
        var result = await tools.RunAsync(Command(arguments, default) with { Accepted = [0, 1, 128] }, cancellationToken);
        return result.ExitCode == 0 ? result.Text : null;
    }

    /// <summary>Fetches a branch into FETCH_HEAD.</summary>
    /// <returns><c>null</c>, or why it failed: no such remote or branch, or no way to it.</returns>
    public async Task<string?> TryFetchAsync(string remote, string branch, CancellationToken cancellationToken)
    {
        var command = Command(["fetch", "--quiet", "--end-of-options", remote, branch], default) with { Accepted = [0, 1, 128] };
        var result = await tools.RunAsync(command, cancellationToken);
        return result.ExitCode == 0 ? null : result.ErrorTail.Split('\n')[0];
    }

    private ToolCommand Command(ValueList<string> arguments, ReadOnlyMemory<byte> input)
    {
        var environment = new Dictionary<string, string> { ["GIT_TERMINAL_PROMPT"] = "0" };
        if (index is not null)
        {
            environment["GIT_INDEX_FILE"] = index;
        }

        return new("git", ["-C", directory, .. arguments])
        {
            Input = input,
            Environment = environment,
            MissingHint = "install git",
        };
    }
}
