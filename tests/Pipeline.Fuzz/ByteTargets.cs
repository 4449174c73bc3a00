using Pipeline.Clouds.Disks;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Manifests;
using Pipeline.Compose.Solving;
using Pipeline.Host.Archives;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Filesystems;
using Pipeline.Images.Live;
using Pipeline.Model.Values;

namespace Pipeline.Fuzz;

/// <summary>Parsers of packages, indices, archives and file formats.</summary>
internal static class ByteTargets
{
    private static readonly LayerLimits Limits = LayerLimits.Default with { Unpacked = 16 << 20, Control = 1 << 20 };
    private static readonly Lazy<ScratchDirectory> Scratch = new(() => new ScratchDirectory());

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTarget.OfText("deb822", "Compose", () => SeedFiles.Lines(SeedLines.Stanzas), (t, p) => Deb822.Parse("f", t, p)),
        new("release", "Compose", SeedPackages.Releases, b => FuzzTarget.Refusing(() => ReleaseFile.Parse("repo", b))),
        new("control", "Compose", () => SeedFiles.Lines(SeedLines.Stanzas), b => FuzzTarget.Refusing(() => DebControl.Parse("p", b))),
        new("packages", "Compose", () => SeedFiles.Lines(SeedLines.Stanzas), b => _ = PackagesFacts.Read(b).Count()),
        FuzzTarget.OfText("repo-file", "Compose", SeedRepositories.RepoFiles, (t, p) => RepoFile.Parse("f", t, p)),
        new("repomd", "Compose", SeedRepositories.RepoMds, b => FuzzTarget.Refusing(() => RepoMd.Parse("repo", b))),
        new("comps", "Compose", SeedRepositories.Groups, b => FuzzTarget.Refusing(() => CompsReader.Read("repo", b))),
        new("updateinfo", "Compose", SeedRepositories.Updates, Updates),
        new("primary", "Compose", SeedRepositories.Primaries, Primary),
        new("deb", "Compose", SeedPackages.Debs, Deb),
        new("rpm", "Compose", SeedPackages.Rpms, Rpm),
        new("cpio", "Host", SeedPackages.Cpios, Cpio),
        new("tar", "Compose", SeedPackages.Tars, Tar),
        new("manifest", "Compose", () => SeedFiles.Below("manifests", "*.yaml"), Manifest),
        new("commit-archive", "Host", SeedPackages.CommitArchives, CommitArchive),
        new("commit-object", "Host", SeedPackages.CommitObjects, b => CommitObject.TimestampOf(b)),
        new("commit-tree", "Host", SeedPackages.TreeObjects, TreeObject),
        new("elf", "Host", SeedPackages.Programs, b => ElfFile.TryRead(new MemoryStream(b, writable: false))),
        new("loader-cache", "Host", SeedPackages.LoaderCaches, b => LoaderCache.Parse(b)),
        new("ext4", "Images", SeedPackages.FileSystems, Ext),
        new("iso", "Images", SeedMedia.Isos, LiveTargets.Iso),
        new("initrd", "Images", SeedMedia.Initrds, LiveTargets.Initrd),
        new("kargs-json", "Images", SeedMedia.KernelArgumentDocuments, b => LiveTargets.Document("coreos/kargs.json", b)),
        new("igninfo-json", "Images", SeedMedia.IgnitionDocuments, b => LiveTargets.Document("coreos/igninfo.json", b)),
        new("miniso", "Images", SeedMedia.MinimalIsos, b => FuzzTarget.Refusing(() => MinimalIso.Read("f", b))),
        FuzzTarget.OfText("boot-entry", "Images", () => SeedFiles.Lines(SeedLines.BootEntries), (t, _) => Entry(t)),
        new("vmdk", "Clouds", SeedMedia.StreamDisks, StreamDisk),
    ];

    /// <summary>The blocks of a VMDK, as an upload reads them: ascending, or refused.</summary>
    private static void StreamDisk(byte[] bytes)
    {
        try
        {
            var last = -1;
            foreach (var block in new VmdkReader(new MemoryStream(bytes, writable: false)).Blocks())
            {
                FuzzTarget.Promise(block.Index > last, "blocks ascend");
                last = block.Index;
                block.Return();
            }
        }
        catch (InvalidDataException)
        {
            // A refusal.
        }
    }

    /// <summary>What libsolv makes of an index: every row is whole or unusable.</summary>
    private static void Primary(byte[] bytes) =>
        FuzzTarget.Refusing(() =>
        {
            using var directory = new TemporaryDirectory();
            using var pool = new SolverPool(RpmFamily.Instance.Indices, Architecture.X86_64);
            pool.Add("repo", directory.File("index"), () => bytes);
            pool.Seal();
            foreach (var row in pool.Names().Distinct().SelectMany(pool.Named).Where(RpmFamily.Instance.Indices.IsUsable))
            {
                FuzzTarget.Promise(PackagePath.Clean(row.Location) == row.Location, "the location of a usable row stays below its base");
            }
        });

    private static void Updates(byte[] bytes) =>
        FuzzTarget.Refusing(() =>
        {
            foreach (var advisory in UpdateInfoReader.Read("repo", bytes, new HashSet<string> { SeedRepositories.Updated }))
            {
                FuzzTarget.Promise(advisory.Packages.Count == 1 && advisory.Kind <= 4 && advisory.Severity <= 4, "only wanted packages");
                FuzzTarget.Promise(!advisory.Id.Any(char.IsControl), "what is recorded can be printed");
            }
        });

    private static void Deb(byte[] bytes)
    {
        using var objects = new LayerObjects(Scratch.Value.Path).NewWriter();
        try
        {
            new DebReader().Read(new MemoryStream(bytes, writable: false), objects, Limits, CancellationToken.None);
        }
        catch (BadPackageException) { }
    }

    /// <summary>A package as it is read, and its parts without the digests that keep a mutation from them.</summary>
    private static void Rpm(byte[] bytes)
    {
        using var objects = new LayerObjects(Scratch.Value.Path).NewWriter();
        try
        {
            new RpmReader().Read(new MemoryStream(bytes, writable: false), objects, Limits, CancellationToken.None);
        }
        catch (BadPackageException) { }

        try
        {
            var package = RpmPackageFile.Read(new MemoryStream(bytes, writable: false), Limits);
            foreach (var entry in RpmPackageEntries.Read(package.Header, Limits))
            {
                PackagePath.Clean(entry.Path);
                FileCapabilities.ToAttribute(entry.Capabilities);
            }

            RpmPackageIdentity.Read(package.Header);
            RpmPackageRelations.Read(package.Header);
            RpmPackageScripts.Read(package.Header);
            RpmSignatures.Read(package);
            new RpmPackagePayload(package, Limits, (_, content) => Drain(content)).Read(
                new MemoryStream(bytes, writable: false),
                CancellationToken.None
            );
        }
        catch (BadPackageException) { }
    }

    private static Digest Drain(ReadContent content)
    {
        var buffer = new byte[4096];
        while (content(buffer) > 0) { }

        return default;
    }

    private static void Cpio(byte[] bytes)
    {
        var cpio = new CpioReader(new MemoryStream(bytes, writable: false));
        try
        {
            while (cpio.Next() is { } member)
            {
                cpio.Expect(Math.Max(member.Size, 0));
                Drain(cpio.Read);
            }
        }
        catch (BadCpioException) { }
    }

    private static void Tar(byte[] bytes)
    {
        var tar = new TarReader(new MemoryStream(bytes, writable: false));
        try
        {
            while (tar.Next() is { } entry)
            {
                PackagePath.Clean(entry.Path);
            }
        }
        catch (BadPackageException) { }
    }

    private static void Manifest(byte[] bytes)
    {
        var path = Scratch.Value.Write("manifest.yaml", bytes);
        var request = new ManifestRequest
        {
            Path = path,
            Display = "manifest.yaml",
            Architecture = Architecture.X86_64,
        };
        FuzzTarget.Refusing(() => ManifestReader.Read(request));
    }

    private static void CommitArchive(byte[] bytes)
    {
        var path = Scratch.Value.Write("commit.tar", bytes);
        using var directory = new TemporaryDirectory();
        FuzzTarget.Refusing(() =>
            CommitArchiveReader.ExtractAsync(path, directory.Path, null, CancellationToken.None).GetAwaiter().GetResult()
        );
        FuzzTarget.Promise(
            Directory.GetFileSystemEntries(directory.Path).All(p => Path.GetFileName(p) == "repo"),
            "nothing is written beside the repository"
        );
    }

    /// <summary>An object of a commit's tree, read as each kind; taking attributes out leaves what is read as having none.</summary>
    private static void TreeObject(byte[] bytes)
    {
        Malformed(() => OstreeObjects.RootOf(bytes));
        Malformed(() => OstreeObjects.NamesIn(bytes));
        Malformed(() =>
        {
            _ = OstreeObjects.FileAttributes(bytes, out _);
            var empty = OstreeObjects.WithAttributes(bytes, [], 7);
            FuzzTarget.Promise(OstreeObjects.FileAttributes(empty, out var length).Count == 0, "attributes that were taken out are gone");
            FuzzTarget.Promise(length == empty.Length, "a header is as long as it says");
            FuzzTarget.Promise(OstreeObjects.OwnerOf(empty) == OstreeObjects.OwnerOf(bytes), "the owner stays");
        });
        Malformed(() =>
        {
            var attributes = OstreeObjects.DirectoryAttributes(bytes);
            var again = OstreeObjects.DirectoryAttributes(OstreeObjects.WithDirectoryAttributes(bytes, attributes));
            FuzzTarget.Promise(again.Count == attributes.Count, "attributes are read as they were written");
        });

        static void Malformed(Action read)
        {
            try
            {
                read();
            }
            catch (FormatException)
            {
                // Its callers refuse the archive.
            }
        }
    }

    private static void Ext(byte[] bytes)
    {
        var path = Scratch.Value.Write("ext4.raw", bytes);
        FuzzTarget.Refusing(() =>
        {
            var inodes = ExtInodes.Read(path, 0);
            using var directories = new ExtDirectories(path, 0);
            foreach (var _ in directories.Walk(inodes)) { }
        });
    }

    private static void Entry(string text)
    {
        var entry = BootEntry.Parse(text);
        FuzzTarget.Refusing(() => entry.Stamp(["quiet"]));
    }
}
