using System.Globalization;
using System.Text.Json;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>A configured tree of the cache.</summary>
/// <param name="Stage">Its directories.</param>
/// <param name="Size">Bytes of its files, about.</param>
/// <param name="Skipped">Scripts that were not run when it was made.</param>
internal sealed record CachedTree(TreeStage Stage, long Size, ValueList<SkippedScript> Skipped);

/// <summary>
/// <c>cache/trees/&lt;map&gt;</c>: configured trees by input digest, each <c>lower</c> (the packages as they were laid) and <c>upper</c>
/// (what configuring changed); without <c>lower</c>, <c>upper</c> is a whole copy. The compose lock is held by whoever uses it.
/// </summary>
internal sealed class TreeCache
{
    /// <summary>How many trees are kept: a work directory is used for a few manifests, and each tree takes about what it holds.</summary>
    internal const int Kept = 4;

    private const string Scratch = "tmp-";
    private readonly string _root;
    private readonly TimeProvider _time;

    /// <summary>Opens it, and removes what killed runs left.</summary>
    public TreeCache(string root, TimeProvider time)
    {
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        (_root, _time) = (root, time);
        Directory.CreateDirectory(Path.GetDirectoryName(root)!, own);
        Directory.CreateDirectory(root, own);
        foreach (var leftover in Directory.EnumerateDirectories(root, Scratch + "*").ToArray())
        {
            UnixFile.DeleteTree(leftover);
        }
    }

    /// <summary>A fresh name for a directory that the next run may remove.</summary>
    public string NewScratch() => Path.Combine(_root, Scratch + Guid.NewGuid().ToString("n"));

    /// <summary>The tree made from these inputs, or <c>null</c>.</summary>
    public CachedTree? Find(Digest inputs)
    {
        var directory = PathOf(inputs);
        if (
            !File.Exists(SizeOf(directory))
            || !long.TryParse(RegularFile.ReadText(SizeOf(directory)), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
        )
        {
            return null;
        }

        Directory.SetLastWriteTimeUtc(directory, _time.GetUtcNow().UtcDateTime); // used: the last to be removed
        return new(
            Directory.Exists($"{directory}/lower") ? new([$"{directory}/upper", $"{directory}/lower"]) : new([$"{directory}/upper"]),
            size,
            File.Exists(SkippedOf(directory))
                ? JsonSerializer.Deserialize(RegularFile.Read(SkippedOf(directory)), ComposeJson.Default.ValueListSkippedScript) ?? []
                : []
        );
    }

    /// <summary>Gives a finished tree its name, and removes the least recently used trees.</summary>
    /// <param name="scratch">From <see cref="NewScratch"/>, with <c>upper</c> and perhaps <c>lower</c> in it.</param>
    /// <param name="inputs">What it was made from.</param>
    /// <param name="size">Bytes of its files, about.</param>
    /// <param name="skipped">Scripts that were not run.</param>
    public CachedTree Keep(string scratch, Digest inputs, long size, ValueList<SkippedScript> skipped)
    {
        var directory = PathOf(inputs);
        if (skipped.Count > 0)
        {
            File.WriteAllBytes(
                SkippedOf(scratch),
                JsonSerializer.SerializeToUtf8Bytes(skipped, ComposeJson.Default.ValueListSkippedScript)
            );
        }

        File.WriteAllText(SizeOf(scratch), size.ToString(CultureInfo.InvariantCulture));
        AtomicFile.SyncFileSystem(scratch);
        Drop(directory);
        Directory.Move(scratch, directory);
        var kept = Find(inputs)!;
        foreach (var old in new DirectoryInfo(_root).EnumerateDirectories().OrderByDescending(d => d.LastWriteTimeUtc).Skip(Kept).ToArray())
        {
            Drop(old.FullName);
        }

        return kept;
    }

    /// <summary>Removes a tree from the cache.</summary>
    public void Drop(Digest inputs) => Drop(PathOf(inputs));

    /// <summary>A name that is gone at once and a removal that may be interrupted.</summary>
    private void Drop(string directory)
    {
        if (Directory.Exists(directory))
        {
            var scratch = NewScratch();
            Directory.Move(directory, scratch);
            UnixFile.DeleteTree(scratch);
        }
    }

    private string PathOf(Digest inputs) => Path.Combine(_root, inputs.Hex);

    private static string SkippedOf(string directory) => Path.Combine(directory, "skipped.json");

    private static string SizeOf(string directory) => Path.Combine(directory, "size");
}
