using System.Security.Cryptography;
using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>Says what is in a .deb.</summary>
internal static class DebInspector
{
    private static readonly string[] Relations =
    [
        "Pre-Depends",
        "Depends",
        "Recommends",
        "Suggests",
        "Enhances",
        "Breaks",
        "Conflicts",
        "Replaces",
        "Provides",
        "Built-Using",
    ];

    private static readonly string[] Scripts = ["config", "preinst", "postinst", "prerm", "postrm", "triggers"];

    /// <summary>Inspects a package.</summary>
    /// <param name="file">Can seek.</param>
    /// <param name="mustBeSigned">Whether the user wants a signature, which .deb files do not have.</param>
    /// <param name="cancellationToken">Stops between entries.</param>
    /// <exception cref="BadPackageException">Damaged, hostile or too large.</exception>
    public static PackageReport Inspect(Stream file, bool mustBeSigned, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<string, string>(StringComparer.Ordinal);
        var capabilities = new Dictionary<string, string>(StringComparer.Ordinal);
        var layer = DebReader.Read(file, Hash, LayerLimits.Default, cancellationToken);
        var control = DebControl.Parse("file", layer.Control["control"]);
        var digests = Digests(layer, sums);
        return new()
        {
            Format = "deb 2.0",
            Name = control.Package,
            Version = control["Version"]!,
            Architecture = control.Architecture,
            Fields = control
                .Fields.Where(f =>
                    f.Key is not ("Package" or "Version" or "Architecture") && !Relations.Contains(f.Key, StringComparer.OrdinalIgnoreCase)
                )
                .Select(f => KeyValuePair.Create(f.Key.ToLowerInvariant(), f.Value))
                .ToValueList(),
            Digests = digests,
            Signatures = [],
            Relations = Relations.SelectMany(r => Split(r, control[r])).ToValueList(),
            Scripts = Scripts
                .Where(layer.Control.ContainsKey)
                .Select(s => new PackageScript(s, "", "", Encoding.UTF8.GetString(layer.Control[s])))
                .ToValueList(),
            Files = Files(layer, capabilities),
            Problem =
                digests.FirstOrDefault(d => d.State == PackageCheck.Bad) is { } wrong ? $"{wrong.Algorithm} of {wrong.Covers} is wrong"
                : mustBeSigned ? "it has no signature: Debian packages are trusted by the signed index of their repository"
                : null,
        };

        Digest Hash(TarEntry entry, ReadContent content)
        {
            using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // the package's own list is MD5; it finds damage, trust comes from the index
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = content(buffer)) > 0)
            {
                sha256.AppendData(buffer, 0, read);
                md5.AppendData(buffer, 0, read);
            }

            var path = PackagePath.Clean(entry.Path);
            sums[path] = Convert.ToHexStringLower(md5.GetHashAndReset());
            foreach (var (_, value) in entry.Attributes.Where(a => a.Key == "security.capability"))
            {
                capabilities[path] = FileCapabilities.ToText(value) ?? Convert.ToHexStringLower(Encoding.Latin1.GetBytes(value));
            }

            return Model.Values.Digest.FromHash(sha256.GetHashAndReset());
        }
    }

    private static IEnumerable<PackageRelation> Split(string field, string? value) =>
        (value ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(v => new PackageRelation(field.ToLowerInvariant(), v.ReplaceLineEndings("")));

    /// <summary>The list <c>md5sums</c>, compared with the contents.</summary>
    private static ValueList<PackageDigest> Digests(Layer layer, Dictionary<string, string> sums)
    {
        if (!layer.Control.TryGetValue("md5sums", out var list))
        {
            return [];
        }

        var lines = Encoding
            .UTF8.GetString(list)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(w => w.Length == 2)
            .ToArray();
        var first = layer.Entries.Where(e => e.Object is not null).ToLookup(e => e.RawPath, StringComparer.Ordinal);
        var wrong = lines.Where(w => Sum(w[1]) is { } sum ? sum != w[0] : true).Select(w => w[1]).ToArray();
        return
        [
            .. wrong.Length == 0
                ? (PackageDigest[])[new("MD5", $"{lines.Length} files of 'md5sums'", "", PackageCheck.Good)]
                : [.. wrong.Select(w => new PackageDigest("MD5", $"file '{PackagePath.Show(w)}'", "", PackageCheck.Bad))],
        ];

        // The second name of a file has the content of the first.
        string? Sum(string path) =>
            sums.TryGetValue(path, out var sum) ? sum
            : first[path].FirstOrDefault() is { } entry
                ? layer
                    .Entries.Where(e => e.Object == entry.Object && sums.ContainsKey(e.RawPath))
                    .Select(e => sums[e.RawPath])
                    .FirstOrDefault()
            : null;
    }

    private static ValueList<PackagedFile> Files(Layer layer, Dictionary<string, string> capabilities)
    {
        var configuration = layer.Control.TryGetValue("conffiles", out var list)
            ? Encoding.UTF8.GetString(list).Split('\n', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal)
            : [];
        return layer
            .Entries.Select(e => new PackagedFile(
                "/" + e.RawPath,
                e.Kind switch
                {
                    TarKind.Directory => "directory",
                    TarKind.Symlink => "link",
                    _ => "file",
                },
                e.Kind == TarKind.Symlink ? FileModes.Permissions : e.Mode,
                $"{e.UserId}",
                $"{e.GroupId}",
                e.Target is { } target ? Encoding.UTF8.GetByteCount(target) : e.Size,
                e.Object is null ? "" : $"sha256:{e.Object}",
                e.Target ?? "",
                capabilities.GetValueOrDefault(e.RawPath, ""),
                configuration.Contains("/" + e.RawPath) ? ["config"] : []
            ))
            .ToValueList();
    }
}
