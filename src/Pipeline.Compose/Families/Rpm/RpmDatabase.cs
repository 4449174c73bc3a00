using System.Globalization;
using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// rpm's database. The composer writes what the tree's rpm makes it from: packages without contents. Only rpm knows its forms, and writes
/// the same bytes from the same packages in the same order at the same SOURCE_DATE_EPOCH.
/// </summary>
internal static class RpmDatabase
{
    /// <summary>Where a commit has it.</summary>
    public const string Place = "usr/lib/sysimage/rpm";

    /// <summary>Where programs used to look for it, a link to <see cref="Place"/>; first, the packages that it is made from.</summary>
    public const string Usual = "var/lib/rpm";

    /// <summary>The link at <see cref="Usual"/>.</summary>
    public const string UsualTarget = "../../usr/lib/sysimage/rpm";

    private const string Records = $"{Usual}/records";
    private const string Sqlite = $"{Place}/rpmdb.sqlite";
    private const int Limit = 1 << 30;

    /// <summary>Bytes of a file of SQLite that say how it is written and read (sqlite.org/fileformat2.html §1.3.3).</summary>
    private const int Versions = 18;

    /// <summary>Files that the composer reads or writes by name.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        Sqlite,
        $"{Sqlite}-shm",
        $"{Sqlite}-wal",
        $"{Place}/.rpm.lock",
        "usr/lib/rpm/macros.d/macros.sysimage",
        "usr/lib/tmpfiles.d/rpm-database.conf",
    ];

    /// <summary>Lays what the database will be made from.</summary>
    /// <exception cref="PipelineException">PL2119 (class 5): packages that ship files of the database, all of them.</exception>
    public static void WriteRecords(MergedTree tree, TreeHandle root)
    {
        RequireUntouched(tree);
        root.MakeDirectories(Records);
        using var records = root.OpenDirectory(Records);
        foreach (var (package, file) in Numbered(tree))
        {
            records.CreateFile(file, RpmStandIn.ForDatabase(package.Signature, package.Header), FileModes.Plain);
            records.SetTimes(file, LayerObjects.Time);
        }
    }

    /// <summary>The packages, and a name of a file for each that keeps their order.</summary>
    public static IEnumerable<(RpmPackage Package, string File)> Numbered(MergedTree tree) =>
        tree.Packages.Cast<RpmPackage>().Select((p, i) => (p, $"{i.ToString("d5", CultureInfo.InvariantCulture)}-{p.FullName}.rpm"));

    /// <summary>The call of rpm that writes it, from the records, which are not read again.</summary>
    /// <remarks>
    /// rpm 4.18 notes with --justdb that every file of a package was laid, also those that are left out.
    /// </remarks>
    public static string Script { get; } =
        $"""
            {RpmScripts.Begin}
            install --justdb --noscripts --notriggers --define '_dbpath /{Place}' /{Records}/*.rpm

            """;

    /// <summary>
    /// Leaves nothing but the database itself, in the form that can be read where nothing can be written, and says where it is.
    /// </summary>
    /// <exception cref="PipelineException">PL2132: rpm did not write it.</exception>
    public static void Settle(MergedTree tree, TreeHandle root, string log)
    {
        root.Delete(Records);
        if (root.Is(UnixKind.Directory, Usual) && root.Entries(Usual).Count == 0)
        {
            root.Delete(Usual);
            root.Symlink(Usual, Encoding.UTF8.GetBytes(UsualTarget));
        }

        if (root.Status($"{Sqlite}-wal") is { Size: > 0 })
        {
            throw new PipelineException(RpmInstallDiagnostics.Database("was not closed", log));
        }

        foreach (var rest in (string[])[$"{Sqlite}-shm", $"{Sqlite}-wal", $"{Place}/.rpm.lock"])
        {
            root.Delete(rest);
        }

        if (tree.Packages.Count > 0 && root.Entries(Place).Count == 0)
        {
            throw new PipelineException(RpmInstallDiagnostics.Database("is empty", log));
        }

        if (root.Is(UnixKind.File, Sqlite))
        {
            WithoutLog(root);
        }

        root.ReplaceFile("usr/lib/rpm/macros.d/macros.sysimage", $"%_dbpath /{Place}\n", FileModes.Plain);
        root.ReplaceFile("usr/lib/tmpfiles.d/rpm-database.conf", $"L /{Usual} - - - - {UsualTarget}\n", FileModes.Plain);
    }

    /// <summary>
    /// SQLite reads a database with a write-ahead log only where it can make files beside it, which nobody but root can, and nobody in a
    /// read-only <c>/usr</c>. The log is empty, so the database without one differs in two bytes; rpm turns it on again when it writes.
    /// </summary>
    private static void WithoutLog(TreeHandle root)
    {
        var bytes = root.ReadBytes(Sqlite, Limit);
        if (bytes.AsSpan().StartsWith("SQLite format 3\0"u8) && bytes[Versions] == 2 && bytes[Versions + 1] == 2)
        {
            (bytes[Versions], bytes[Versions + 1]) = (1, 1);
            root.ReplaceFile(Sqlite, bytes, FileModes.Plain);
        }
    }

    /// <summary>Directories of it may be in packages, rpm's own has them; a file could speak for another package.</summary>
    private static void RequireUntouched(MergedTree tree)
    {
        var problems = new DiagnosticBag();
        foreach (
            var node in tree.Nodes.Where(n =>
                n.Entry.Kind != TarKind.Directory
                && ((string[])[Place, Usual]).Any(p => n.Path.StartsWith(p + "/", StringComparison.Ordinal))
            )
        )
        {
            problems.Add(TreeDiagnostics.OwnDatabase(node.Owner!.Name, node.Path));
        }

        problems.ThrowIfErrors();
    }
}
