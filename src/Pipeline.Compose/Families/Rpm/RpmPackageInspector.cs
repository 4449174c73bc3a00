using System.Security.Cryptography;
using Pipeline.Compose.Layers;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Says what is in an <c>.rpm</c>.</summary>
internal static class RpmPackageInspector
{
    private static readonly (string Name, RpmTag Tag)[] Fields =
    [
        ("summary", RpmTag.Summary),
        ("license", RpmTag.License),
        ("vendor", RpmTag.Vendor),
        ("url", RpmTag.Url),
        ("os", RpmTag.OperatingSystem),
        ("source", RpmTag.SourcePackage),
        ("compressor", RpmTag.PayloadCompressor),
        ("description", RpmTag.Description),
    ];

    private static readonly (RpmFileFlags Flag, string Name)[] Flags =
    [
        (RpmFileFlags.Config, "config"),
        (RpmFileFlags.NoReplace, "noreplace"),
        (RpmFileFlags.MissingOk, "missingok"),
        (RpmFileFlags.Documentation, "doc"),
        (RpmFileFlags.License, "license"),
        (RpmFileFlags.ReadMe, "readme"),
        (RpmFileFlags.Ghost, "ghost"),
        (RpmFileFlags.Artifact, "artifact"),
    ];

    /// <summary>Inspects a package. A wrong digest or signature is part of the answer; what breaks the format refuses it.</summary>
    /// <exception cref="BadPackageException">Damaged, hostile or too large.</exception>
    public static async Task<PackageReport> InspectAsync(
        Stream file,
        ReadOnlyMemory<byte>? keyring,
        RpmSignatureVerifier verifier,
        CancellationToken cancellationToken
    )
    {
        var package = RpmPackageFile.Read(file, LayerLimits.Default);
        var identity = RpmPackageIdentity.Read(package.Header);
        var signatures = RpmSignatures.Read(package);
        IReadOnlyList<RpmSignatureVerdict> verdicts = keyring is { } keys
            ? await verifier.CheckAsync(package, file, signatures, keys, cancellationToken)
            : [.. signatures.Select(s => new RpmSignatureVerdict(s, RpmSignatureState.NotChecked, null, null))];
        var digests = RpmPackageDigests
            .OfHeader(package)
            .Concat(RpmPackageDigests.OfPayload(package, file, all: true, cancellationToken))
            .ToList();
        var problem =
            digests.FirstOrDefault(d => d.IsWrong) is { } wrong ? $"{wrong.Name} of the {wrong.Covers} is wrong"
            : keyring is null ? null
            : RpmSignatureVerifier.Problem(verdicts);

        // What a wrong digest is over is not decoded.
        var listed = digests.Any(d => d.IsWrong)
            ? RpmPackageEntries.Read(package.Header, LayerLimits.Default)
            : ReadPayload(package, file, digests, cancellationToken);
        return new()
        {
            Format = $"rpm {package.Format}",
            Name = identity.Name,
            Version = identity.FullVersion,
            Architecture = identity.Architecture,
            Fields = Fields.Where(f => package.Header.Has(f.Tag)).SelectMany(f => Texts(package.Header, f.Name, f.Tag)).ToValueList(),
            Digests = digests.Select(Digest).ToValueList(),
            Signatures = verdicts.Select(Signature).ToValueList(),
            Relations = RpmPackageRelations.Read(package.Header),
            Scripts = RpmPackageScripts.Read(package.Header),
            Files = Files(package.Header, listed),
            Problem = problem,
        };
    }

    /// <summary>Decodes everything once, which checks paths and contents, and adds the digest of the decoded archive.</summary>
    private static IReadOnlyList<RpmPackageEntry> ReadPayload(
        RpmPackageFile package,
        Stream file,
        List<RpmDigest> digests,
        CancellationToken cancellationToken
    )
    {
        var expected = package.Header.Text(RpmTag.PayloadSha256Alternate)?.ToLowerInvariant();
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var payload = new RpmPackagePayload(package, LayerLimits.Default, Drain)
        {
            Observe = expected is null ? null : bytes => whole.AppendData(bytes),
        };
        payload.Read(file, cancellationToken);
        if (expected is not null)
        {
            digests.Add(new("SHA-256", "decoded payload", expected, RpmHash.Finish(whole)));
        }

        return payload.Listed;
    }

    private static Digest Drain(TarEntry entry, ReadContent content)
    {
        var buffer = new byte[64 * 1024];
        while (content(buffer) > 0) { }

        return default;
    }

    /// <summary>A text, and its translations as <c>name[language]</c>.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Texts(RpmHeader header, string name, RpmTag tag) =>
        tag is not (RpmTag.Summary or RpmTag.Description)
            ? [KeyValuePair.Create(name, header.Text(tag)!)]
            : header.Translations(tag).Select((t, i) => KeyValuePair.Create(i == 0 ? name : $"{name}[{t.Key}]", t.Value));

    private static PackageDigest Digest(RpmDigest digest) =>
        new(
            digest.Name,
            digest.Covers,
            digest.Expected,
            digest.Actual is null ? PackageCheck.NotChecked
                : digest.IsWrong ? PackageCheck.Bad
                : PackageCheck.Good
        );

    private static PackageSignature Signature(RpmSignatureVerdict verdict) =>
        new(
            verdict.Signature.Name,
            verdict.Signature.CoversPayload ? "header and payload" : "header",
            verdict.State switch
            {
                RpmSignatureState.Good => PackageCheck.Good,
                RpmSignatureState.Bad => PackageCheck.Bad,
                RpmSignatureState.UnknownKey => PackageCheck.UnknownKey,
                RpmSignatureState.NotTrusted => PackageCheck.NotTrusted,
                _ => PackageCheck.NotChecked,
            },
            verdict.Key,
            verdict.Reason
        );

    private static ValueList<PackagedFile> Files(RpmHeader header, IReadOnlyList<RpmPackageEntry> listed)
    {
        var algorithm = RpmHash.Named(header.Number(RpmTag.FileDigestAlgorithm) ?? 1)?.Name?.ToLowerInvariant() ?? "unknown";
        return listed
            .Select(e => new PackagedFile(
                e.Path,
                e.Kind switch
                {
                    TarKind.File => "file",
                    TarKind.Directory => "directory",
                    TarKind.Symlink => "link",
                    _ => "special",
                },
                e.Mode & FileModes.All,
                e.User,
                e.Group,
                e.Kind is TarKind.File or TarKind.Symlink ? e.Size : 0,
                e.Digest.Length == 0 ? "" : $"{algorithm}:{e.Digest}",
                e.Target,
                e.Capabilities,
                Flags.Where(f => e.Flags.HasFlag(f.Flag)).Select(f => f.Name).ToValueList()
            )
            {
                Language = e.Language,
                Ima = e.Ima,
            })
            .ToValueList();
    }
}
