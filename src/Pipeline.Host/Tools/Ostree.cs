using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Tools;

/// <summary>ostree: commits trees, reads commits, deploys them. The one place that knows its arguments.</summary>
/// <param name="tools">Starts it.</param>
public sealed class Ostree(IToolRunner tools)
{
    // Deployments go into scratch directories: not made durable one by one, and without immutable flags that could not be removed again.
    private static readonly Dictionary<string, string> DeployEnvironment = new()
    {
        ["OSTREE_SYSROOT_DEBUG"] = "mutable-deployments",
        ["OSTREE_SYSROOT_OPTS"] = "skip-sync",
    };

    /// <summary>The program as a part of a step's fingerprint.</summary>
    public static HostProgram Program { get; } = new("ostree", "ostree");

    /// <summary>Makes an empty archive-mode repository that is not synced to the disk object by object.</summary>
    /// <param name="repository">An empty directory.</param>
    /// <param name="zlibLevel">How hard objects are compressed, 1 to 9; <c>null</c> for ostree's own.</param>
    /// <param name="cancellationToken">Stops ostree.</param>
    public async Task InitAsync(string repository, int? zlibLevel, CancellationToken cancellationToken)
    {
        await RunAsync(repository, ["init", "--mode=archive"], cancellationToken);
        await RunAsync(repository, ["config", "set", "core.fsync", "false"], cancellationToken);
        if (zlibLevel is { } level)
        {
            var text = level.ToString(CultureInfo.InvariantCulture);
            await RunAsync(repository, ["config", "set", "archive.zlib-level", text], cancellationToken);
        }
    }

