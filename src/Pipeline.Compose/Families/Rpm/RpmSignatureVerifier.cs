using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>gpgv: checks the signatures of packages against exactly the given keys.</summary>
/// <param name="tools">Runs gpgv.</param>
/// <param name="temporary">Where its files are made.</param>
internal sealed class RpmSignatureVerifier(IToolRunner tools, string temporary)
{
    /// <summary>Named relative to the directory: gpgv takes a keyring with a colon in its path for an address.</summary>
    private const string Keys = "keys.gpg";

    /// <summary>
    /// Refuses a package unless a signature of it is good and none is bad. A signature over the header alone counts when the header has a
    /// digest of the payload. Nothing of the payload is decoded.
    /// </summary>
    /// <param name="name">The package, for messages.</param>
    /// <param name="file">The package's file.</param>
    /// <param name="keyring">The keys as binary packets.</param>
    /// <param name="cancellationToken">Ends gpgv.</param>
    /// <exception cref="PipelineException">PL2006 (class 5) not signed by one of the keys; PL2001–PL2003 (class 5) damaged.</exception>
    public async Task RequireAsync(string name, Stream file, ReadOnlyMemory<byte> keyring, CancellationToken cancellationToken)
    {
        try
        {
            var package = RpmPackageFile.Read(file, LayerLimits.Default);
            var signatures = RpmSignatures.Read(package);
            var ofHeader = signatures.Where(s => !s.CoversPayload).ToArray();
            var verdicts = await CheckAsync(package, file, ofHeader, keyring, cancellationToken);
            var hasPayloadDigest = package.Header.Tags.Any(t => t is RpmTag.PayloadSha256 or RpmTag.PayloadSha512 or RpmTag.PayloadSha3);
            if (!hasPayloadDigest || !verdicts.Any(v => v.State == RpmSignatureState.Good))
            {
                verdicts =
                [
                    .. verdicts.Where(v => hasPayloadDigest || v.State != RpmSignatureState.Good),
                    .. await CheckAsync(package, file, [.. signatures.Except(ofHeader)], keyring, cancellationToken),
                ];
            }

            if (Problem(verdicts) is { } problem)
            {
                throw new PipelineException(RpmPackageDiagnostics.NotSigned(name, problem));
            }
        }
        catch (BadPackageException e)
        {
            throw new PipelineException(LayerDiagnostics.Refused(name, e));
        }
    }

    /// <summary>Checks each of the signatures.</summary>
    /// <param name="package">What <paramref name="file"/> holds.</param>
    /// <param name="file">The package's file.</param>
    /// <param name="signatures">Of this package.</param>
    /// <param name="keyring">The keys as binary packets.</param>
    /// <param name="cancellationToken">Ends gpgv.</param>
    public async Task<IReadOnlyList<RpmSignatureVerdict>> CheckAsync(
        RpmPackageFile package,
        Stream file,
        IReadOnlyList<RpmSignature> signatures,
        ReadOnlyMemory<byte> keyring,
        CancellationToken cancellationToken
    )
    {
        if (signatures.Count == 0)
        {
            return [];
        }

        using var directory = new TemporaryDirectory(temporary);
        await File.WriteAllBytesAsync(directory.File(Keys), keyring, cancellationToken);
        var verdicts = new List<RpmSignatureVerdict>();
        foreach (var signature in signatures)
        {
            var signed = signature.CoversPayload ? "package" : "header";
            if (!File.Exists(directory.File(signed)))
            {
                await WriteAsync(directory.File(signed), package, file, signature.CoversPayload, cancellationToken);
            }

            await File.WriteAllBytesAsync(directory.File("signature"), signature.Packet, cancellationToken);
            var result = await tools.RunAsync(
                new("gpgv", ["--homedir", directory.Path, "--status-fd", "1", "--keyring", $"./{Keys}", "signature", signed])
                {
                    WorkingDirectory = directory.Path,
                    Accepted = [0, 1, 2],
                    OutputLimit = 1024 * 1024,
                    MissingHint = "install the package 'gpgv'",
                },
                cancellationToken
            );
            verdicts.Add(RpmSignatureVerdict.Of(signature, result.Text));
        }

        return verdicts;
    }

    /// <summary>Why a package with these signatures is not trusted, or <c>null</c> when it is.</summary>
    internal static string? Problem(IReadOnlyList<RpmSignatureVerdict> verdicts)
    {
        static string Say(RpmSignatureVerdict verdict) =>
            $"signature {verdict.Signature.Name}{(verdict.Key is null ? "" : $" of key {verdict.Key}")}: {verdict.Reason}";

        return verdicts.FirstOrDefault(v => v.State == RpmSignatureState.Bad) is { } bad ? Say(bad)
            : verdicts.Any(v => v.State == RpmSignatureState.Good) ? null
            : verdicts.Count > 0 ? Say(verdicts[0])
            : "it has no signature that covers all of it";
    }

    private static async Task WriteAsync(
        string path,
        RpmPackageFile package,
        Stream file,
        bool payload,
        CancellationToken cancellationToken
    )
    {
        await using var output = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
        if (!payload)
        {
            await output.WriteAsync(package.Header.Bytes, cancellationToken);
            return;
        }

        await using var signed = package.OpenSigned(file);
        var buffer = new byte[256 * 1024];
        int read;
        while ((read = signed.Read(buffer)) > 0)
        {
            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }
}
