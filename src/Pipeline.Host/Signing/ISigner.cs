namespace Pipeline.Host.Signing;

/// <summary>How a signature and what it signs lie together.</summary>
public enum SignatureForm
{
    /// <summary>A binary signature on its own, as <c>FILE.sig</c> beside a file.</summary>
    Detached,

    /// <summary>The text and an armoured signature in one document, as <c>InRelease</c>.</summary>
    Clear,
}

/// <summary>Makes OpenPGP signatures with one key. The key itself stays where it is: in gpg's agent, on a token, in a service.</summary>
public interface ISigner
{
    /// <summary>Fingerprint of the key: 40 upper-case hexadecimal digits (64 for version 6).</summary>
    string Fingerprint { get; }

    /// <summary>Signs a file.</summary>
    /// <param name="file">Absolute path; clear signatures need UTF-8 text.</param>
    /// <param name="form">What is returned.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind.</param>
    /// <returns>The signature, or the signed document.</returns>
    /// <exception cref="Model.Diagnostics.PipelineException">
    /// PL0380 the key cannot be used (class 3); PL0381 what came back is no signature of this key (class 5).
    /// </exception>
    Task<ReadOnlyMemory<byte>> SignAsync(string file, SignatureForm form, CancellationToken cancellationToken);
}
