using Pipeline.Host.Tools;

namespace Pipeline.Kola.Machines.Guests;

/// <summary>A throwaway ed25519 key for the machines of one run.</summary>
/// <param name="Path">The private key file, mode 0600.</param>
/// <param name="Public">The public key as one line.</param>
internal sealed record SshKey(string Path, string Public)
{
    /// <summary>What brings ssh and ssh-keygen.</summary>
    public const string MissingHint = "install the package 'openssh-client'";

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
