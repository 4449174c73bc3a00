using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// Makes the initramfs of a tree with the tree's dracut, once for each thing dracut can see:
/// <c>cache/initramfs/&lt;map&gt;/&lt;digest&gt;</c> keeps the
/// image and the output of dracut.
/// </summary>
/// <param name="sandbox">Runs dracut.</param>
/// <param name="reporter">Receives a warning for each module that dracut leaves out.</param>
/// <param name="cache">The cache's directory; the compose lock is held.</param>
/// <param name="time">The clock for the least recently used image.</param>
internal sealed class Initramfs(TreeSandbox sandbox, IReporter reporter, string cache, TimeProvider time)
{
    // Raise it when dracut is run in another way.
    private const int Version = 1;
    private const int Kept = 8;
    private const string Image = "initramfs.img";
    private const string Said = "dracut.log";
    private const string Scratch = "tmp-";
    private const string ErrorMark = "dracut[E]:";
    private const int LogLimit = 64 << 20;
    private const string Default = "--no-hostonly";

    /// <summary>Arguments instead of the default ones.</summary>
    public ValueList<string> Arguments { get; init; } = [];

    private string Command =>
        $"dracut --force {(Arguments.Count == 0 ? Default : string.Join(' ', Arguments.Select(ShellWord.Quote)))} --reproducible"
        + " --tmpdir /var/tmp";

    /// <summary>Where the initramfs of a kernel lies, relative to the tree.</summary>
    public static string PathOf(string version) => $"usr/lib/modules/{version}/{Image}";

    /// <summary>Removes what killed runs left in the cache.</summary>
    public static void Sweep(string cache)
    {
        using var images = TreeHandle.OpenOrMake(cache);
        foreach (var leftover in images.Entries(TreePath.Root).Where(e => e.Name.Text.StartsWith(Scratch, StringComparison.Ordinal)))
        {
            images.Delete(leftover.Name);
        }
    }

    /// <summary>Puts the initramfs into a tree.</summary>
    /// <param name="root">The tree, otherwise complete but for its version.</param>
    /// <param name="version">The kernel's version; letters, digits and <c>-.+_~</c>.</param>
    /// <param name="fresh">Whether to make it again though nothing changed.</param>
    /// <param name="tools">Digests of the host's tools that have a hand in it.</param>
    /// <param name="cancellationToken">Stops dracut.</param>
    /// <returns>Whether it was in the cache.</returns>
    /// <exception cref="PipelineException">PL2107: dracut reported an error, or there is no file.</exception>
    public async Task<bool> PlaceAsync(
        TreeHandle root,
        string version,
        bool fresh,
        IEnumerable<StepInput> tools,
        CancellationToken cancellationToken
    )
    {
        using var images = TreeHandle.OpenOrMake(cache);
        var view = InitramfsView.Of(root, Arguments);
        var key = new StepInputs(
            "initramfs",
            Version,
            [
                new("view", view.Digest),
                new("command", Digest.Of(Command)),
                new("kernel", Digest.Of(version)),
                .. tools,
                .. sandbox.Runner.Inputs,
            ]
        ).Digest;
        TreePath kept = key.Hex;
        var cached = !fresh && images.Is(UnixKind.File, kept / Image);
        if (!cached)
        {
            await MakeAsync(root, version, view, images, kept, cancellationToken);
        }

        string[] said = (images.ReadText(kept / Said, LogLimit) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (cached)
        {
            await sandbox.LogAsync(["# dracut, its output when this initramfs was made", .. said]);
        }

        foreach (var line in said.Where(IsError))
        {
            reporter.Report(TreeDiagnostics.DracutModule(line[ErrorMark.Length..].Trim()));
        }

        images.SetTimes(kept, time.GetUtcNow().ToUnixTimeSeconds());
        TreePath target = PathOf(version);
        root.MakeDirectories(target.Parent);
        root.Delete(target);
        TreeCopy.Copy(images, kept / Image, root, target);
        root.SetMode(target, FileModes.Plain);
        return cached;
    }

    private async Task MakeAsync(
        TreeHandle root,
        string version,
        InitramfsView view,
        TreeHandle images,
        TreePath kept,
        CancellationToken cancellationToken
    )
    {
        TreePath scratch = Scratch + Guid.NewGuid().ToString("n");
        var (var, done) = (scratch / "var", scratch / "done");
        foreach (var directory in (TreePath[])[scratch, var, var / "tmp", done])
        {
            images.MakeDirectory(directory, FileModes.Executable);
        }

        try
        {
            var programs = new List<KeyValuePair<string, string>>();
            foreach (var directory in view.Shown.Keys)
            {
                var copy = scratch / directory.Replace('/', '-');
                view.CopyPrograms(directory, images, copy);
                programs.Add(new(images.PathOnHost(copy), "/" + directory));
            }

            var lines = new List<string>();
            await sandbox.RunAsync(
                "dracut",
                root,
                $"#!/bin/sh\nexec {Command} --kver '{version}' '/var/{Image}'\n",
                [],
                cancellationToken,
                lines.Add,
                b => Arranged(b, view, programs, images.PathOnHost(var))
            );
            Check(lines, images.Status(var / Image));
            TreeCopy.Move(images, var / Image, done / Image);
            images.CreateFile(done / Said, Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + '\n'))), FileModes.Plain);
            AtomicFile.SyncFileSystem(images.Directory);
            images.Delete(kept);
            TreeCopy.Move(images, done, kept);
        }
        finally
        {
            images.Delete(scratch);
        }

        Prune(images, kept);
    }

    /// <summary>What dracut sees: the tree read-only, programs that it could ask for, and a <c>/var</c> to write to.</summary>
    private static Bubblewrap Arranged(
        Bubblewrap command,
        InitramfsView view,
        IReadOnlyList<KeyValuePair<string, string>> programs,
        string var
    ) =>
        command with
        {
            IsReadOnly = true,
            Memory = [.. command.Memory, .. view.Hidden.Select(d => "/" + d)],
            ReadOnly = [.. command.ReadOnly, .. programs],
            Writable = [.. command.Writable, new(var, "/var")],
            Environment = [.. command.Environment, new("SOURCE_DATE_EPOCH", "1")], // nothing of the day: it would not be part of the digest
        };

    /// <summary>Removes the images that were not used for longest.</summary>
    private static void Prune(TreeHandle images, TreePath kept)
    {
        foreach (
            var old in images
                .Entries(TreePath.Root)
                .Where(e => e.Kind == UnixKind.Directory && e.Name != kept)
                .OrderByDescending(e => images.Status(e.Name)!.Value.Modified)
                .Skip(Kept - 1)
        )
        {
            images.Delete(old.Name);
        }
    }

    private void Check(IReadOnlyList<string> lines, UnixStatus? image)
    {
        var error = lines.FirstOrDefault(l => IsError(l) && !IsOmission(l));
        if (error is not null || image is not { Kind: UnixKind.File, Size: > 0 })
        {
            throw new PipelineException(TreeDiagnostics.Initramfs(error ?? "dracut wrote no file", sandbox.Log));
        }
    }

    private static bool IsError(string line) => line.StartsWith(ErrorMark, StringComparison.Ordinal);

    /// <summary>
    /// A module whose dependency the tree omits on purpose is left out; that is a choice of the configuration, so it is a warning.
    /// </summary>
    private static bool IsOmission(string line) =>
        line.StartsWith($"{ErrorMark} Module ", StringComparison.Ordinal)
        && line.EndsWith("which can't be installed", StringComparison.Ordinal);
}