    /// <summary>Commits.</summary>
    /// <returns>The commit's checksum.</returns>
    /// <exception cref="PipelineException">PL0305: ostree printed something else.</exception>
    public async Task<string> CommitAsync(string repository, OstreeCommitOptions options, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "commit",
            $"--tree={options.Tree}",
            $"--branch={options.Branch}",
            $"--parent={options.Parent ?? "none"}",
            .. options.Base is { } below ? [$"--base={below}"] : Array.Empty<string>(),
            $"--subject={options.Subject}",
            .. options.Time is { } time
                ? [$"--timestamp=@{time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}"]
                : Array.Empty<string>(),
            .. options.Metadata.Select(m => $"--add-metadata-string={m.Key}={m.Value}"),
            .. options.Bootable ? ["--add-metadata=ostree.bootable=true"] : Array.Empty<string>(),
            .. options.Policy is { } policy ? [$"--selinux-policy={policy}"] : Array.Empty<string>(),
            .. options.KeptMetadata.Select(k => $"--keep-metadata={k}"),
            .. options.Signing is { } key ? [$"--gpg-homedir={key.Home}", $"--gpg-sign={key.Fingerprint}"] : Array.Empty<string>(),
        ];
        var checksum = (await RunAsync(repository, arguments, cancellationToken)).Trim();
        return Digest.TryParse(checksum, out _) ? checksum : throw new PipelineException(ToolDiagnostics.NoChecksum());
    }

    /// <summary>What <c>ostree show</c> prints about a commit: lines of "Name:  value", then the subject.</summary>
    public Task<string> ShowAsync(string repository, string commit, CancellationToken cancellationToken) =>
        RunAsync(repository, ["show", commit], cancellationToken);

    /// <summary>
    /// The value of a field that <c>ostree show</c> prints, such as <c>ContentChecksum</c> or <c>Date</c>; <c>null</c> when it is not
    /// there.
    /// </summary>
    public static string? Field(string shown, string name) =>
        shown.Split('\n').FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim();

    /// <summary>A metadata value of a commit in GVariant's text form, or <c>null</c> when the commit has none of that name.</summary>
    public async Task<string?> MetadataAsync(string repository, string commit, string name, CancellationToken cancellationToken)
    {
        var command = Command([$"--repo={repository}", "show", $"--print-metadata-key={name}", commit]) with { Accepted = [0, 1] };
        var result = await tools.RunAsync(command, cancellationToken);
        return result.ExitCode == 0 ? result.Text.Trim() : null;
    }

    /// <summary>Names of a repository's refs.</summary>
    public async Task<ValueList<string>> RefsAsync(string repository, CancellationToken cancellationToken) =>
        [.. (await RunAsync(repository, ["refs"], cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>The commit that a ref names.</summary>
    public async Task<string> ResolveAsync(string repository, string reference, CancellationToken cancellationToken) =>
        (await RunAsync(repository, ["rev-parse", reference], cancellationToken)).Trim();

    /// <summary>A text file of a commit; <c>null</c> when it is not there.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="path">Absolute path inside the tree.</param>
    /// <param name="limit">Most bytes that are taken.</param>
    /// <param name="cancellationToken">Stops ostree.</param>
    /// <exception cref="PipelineException">PL0303: it is larger.</exception>
    public async Task<string?> ReadAsync(string repository, string commit, string path, int limit, CancellationToken cancellationToken)
    {
        var command = Command([$"--repo={repository}", "cat", commit, path]) with { Accepted = [0, 1], OutputLimit = limit };
        var result = await tools.RunAsync(command, cancellationToken);
        return result.ExitCode == 0 ? result.Text : null;
    }

    /// <summary>
    /// Everything of a commit, a line each: type and mode, owner, group, size, checksum of the object, of a directory also that of its
    /// metadata, path.
    /// </summary>
    public async Task<string> ListAsync(string repository, string commit, CancellationToken cancellationToken)
    {
        const int limit = 512 << 20;
        var command = Command([$"--repo={repository}", "ls", "--recursive", "--checksum", commit, "/"]) with { OutputLimit = limit };
        return (await tools.RunAsync(command, cancellationToken)).Text;
    }

    /// <summary>Verifies every object of a repository.</summary>
    /// <exception cref="PipelineException">PL0301: one is damaged.</exception>
    public Task CheckAsync(string repository, CancellationToken cancellationToken) =>
        DeployStepAsync([$"--repo={repository}", "fsck", "--quiet"], cancellationToken);

    /// <summary>Copies a ref and its objects from another repository on this machine.</summary>
    /// <param name="repository">Takes them.</param>
    /// <param name="from">Has them.</param>
    /// <param name="reference">The ref.</param>
    /// <param name="verify">Whether every object is verified; <c>false</c> only where they were, and were then changed here.</param>
    /// <param name="cancellationToken">Stops ostree.</param>
    public Task PullAsync(string repository, string from, string reference, bool verify, CancellationToken cancellationToken) =>
        DeployStepAsync(
            [$"--repo={repository}", "pull-local", .. verify ? ["--untrusted"] : Array.Empty<string>(), from, reference],
            cancellationToken
        );

    /// <summary>Lays out the top of a root file system.</summary>
    public Task InitRootAsync(string root, CancellationToken cancellationToken) =>
        DeployStepAsync(["admin", "init-fs", "--modern", root], cancellationToken);

    /// <summary>Makes the directories of an OS below <c>/ostree/deploy</c>.</summary>
    public Task InitOsAsync(string root, string stateroot, CancellationToken cancellationToken) =>
        DeployStepAsync(["admin", "os-init", stateroot, $"--sysroot={root}"], cancellationToken);

    /// <summary>Checks a commit out as a deployment.</summary>
    public Task DeployAsync(
        string root,
        string stateroot,
        string reference,
        IEnumerable<string> kernelArguments,
        CancellationToken cancellationToken
    ) =>
        DeployStepAsync(
            ["admin", "deploy", $"--sysroot={root}", $"--os={stateroot}", .. kernelArguments.Select(a => $"--karg={a}"), reference],
            cancellationToken
        );

    private async Task<string> RunAsync(string repository, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        (await tools.RunAsync(Command([$"--repo={repository}", .. arguments]), cancellationToken)).Text;

    private Task<ToolResult> DeployStepAsync(ValueList<string> arguments, CancellationToken cancellationToken) =>
        tools.RunAsync(Command(arguments) with { Environment = DeployEnvironment }, cancellationToken);

    private static ToolCommand Command(ValueList<string> arguments) =>
        new(Program.Name, arguments) { MissingHint = $"install the package '{Program.Package}'" };
}

/// <summary>What to commit.</summary>
public sealed record OstreeCommitOptions
{
    /// <summary>Where the tree is: <c>dir=PATH</c> or <c>tar=PATH</c>.</summary>
    public required string Tree { get; init; }

    /// <summary>The ref; bound into the commit, as clients check.</summary>
    public required string Branch { get; init; }

    /// <summary>The commit before it; <c>null</c> for none.</summary>
    public string? Parent { get; init; }

    /// <summary>A commit whose content lies below the tree; <c>null</c> for none.</summary>
    public string? Base { get; init; }

    /// <summary>One line for people; may be empty.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The commit's time; <c>null</c> for now.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Text metadata, in this order.</summary>
    public ValueList<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>Whether <c>ostree.bootable</c> is set.</summary>
    public bool Bootable { get; init; }

    /// <summary>A root directory whose SELinux policy labels the tree; <c>null</c> for no labels.</summary>
    public string? Policy { get; init; }

    /// <summary>Names of metadata taken over from the parent.</summary>
    public ValueList<string> KeptMetadata { get; init; } = [];

    /// <summary>The key that signs it; <c>null</c> for an unsigned commit.</summary>
    public OstreeSigningKey? Signing { get; init; }
}

/// <summary>A secret key of gpg.</summary>
/// <param name="Home">gpg's home directory.</param>
/// <param name="Fingerprint">Which key.</param>
public sealed record OstreeSigningKey(string Home, string Fingerprint);
