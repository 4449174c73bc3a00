using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Kola.Machines.Guests;

/// <summary>An ed25519 key that opens test machines on this host and nothing else.</summary>
/// <param name="Path">The private key file, mode 0600.</param>
/// <param name="Public">The public key as one line.</param>
internal sealed record SshKey(string Path, string Public)
{
    /// <summary>What brings ssh and ssh-keygen.</summary>
    public const string MissingHint = "install the package 'openssh-client'";

    /// <summary>
    /// The key of a work directory's machines, made by the first run: machines that a run saved know no other. <c>null</c> when it belongs
    /// to another user.
    /// </summary>
    /// <param name="tools">Starts ssh-keygen.</param>
    /// <param name="time">Clock of the lock's note.</param>
    /// <param name="cache">The work directory's cache.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<SshKey?> KeptAsync(IToolRunner tools, TimeProvider time, string cache, CancellationToken cancellationToken)
    {
        var directory = System.IO.Path.Combine(cache, "ssh");
        try
        {
            using var hold = await FileLock.AcquireAsync(directory + ".lock", wait: true, _ => { }, time, cancellationToken);
            if (!File.Exists(System.IO.Path.Combine(directory, "key.pub")))
            {
                // The public half is written last, so what lacks it was interrupted.
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                File.Delete(System.IO.Path.Combine(directory, "key"));
                return await CreateAsync(tools, directory, cancellationToken);
            }

            var path = System.IO.Path.Combine(directory, "key");
            await using (File.OpenRead(path)) { }
            return new(path, (await File.ReadAllTextAsync(path + ".pub", cancellationToken)).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Makes a key in <paramref name="directory"/>.</summary>
    public static async Task<SshKey> CreateAsync(IToolRunner tools, string directory, CancellationToken cancellationToken)
    {
        var path = System.IO.Path.Combine(directory, "key");
        await tools.RunAsync(
            new("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "pipeline", "-f", path]) { MissingHint = MissingHint },
            cancellationToken
        );
        return new(path, (await File.ReadAllTextAsync(path + ".pub", cancellationToken)).Trim());
    }
}
