using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Build.Rpm;

/// <summary>
/// A throw-away key. It is made once for a directory and kept there, and it signs as if it were always the same day: the same packages
/// signed again are the same bytes.
/// </summary>
internal sealed class RpmSigner : IAsyncDisposable
{
    private const string SecretSuffix = ".secret";
    private const string User = "rpm-repository@example.com";
    private const string Made = "20240101T000000!";
    private const string Signed = "20240102T000000!";
    private const string Hint = "apt-get install rpm gpg gpg-agent";

    private readonly IToolRunner _tools;
    private readonly string _home;

    private RpmSigner(IToolRunner tools, string home) => (_tools, _home) = (tools, home);

    /// <summary>The key of a directory.</summary>
    /// <param name="directory">Holds <c>key.secret</c>; it is made when it is not there.</param>
    /// <param name="tools">Starts gpg.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<RpmSigner> OpenAsync(string directory, IToolRunner tools, CancellationToken cancellationToken)
    {
        // Not below the directory: the path of an agent's socket has at most 107 bytes.
        var signer = new RpmSigner(tools, Directory.CreateTempSubdirectory("pipeline-gpg-").FullName);
        var secret = Path.Combine(directory, "key" + SecretSuffix);
        if (!File.Exists(secret))
        {
            await signer.GpgAsync(
                ["--faked-system-time", Made, "--quick-generate-key", User, "rsa3072", "sign", "never"],
                cancellationToken
            );
            await signer.GpgAsync(["--output", secret + ".new", "--export-secret-keys", User], cancellationToken);
            File.SetUnixFileMode(secret + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.Move(secret + ".new", secret);
        }
        else
        {
            await signer.GpgAsync(["--import", secret], cancellationToken);
        }

        return signer;
    }

    /// <summary>Serves the directory on loopback, without its secret key: repositories are read over HTTP.</summary>
    public static FileServer Serve(string directory) => new(directory) { HiddenSuffix = SecretSuffix };

    /// <summary>Writes the public key in ASCII armour.</summary>
    public Task ExportAsync(string file, CancellationToken cancellationToken) =>
        GpgAsync(["--armor", "--output", file, "--export", User], cancellationToken);

    /// <summary>Adds a signature to a package.</summary>
    public Task SignPackageAsync(string package, CancellationToken cancellationToken) =>
        _tools.RunAsync(
            new(
                "rpmsign",
                [
                    "--define",
                    $"_gpg_name {User}",
                    "--define",
                    $"_gpg_path {_home}",
                    "--define",
                    $"__gpg_sign_cmd %{{__gpg}} gpg --batch --no-armor --faked-system-time {Signed} --digest-algo sha256 "
                        + "-u %{_gpg_name} -sbo %{__signature_filename} %{__plaintext_filename}",
                    "--define",
                    "__gpg /usr/bin/gpg",
                    "--addsign",
                    package,
                ]
            )
            {
                MissingHint = Hint,
            },
            cancellationToken
        );

    /// <summary>Writes a detached signature beside a file: <c>FILE.asc</c>.</summary>
    public Task SignFileAsync(string file, CancellationToken cancellationToken) =>
        GpgAsync(
            ["--armor", "--faked-system-time", Signed, "--local-user", User, "--output", $"{file}.asc", "--detach-sign", file],
            cancellationToken
        );

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _tools.RunAsync(new("gpgconf", ["--homedir", _home, "--kill", "gpg-agent"]) { MissingHint = Hint }, CancellationToken.None);
        UnixFile.DeleteTree(_home);
    }

    private Task<ToolResult> GpgAsync(ValueList<string> arguments, CancellationToken cancellationToken) =>
        _tools.RunAsync(
            new("gpg", ["--homedir", _home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", .. arguments])
            {
                MissingHint = Hint,
            },
            cancellationToken
        );
}
