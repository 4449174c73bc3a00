using System.Formats.Tar;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Archives;

/// <summary>A commit that was taken out of its archive.</summary>
/// <param name="Repository">An archive-mode OSTree repository that holds nothing else.</param>
/// <param name="Checksum">The commit, 64 hexadecimal digits.</param>
/// <param name="Ref">The one ref that names it.</param>
/// <param name="Epoch">The commit's own time, seconds since 1970.</param>
public sealed record ExtractedCommit(string Repository, string Checksum, string Ref, long Epoch);

/// <summary>
/// Takes an OSTree repository out of a tar. Only objects and one ref are taken, each by a strict name, so nothing can climb out or
/// bring a configuration of its own; contents are verified by ostree when it pulls from here. Every part of the
/// toolchain reads commits here.
/// </summary>
public static partial class CommitArchiveReader
{
    private const int MostEntries = 2_000_000;
    private const long MostBytes = 64L << 30;

    /// <summary>Unpacks an archive.</summary>
    /// <param name="archive">The tar.</param>
    /// <param name="directory">An empty directory; the repository becomes its <c>repo</c>.</param>
    /// <param name="expected">The commit that the build's meta.json names; <c>null</c> when there is none to compare with.</param>
    /// <param name="cancellationToken">Stops unpacking.</param>
    /// <exception cref="PipelineException">PL3011 it is not an archive of one commit, PL3012 it is another commit (refused).</exception>
    public static async Task<ExtractedCommit> ExtractAsync(
        string archive,
        string directory,
        string? expected,
        CancellationToken cancellationToken
    )
    {
        var repository = Path.Combine(directory, "repo");
        string[] folders = ["objects", "refs/heads", "refs/remotes", "refs/mirrors", "extensions", "state", "tmp"];
        foreach (var folder in folders)
        {
            Directory.CreateDirectory(Path.Combine(repository, folder));
        }

        await File.WriteAllTextAsync(Path.Combine(repository, "config"), "[core]\nrepo_version=1\nmode=archive-z2\n", cancellationToken);
        var (refs, commits) = await UnpackAsync(archive, repository, cancellationToken);
        if (refs.Count != 1 || commits.Count != 1)
        {
            throw Bad(archive, $"it has {commits.Count} commits and {refs.Count} refs, not one of each");
        }

        var name = refs[0];
        var path = Path.Combine(repository, "refs", "heads", name);
        var checksum = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
        if (checksum != commits[0])
        {
            throw Bad(archive, $"ref '{name}' does not name its commit");
        }

        if (expected is not null && checksum != expected)
        {
            throw new PipelineException(ArchiveDiagnostics.WrongCommit(archive, expected, checksum));
        }

        var commit = await File.ReadAllBytesAsync(
            Path.Combine(repository, "objects", checksum[..2], $"{checksum[2..]}.commit"),
            cancellationToken
        );
        return new(repository, checksum, name, CommitObject.TimestampOf(commit) ?? throw Bad(archive, "its commit object is damaged"));
    }

    private static async Task<(List<string> Refs, List<string> Commits)> UnpackAsync(
        string archive,
        string repository,
        CancellationToken cancellationToken
    )
    {
        var refs = new List<string>();
        var commits = new List<string>();
        long bytes = 0;
        var entries = 0;
        try
        {
            await using var stream = RegularFile.OpenStream(archive);
            using var reader = new TarReader(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                bytes = checked(bytes + entry.Length);
                if (++entries > MostEntries || bytes > MostBytes)
                {
                    throw Bad(archive, "it is larger than any commit");
                }

                Take(archive, repository, entry, refs, commits);
            }
        }
        catch (Exception e)
            when (e is InvalidDataException or EndOfStreamException or FormatException or OverflowException or ArgumentException)
        {
            throw new PipelineException(ArchiveDiagnostics.BadArchive(archive, "the tar is damaged"), e);
        }

        return (refs, commits);
    }

    private static void Take(string archive, string repository, TarEntry entry, List<string> refs, List<string> commits)
    {
        if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
        {
            return;
        }

        var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        var isObject = ObjectName().IsMatch(name);
        var isRef = RefName().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal);
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
        {
            throw Bad(archive, $"'{Shown(entry.Name)}' is not a regular file");
        }

        if (!isObject && !isRef)
        {
            // A repository's own configuration, locks and summaries are made anew or not needed; anything else does not belong here.
            if (
                name is "config" or ".lock" or "summary" or "summary.sig"
                || name.StartsWith("state/", StringComparison.Ordinal)
                || name.StartsWith("extensions/", StringComparison.Ordinal)
                || name.StartsWith("tmp/", StringComparison.Ordinal)
            )
            {
                return;
            }

            throw Bad(archive, $"'{Shown(entry.Name)}' is not part of a repository");
        }

        if (isRef && entry.Length > 256)
        {
            throw Bad(archive, $"'{Shown(entry.Name)}' is not a ref");
        }

        var path = Path.Combine(repository, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            entry.DataStream?.CopyTo(target);
        }
        catch (IOException e) when (File.Exists(path) || Directory.Exists(path))
        {
            throw new PipelineException(ArchiveDiagnostics.BadArchive(archive, $"'{Shown(entry.Name)}' is there twice"), e);
        }

        if (isRef)
        {
            refs.Add(name["refs/heads/".Length..]);
        }
        else if (name.EndsWith(".commit", StringComparison.Ordinal))
        {
            commits.Add(name[8..10] + name[11..^7]);
        }
    }

    private static PipelineException Bad(string archive, string what) => new(ArchiveDiagnostics.BadArchive(archive, what));

    private static string Shown(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.Length > 80 ? name[..80] : name)
        {
            text.Append(char.IsControl(c) ? '?' : c);
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\Aobjects/[0-9a-f]{2}/[0-9a-f]{62}\.(filez|dirtree|dirmeta|commit|commitmeta)\z", RegexOptions.CultureInvariant)]
    private static partial Regex ObjectName();

    [GeneratedRegex(@"\Arefs/heads/[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex RefName();
}
