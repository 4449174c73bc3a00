using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// Makes the initramfs of a tree with the tree's dracut, once for each thing dracut can see: <c>cache/initramfs/&lt;map&gt;/&lt;digest&gt;</c> keeps the
/// image and what dracut said.
/// </summary>
/// <param name="sandbox">Runs dracut.</param>
/// <param name="reporter">Is told what dracut leaves out.</param>
/// <param name="cache">The cache's directory; the compose lock is held.</param>
/// <param name="time">Tells which image was used last.</param>
internal sealed class Initramfs(TreeSandbox sandbox, IReporter reporter, string cache, TimeProvider time)
{
    // Raise it when dracut is run in another way.
    private const int Version = 1;
    private const int Kept = 8;
    private const string Image = "initramfs.img";
    private const string Said = "dracut.log";
    private const string Scratch = "tmp-";
    private const string Command = "dracut --force --no-hostonly --reproducible --tmpdir /var/tmp";

    /// <summary>Where the initramfs of a kernel lies, relative to the tree.</summary>
    public static string PathOf(string version) => $"usr/lib/modules/{version}/{Image}";

    /// <summary>Puts the initramfs into a tree.</summary>
    /// <param name="root">The tree, otherwise complete but for its version.</param>
    /// <param name="version">The kernel's version; letters, digits and <c>-.+_~</c>.</param>
    /// <param name="fresh">Whether to make it again though nothing changed.</param>
    /// <param name="tools">Digests of the host's tools that have a hand in it.</param>
    /// <param name="cancellationToken">Stops dracut.</param>
    /// <returns>Whether it was in the cache.</returns>
    /// <exception cref="PipelineException">PL2107: dracut complained, or there is no file.</exception>
    public async Task<bool> PlaceAsync(
        string root,
        string version,
        bool fresh,
        IEnumerable<StepInput> tools,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(cache);
        foreach (var leftover in Directory.EnumerateDirectories(cache, Scratch + "*").ToArray())
        {
            UnixFile.DeleteTree(leftover);
        }

        var view = InitramfsView.Of(root);
        var key = new StepInputs(
            "initramfs",
            Version,
            [new("view", view.Digest), new("command", Digest.Of(Command)), new("kernel", Digest.Of(version)), .. tools]
        ).Digest;
        var kept = Path.Combine(cache, key.Hex);
        var cached = !fresh && File.Exists(Path.Combine(kept, Image));
        if (cached)
        {
            await File.AppendAllLinesAsync(
                sandbox.Log,
                [
                    "# dracut, as it said when this initramfs was made",
                    .. await File.ReadAllLinesAsync(Path.Combine(kept, Said), cancellationToken),
                ],
                cancellationToken
            );
        }
        else
        {
            await MakeAsync(root, version, view, kept, cancellationToken);
        }

        var errors = (await File.ReadAllLinesAsync(Path.Combine(kept, Said), cancellationToken)).Where(IsError).ToArray();
        foreach (var line in errors)
        {
            reporter.Report(TreeDiagnostics.DracutModule(line[ErrorMark.Length..].Trim()));
        }

        Directory.SetLastWriteTimeUtc(kept, time.GetUtcNow().UtcDateTime);
        var target = TreePath.ForWriting(root, PathOf(version));
        UnixFile.DeleteTree(target);
        File.Copy(Path.Combine(kept, Image), target);
        UnixFile.SetMode(target, 0x1a4);
        return cached;
    }

    private const string ErrorMark = "dracut[E]:";

    private async Task MakeAsync(string root, string version, InitramfsView view, string kept, CancellationToken cancellationToken)
    {
        var scratch = Path.Combine(cache, Scratch + Guid.NewGuid().ToString("n"));
        var var = Path.Combine(scratch, "var");
        var done = Path.Combine(scratch, "done");
        foreach (var directory in (string[])[scratch, var, $"{var}/tmp", done])
        {
            UnixFile.MakeDirectory(directory, 0x1ed);
        }

        try
        {
            var programs = new List<KeyValuePair<string, string>>();
            foreach (var directory in view.Shown.Keys)
            {
                var copy = Path.Combine(scratch, directory.Replace('/', '-'));
                view.CopyPrograms(directory, copy);
                programs.Add(new(copy, "/" + directory));
            }

            var lines = new List<string>();
            await sandbox.RunAsync(
                "dracut",
                root,
                $"#!/bin/sh\nexec {Command} --kver '{version}' '/var/{Image}'\n",
                [],
                cancellationToken,
                lines.Add,
                b =>
                    b with
                    {
                        IsReadOnly = true,
                        Memory = [.. b.Memory, .. view.Hidden.Select(d => "/" + d)],
                        ReadOnly = [.. b.ReadOnly, .. programs],
                        Writable = [.. b.Writable, new(var, "/var")],
                        Environment = [.. b.Environment, new("SOURCE_DATE_EPOCH", "1")], // nothing of the day: it would not be part of the digest
                    }
            );
            Check(lines, Path.Combine(var, Image));
            File.Move(Path.Combine(var, Image), Path.Combine(done, Image));
            await File.WriteAllLinesAsync(Path.Combine(done, Said), lines, cancellationToken);
            AtomicFile.SyncFileSystem(done);
            UnixFile.DeleteTree(kept);
            Directory.Move(done, kept);
        }
        finally
        {
            UnixFile.DeleteTree(scratch);
        }

        foreach (
            var old in new DirectoryInfo(cache)
                .EnumerateDirectories()
                .Where(d => d.FullName != kept)
                .OrderByDescending(d => d.LastWriteTimeUtc)
                .Skip(Kept - 1)
                .ToArray()
        )
        {
            UnixFile.DeleteTree(old.FullName);
        }
    }

    private void Check(IReadOnlyList<string> lines, string image)
    {
        var error = lines.FirstOrDefault(l => IsError(l) && !IsOmission(l));
        if (error is not null || UnixFile.Status(image) is not { Kind: UnixKind.File, Size: > 0 })
        {
            throw new PipelineException(TreeDiagnostics.Initramfs(error ?? "dracut wrote no file", sandbox.Log));
        }
    }

    private static bool IsError(string line) => line.StartsWith(ErrorMark, StringComparison.Ordinal);

    /// <summary>A module whose dependency the tree omits on purpose is left out; that is a choice of the configuration, so it is only told.</summary>
    private static bool IsOmission(string line) =>
        line.StartsWith($"{ErrorMark} Module ", StringComparison.Ordinal)
        && line.EndsWith("which can't be installed", StringComparison.Ordinal);
}
