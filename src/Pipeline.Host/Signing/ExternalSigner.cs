using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Signing;

/// <summary>
/// Signs with a program of the site, for example the client of a signing service. It is started with <c>detached</c> or <c>clear</c>,
/// the fingerprint and the path of the file, and writes the signature to standard output. Its answer is not trusted: gpgv checks it
/// against the public key.
/// </summary>
public sealed class ExternalSigner : ISigner
{
    /// <summary>Most bytes of a signature, or of a signed document: 16 MiB.</summary>
    private const int Limit = 16 * 1024 * 1024;

    private readonly IToolRunner _tools;
    private readonly ValueList<string> _command;
    private readonly string _publicKey;

    /// <summary>A signer with one key.</summary>
    /// <param name="tools">Runs the program and gpgv.</param>
    /// <param name="command">The program and its first arguments.</param>
    /// <param name="fingerprint">The key.</param>
    /// <param name="publicKey">Path of the public key as gpgv's keyring: binary, not armoured.</param>
    /// <exception cref="PipelineException">PL0382 not a whole fingerprint (class 2).</exception>
    public ExternalSigner(IToolRunner tools, ValueList<string> command, string fingerprint, string publicKey)
    {
        _tools = tools;
        _command = command;
        _publicKey = publicKey;
        Fingerprint = Fingerprints.Require(fingerprint);
    }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> SignAsync(string file, SignatureForm form, CancellationToken cancellationToken)
    {
        var program = Path.GetFileName(_command[0]);
        var call = form == SignatureForm.Clear ? "clear" : "detached";
        var result = await _tools.RunAsync(
            new(_command[0], [.. _command.Skip(1), call, Fingerprint, file])
            {
                Accepted = [.. Enumerable.Range(0, 126)],
                OutputLimit = Limit,
            },
            cancellationToken
        );
        if (result.ExitCode != 0)
        {
            var why = result.ErrorTail.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last : "it said nothing";
            throw new PipelineException(SigningDiagnostics.NoKey(program, Fingerprint, $"exit code {result.ExitCode}: {why}"));
        }

        using var directory = new TemporaryDirectory();
        var signature = directory.File("signature");
        await File.WriteAllBytesAsync(signature, result.Output, cancellationToken);
        await SignatureCheck.RequireAsync(_tools, program, _publicKey, Fingerprint, signature, form, file, cancellationToken);
        return result.Output;
    }
}
