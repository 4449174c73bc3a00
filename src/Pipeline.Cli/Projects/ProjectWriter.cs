using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Projects;

/// <summary>Makes a project, whole or not at all.</summary>
internal static class ProjectWriter
{
    /// <summary>
    /// Writes the files under another name and moves them into place; after a failure nothing is left. A directory that is there already
    /// stays the same one, because the user may stand in it: its files are moved one by one, the marker last.
    /// </summary>
    /// <exception cref="IOException">A file cannot be written, or something is in the way that was not when the plan was made.</exception>
    public static void Write(ProjectPlan plan, CancellationToken cancellationToken)
    {
        var exists = Directory.Exists(plan.Directory);
        var parent = exists ? plan.Directory : Path.GetDirectoryName(plan.Directory)!;
        var made = FirstMissing(parent);
        Directory.CreateDirectory(parent);
        var staging = Path.Combine(parent, $".init-{Guid.NewGuid():n}");
        try
        {
            foreach (var file in plan.Files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Write(Path.Combine(staging, file.Path), file);
            }

            AtomicFile.SyncFileSystem(staging);
            if (exists)
            {
                MoveEntries(staging, plan.Directory);
                Directory.Delete(staging);
            }
            else
            {
                UnixFile.Rename(staging, plan.Directory); // fails when somebody made it meanwhile and put something there
            }

            AtomicFile.SyncDirectory(parent);
        }
        catch
        {
            UnixFile.DeleteTree(staging);
            RemoveEmpty(parent, made);
            throw;
        }
    }

    private static void Write(string path, ProjectFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (file.Source is null)
        {
            File.WriteAllText(path, file.Text);
            UnixFile.SetMode(path, file.IsExecutable ? FileModes.Executable : FileModes.Plain);
        }
        else if (new FileInfo(file.Source).LinkTarget is { } target)
        {
            UnixFile.Symlink(target, path);
        }
        else
        {
            File.WriteAllBytes(path, RegularFile.Read(file.Source));
            var executable = (File.GetUnixFileMode(file.Source) & UnixFileMode.UserExecute) != 0;
            UnixFile.SetMode(path, executable ? FileModes.Executable : FileModes.Plain);
        }
    }

    private static void MoveEntries(string from, string to)
    {
        var moved = new List<string>();
        try
        {
            foreach (
                var entry in Directory
                    .EnumerateFileSystemEntries(from)
                    .ToArray()
                    .OrderBy(e => Path.GetFileName(e) == WorkDirectory.ProjectMarker)
                    .ThenBy(e => e, StringComparer.Ordinal)
            )
            {
                var target = Path.Combine(to, Path.GetFileName(entry));
                Directory.Move(entry, target); // moves files too, and never replaces anything
                moved.Add(target);
            }
        }
        catch
        {
            moved.ForEach(UnixFile.DeleteTree);
            throw;
        }
    }

    /// <summary>Removes what was made for the project's parent, unless somebody put something there meanwhile.</summary>
    private static void RemoveEmpty(string parent, string? made)
    {
        for (var at = parent; made is not null && at.Length >= made.Length; at = Path.GetDirectoryName(at)!)
        {
            if (Directory.Exists(at) && !Directory.EnumerateFileSystemEntries(at).Any())
            {
                Directory.Delete(at);
            }
        }
    }

    /// <summary>The outermost directory of a path that does not exist, or <c>null</c>.</summary>
    private static string? FirstMissing(string directory)
    {
        string? missing = null;
        for (var at = new DirectoryInfo(directory); at is { Exists: false }; at = at.Parent)
        {
            missing = at.FullName;
        }

        return missing;
    }
}
