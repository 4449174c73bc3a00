using System.Security.Cryptography;
using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>A digest that a package gives of a part of itself.</summary>
/// <param name="Name">The algorithm, as <c>SHA-256</c>.</param>
/// <param name="Covers">Of what it is.</param>
/// <param name="Expected">Hexadecimal, lower case.</param>
/// <param name="Actual">What it is; <c>null</c> where this machine cannot compute it.</param>
internal sealed record RpmDigest(string Name, string Covers, string Expected, string? Actual)
{
    /// <summary>Whether it was computed and is another.</summary>
    public bool IsWrong => Actual is not null && Actual != Expected;
}

/// <summary>
/// Computes the digests of a package. They find damage; who made a package is known by its signatures, and what was locked by the digest of
/// the whole file.
/// </summary>
internal static class RpmPackageDigests
{
    private const string HeaderPart = "header";
    private const string PayloadPart = "payload";
    private const string BothParts = "header and payload";

    /// <summary>Refuses a package with a wrong digest of its header or payload; nothing of the payload is decoded.</summary>
    /// <param name="package">The package.</param>
    /// <param name="file">Its file.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="BadPackageException">PL2001: one is wrong, or header or payload have none.</exception>
    public static void Require(RpmPackageFile package, Stream file, CancellationToken cancellationToken)
    {
        var header = OfHeader(package);
        var payload = OfPayload(package, file, all: false, cancellationToken);
        if (header.Concat(payload).FirstOrDefault(d => d.IsWrong) is { } wrong)
        {
            throw BadPackageException.Damaged($"the {wrong.Covers} has {wrong.Name} {wrong.Actual}, the package says {wrong.Expected}");
        }

        if (!header.Concat(payload).Any(d => d.Covers != PayloadPart && d.Actual is not null) || !payload.Any(d => d.Actual is not null))
        {
            throw BadPackageException.Damaged("it has no digest of its header or of its payload");
        }
    }

    /// <summary>The digests of the header.</summary>
    public static IReadOnlyList<RpmDigest> OfHeader(RpmPackageFile package)
    {
        var digests = new List<RpmDigest>();
        foreach (
            var (tag, algorithm) in ((RpmTag, HashAlgorithmName)[])
                [
                    (RpmTag.Sha3Header, HashAlgorithmName.SHA3_256),
                    (RpmTag.Sha256Header, HashAlgorithmName.SHA256),
                    (RpmTag.Sha1Header, HashAlgorithmName.SHA1),
                ]
        )
        {
            if (package.Signature.Text(tag) is { } expected)
            {
                using var hash = RpmHash.TryCreate(algorithm);
                hash?.AppendData(package.Header.Bytes.Span);
                digests.Add(new(RpmHash.NameOf(algorithm), HeaderPart, expected.ToLowerInvariant(), RpmHash.Finish(hash)));
            }
        }

        return digests;
    }

    /// <summary>The digests of the payload as it is in the file.</summary>
    /// <param name="package">The package.</param>
    /// <param name="file">Its file.</param>
    /// <param name="all">All there are; otherwise one that is good enough.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <remarks>
    /// A payload that was stored again without compression has the digest that the header calls the alternate one (rpm 6.0,
    /// docs/manual/format_v6.md).
    /// </remarks>
    public static IReadOnlyList<RpmDigest> OfPayload(RpmPackageFile package, Stream file, bool all, CancellationToken cancellationToken)
    {
        var wanted = Wanted(package).ToArray();
        if (!all)
        {
            wanted = [.. wanted.Where(w => RpmHash.IsSupported(w.Algorithm)).Take(1)];
        }

        var hashes = wanted.Select(w => RpmHash.TryCreate(w.Algorithm)).ToArray();
        try
        {
            foreach (var (hash, _) in hashes.Zip(wanted).Where(h => h.Second.Covers == BothParts))
            {
                hash?.AppendData(package.Header.Bytes.Span);
            }

            using var payload = package.OpenPayload(file);
            var buffer = new byte[256 * 1024];
            int read;
            while (hashes.Any(h => h is not null) && (read = payload.Read(buffer)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var hash in hashes)
                {
                    hash?.AppendData(buffer, 0, read);
                }
            }

            return [.. wanted.Zip(hashes, Judge)];
        }
        finally
        {
            foreach (var hash in hashes)
            {
                hash?.Dispose();
            }
        }
    }

    private static IEnumerable<Want> Wanted(RpmPackageFile package)
    {
        var header = package.Header;
        foreach (
            var (tag, alternate, algorithm) in ((RpmTag, RpmTag, HashAlgorithmName?)[])
                [
                    (RpmTag.PayloadSha256, RpmTag.PayloadSha256Alternate, RpmHash.Named(header.Number(RpmTag.PayloadDigestAlgorithm) ?? 8)),
                    (RpmTag.PayloadSha512, RpmTag.PayloadSha512Alternate, HashAlgorithmName.SHA512),
                    (RpmTag.PayloadSha3, RpmTag.PayloadSha3Alternate, HashAlgorithmName.SHA3_256),
                ]
        )
        {
            if (algorithm is { } known && header.Text(tag) is { } expected)
            {
                yield return new(known, PayloadPart, expected.ToLowerInvariant(), header.Text(alternate)?.ToLowerInvariant());
            }
        }

        if (package.Signature.Binary(RpmSignatureTag.Md5) is { IsEmpty: false } md5)
        {
            yield return new(HashAlgorithmName.MD5, BothParts, Convert.ToHexStringLower(md5.Span), null);
        }
    }

    private static RpmDigest Judge(Want want, IncrementalHash? hash)
    {
        var actual = RpmHash.Finish(hash);
        return new(
            RpmHash.NameOf(want.Algorithm),
            want.Covers,
            actual is not null && actual == want.Alternate ? want.Alternate : want.Expected,
            actual
        );
    }

    private sealed record Want(HashAlgorithmName Algorithm, string Covers, string Expected, string? Alternate);
}
