using System.Text;
using Pipeline.Host.Signing;

namespace Pipeline.TestKit;

/// <summary>A signer that needs no gpg: real signatures of a test key, and a list of what was signed.</summary>
/// <param name="key">The key; <see cref="TestSigningKey.Shared"/> unless a test needs its own.</param>
public sealed class FakeSigner(TestSigningKey? key = null) : ISigner
{
    private readonly TestSigningKey _key = key ?? TestSigningKey.Shared;
    private readonly List<string> _signed = [];

    /// <inheritdoc/>
    public string Fingerprint => _key.Fingerprint;

    /// <summary>Names of the files that were signed, with the form, in order: <c>detached disk.qcow2</c>.</summary>
    public IReadOnlyList<string> Calls => _signed;

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> SignAsync(string file, SignatureForm form, CancellationToken cancellationToken)
    {
        var content = await File.ReadAllBytesAsync(file, cancellationToken);
        _signed.Add($"{(form == SignatureForm.Clear ? "clear" : "detached")} {Path.GetFileName(file)}");
        return form == SignatureForm.Clear
            ? Encoding.UTF8.GetBytes(_key.ClearSign(Encoding.UTF8.GetString(content)))
            : _key.SignDetached(content);
    }
}
