using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Host.Archives;
using Pipeline.Host.Compression;
using Pipeline.Model.Values;
using Decoder = Pipeline.Compose.Layers.Decoder;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// Reads the archive of a package against the list of files in its header. The header decides what a file is, the archive only brings
/// contents: one that is not listed, is there twice, is missing or has another content than listed refuses the package.
/// </summary>
/// <param name="package">Its digests are checked.</param>
/// <param name="limits">Bounds on what may come out.</param>
/// <param name="store">Keeps contents.</param>
internal sealed class RpmPackagePayload(RpmPackageFile package, LayerLimits limits, StoreContent store)
{
    /// <summary>What a package requires whose archive has padding that no other reader knows.</summary>
    private const string Aligned = "rpmlib(PayloadAlignment)";

    private readonly RpmPackageEntry[] _listed = RpmPackageEntries.Read(package.Header, limits);
    private readonly LayerLayout _layout = new();
    private readonly List<LayerEntry> _laid = [];

    /// <summary>The ids that stand for root: of who runs this, where that is not root.</summary>
    public (int User, int Group) Root { get; init; }

    /// <summary>Gets the archive's bytes once more, decoded.</summary>
    public Action<ReadOnlySpan<byte>>? Observe { get; init; }

    /// <summary>The files that the header lists.</summary>
    public IReadOnlyList<RpmPackageEntry> Listed => _listed;

    /// <summary>Reads the archive to its end.</summary>
    /// <exception cref="BadPackageException">Damaged, hostile or too large.</exception>
    public LayerEntry[] Read(Stream file, CancellationToken cancellationToken)
    {
        if (package.Header.Text(RpmTag.PayloadFormat) is { } format && format != "cpio")
        {
            throw BadPackageException.Damaged($"payloads of the format '{PackagePath.Show(format)}' are not supported");
        }

        if (package.Header.Texts(RpmTag.RequireName, limits.Entries).Contains(Aligned))
        {
            throw BadPackageException.Damaged("archives with aligned contents (rpm 6.2) are not supported");
        }

        try
        {
            return Unpack(file, cancellationToken);
        }
        catch (BadCpioException e)
        {
            throw e.Fault switch
            {
                CpioFault.TooLarge => BadPackageException.TooLarge(e.Message),
                CpioFault.BadName => BadPackageException.Escape(e.Message),
                _ => BadPackageException.Damaged(e.Message),
            };
        }
    }

    private LayerEntry[] Unpack(Stream file, CancellationToken cancellationToken)
    {
        var numbers = Numbers();
        var links = HardLinks();
        var seen = new bool[_listed.Length];
        using var decoded = Open(file);
        var cpio = new CpioReader(decoded);
        while (cpio.Next() is { } member)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var number = NumberOf(member, numbers);
            if (seen[number])
            {
                throw BadPackageException.Escape($"'{PackagePath.Show(_listed[number].Path)}' is there twice");
            }

            seen[number] = true;
            Place(member, number, cpio, links);
        }

        Drain(decoded);
        if (_listed.Where((l, i) => !l.IsGhost && !seen[i]).FirstOrDefault() is { } missing)
        {
            throw BadPackageException.Damaged($"'{PackagePath.Show(missing.Path)}' is listed, but not in the archive");
        }

        return links.Values.Any(l => l.Pending.Count > 0)
            ? throw BadPackageException.Damaged("a file with several names has no content")
            : [.. _laid];
    }

    /// <summary>Reads what is behind the archive, for the check of the compressor.</summary>
    private static void Drain(Stream decoded)
    {
        var rest = new byte[32 * 1024];
        while (decoded.Read(rest) > 0) { }
    }

    private void Place(CpioMember member, int number, CpioReader cpio, Dictionary<(long, long), HardLinkSet> links)
    {
        var listed = _listed[number];
        if (listed.IsGhost)
        {
            cpio.Expect(Math.Max(member.Size, 0));
            return;
        }

        switch (listed.Kind)
        {
            case TarKind.File when listed.Identity is { } id && links.TryGetValue(id, out var set):
                PlaceLinked(member, number, cpio, set);
                break;
            case TarKind.File:
                Size(member, listed, cpio);
                Add(listed, Lay(listed, cpio));
                break;
            case TarKind.Symlink:
                Size(member, listed, cpio);
                RequireTarget(listed, cpio);
                Add(listed, _layout.Place(Entry(listed)));
                break;
            default:
                cpio.Expect(Math.Max(member.Size, 0));
                Add(listed, _layout.Place(Entry(listed)));
                break;
        }
    }

    /// <summary>Names of one file come in a row; one of them, rpm's the last, brings the content for all.</summary>
    private void PlaceLinked(CpioMember member, int number, CpioReader cpio, HardLinkSet set)
    {
        var listed = _listed[number];
        if (!listed.IsSameFile(_listed[set.Numbers[0]]))
        {
            throw BadPackageException.Damaged($"'{PackagePath.Show(listed.Path)}' and another name of the same file differ");
        }

        var isLast = number == set.Numbers[^1];
        var brings = member.Size < 0 ? isLast : member.Size > 0 || (isLast && listed.Size == 0);
        if (set.First is { } first)
        {
            cpio.Expect(0);
            if (brings)
            {
                throw BadPackageException.Damaged($"'{PackagePath.Show(listed.Path)}' brings the content of a file once more");
            }

            Add(listed, _layout.Place(Entry(listed, first)));
            return;
        }

        if (!brings)
        {
            cpio.Expect(0);
            set.Pending.Add(listed);
            return;
        }

        Size(member, listed, cpio);
        Add(listed, Lay(listed, cpio));
        set.First = listed.Path;
        foreach (var waiting in set.Pending)
        {
            Add(waiting, _layout.Place(Entry(waiting, listed.Path)));
        }

        set.Pending.Clear();
    }

    private LayerEntry Lay(RpmPackageEntry listed, CpioReader cpio)
    {
        var entry = Entry(listed);
        var placed = _layout.Place(entry)!;
        var algorithm = RpmHash.Named(package.Header.Number(RpmTag.FileDigestAlgorithm) ?? 1);
        using var hash = algorithm is { } known ? RpmHash.TryCreate(known) : null;
        if (hash is null)
        {
            throw BadPackageException.Damaged("the digests of its files are of an unknown kind");
        }

        var kept = store(entry, Content);
        return string.Equals(RpmHash.Finish(hash), listed.Digest, StringComparison.OrdinalIgnoreCase)
            ? _layout.Keep(placed with { Object = kept.Hex })
            : throw BadPackageException.Damaged($"the content of '{PackagePath.Show(listed.Path)}' is not what the header says");

        int Content(Span<byte> buffer)
        {
            var read = cpio.Read(buffer);
            hash.AppendData(buffer[..read]);
            return read;
        }
    }

    private void Add(RpmPackageEntry listed, LayerEntry? placed)
    {
        if (placed is null)
        {
            return;
        }

        if (_laid.Count == limits.Entries)
        {
            throw BadPackageException.TooLarge($"more than {limits.Entries} entries");
        }

        _laid.Add(
            placed with
            {
                UserName = Owner(listed.User, listed),
                GroupName = Owner(listed.Group, listed),
                Flags = (int)listed.Flags,
                Language = listed.Language.Length == 0 ? null : listed.Language,
                Ima = listed.Ima.Length == 0 ? null : listed.Ima,
            }
        );
    }

    private TarEntry Entry(RpmPackageEntry listed, string? first = null)
    {
        var attribute = listed.Capabilities.Length > 0 ? FileCapabilities.ToAttribute(listed.Capabilities) : null;
        ValueList<KeyValuePair<string, string>> attributes = attribute is null
            ? []
            : [KeyValuePair.Create("security.capability", attribute)];
        var kind = first is null ? listed.Kind : TarKind.HardLink;
        return new(
            listed.Path[1..],
            kind,
            listed.Mode & FileModes.All,
            Root.User,
            Root.Group,
            kind == TarKind.File ? listed.Size : 0,
            first?[1..] ?? (kind == TarKind.Symlink ? listed.Target : ""),
            attributes
        );
    }

    private static void Size(CpioMember member, RpmPackageEntry listed, CpioReader cpio)
    {
        if (member.Size >= 0 && member.Size != listed.Size)
        {
            throw BadPackageException.Damaged(
                $"'{PackagePath.Show(listed.Path)}' has {member.Size} bytes in the archive, the header says {listed.Size}"
            );
        }

        cpio.Expect(listed.Size);
    }

    private static void RequireTarget(RpmPackageEntry listed, CpioReader cpio)
    {
        const int longest = 4096;
        if (listed.Size > longest)
        {
            throw BadPackageException.Escape($"'{PackagePath.Show(listed.Path)}' is a symbolic link without a usable target");
        }

        var target = new byte[listed.Size];
        for (var at = 0; at < target.Length; )
        {
            at += cpio.Read(target.AsSpan(at));
        }

        if (!target.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(listed.Target)))
        {
            throw BadPackageException.Damaged($"the link '{PackagePath.Show(listed.Path)}' leads elsewhere than the header says");
        }
    }

    /// <summary>rpm stores owners by name. <c>null</c> for root, who owns nearly everything.</summary>
    private static string? Owner(string name, RpmPackageEntry listed)
    {
        const int longest = 64;
        var isName =
            name.Length is > 0 and <= longest
            && name[0] != '-'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '$');
        return name == "root" ? null
            : isName ? name
            : throw BadPackageException.Escape($"'{PackagePath.Show(listed.Path)}' belongs to '{PackagePath.Show(name)}'");
    }

    private Dictionary<string, int> Numbers()
    {
        var numbers = new Dictionary<string, int>(_listed.Length, StringComparer.Ordinal);
        for (var i = 0; i < _listed.Length; i++)
        {
            if (!numbers.TryAdd(_listed[i].Path, i))
            {
                throw BadPackageException.Escape($"'{PackagePath.Show(_listed[i].Path)}' is there twice");
            }
        }

        return numbers;
    }

    private Dictionary<(long, long), HardLinkSet> HardLinks() =>
        Enumerable
            .Range(0, _listed.Length)
            .Where(i => _listed[i] is { Kind: TarKind.File, IsGhost: false, Identity: not null })
            .GroupBy(i => _listed[i].Identity!.Value)
            .Select(g => (g.Key, Numbers: g.ToArray()))
            .Where(g => g.Numbers.Length > 1)
            .ToDictionary(g => g.Key, g => new HardLinkSet(g.Numbers));

    private int NumberOf(CpioMember member, Dictionary<string, int> numbers)
    {
        if (member.Name is null)
        {
            return member.Number < _listed.Length
                ? (int)member.Number
                : throw BadPackageException.Damaged("the archive has a file that the header does not list");
        }

        var path = member.Name.StartsWith("./", StringComparison.Ordinal) ? member.Name[1..] : member.Name;
        return numbers.TryGetValue(path.StartsWith('/') ? path : "/" + path, out var number)
            ? number
            : throw BadPackageException.Escape($"'{PackagePath.Show(member.Name)}' is in the archive, but the header does not list it");
    }

    private Stream Open(Stream file)
    {
        var payload = package.OpenPayload(file);
        var decoded = Decoder.Open($"payload{Suffix(file)}", payload, limits.For(package.PayloadSize));
        return Observe is null ? decoded : new ObservedStream(decoded, Observe);
    }

    /// <summary>How it is compressed. Packages without compression do not say so, or say how it was compressed once.</summary>
    private string Suffix(Stream file)
    {
        var start = new byte[5];
        using (var payload = package.OpenPayload(file))
        {
            _ = payload.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }

        return start.AsSpan().SequenceEqual("07070"u8)
            ? ".cpio"
            : (package.Header.Text(RpmTag.PayloadCompressor) ?? "gzip") switch
            {
                "gzip" => ".gz",
                "bzip2" => ".bz2",
                "xz" => ".xz",
                "lzma" => ".lzma",
                "zstd" => ".zst",
                var other => throw BadPackageException.Damaged($"compression '{PackagePath.Show(other)}' is not supported"),
            };
    }

    /// <summary>The names of one file.</summary>
    private sealed class HardLinkSet(int[] numbers)
    {
        public int[] Numbers { get; } = numbers;

        /// <summary>Names that came before the content.</summary>
        public List<RpmPackageEntry> Pending { get; } = [];

        /// <summary>The name that brought the content.</summary>
        public string? First { get; set; }
    }

    private sealed class ObservedStream(Stream inner, Action<ReadOnlySpan<byte>> observe) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            observe(buffer[..read]);
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
