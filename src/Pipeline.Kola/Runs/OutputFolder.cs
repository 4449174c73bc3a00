using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>The folder of a run's logs, held for the time of the run and empty at its beginning.</summary>
internal sealed class OutputFolder : IDisposable
{
    private const int MostAtOnce = 100;
    private readonly FileLock _lock;

    private OutputFolder(string path, FileLock hold)
    {
        Path = path;
        _lock = hold;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Where disks and saved memory go.</summary>
    public string Disks => System.IO.Path.Combine(Path, ".disks");

    /// <summary>Waits until no other run uses the folder, then empties it; refuses one that holds anything but an earlier run.</summary>
    /// <exception cref="PipelineException">PL4013 it holds other files.</exception>
    public static async Task<OutputFolder> OpenAsync(
        WorkDirectory work,
        string path,
        IReporter reporter,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var hold = await FileLock.AcquireAsync(
            LockOf(work, path),
            wait: true,
            holder => reporter.Note($"waiting for {holder}"),
            time,
            cancellationToken
        );
        return Held(path, hold);
    }

    /// <summary>Opens the first of <c>tmp/NAME</c>, <c>tmp/NAME-2</c>, … that no other run uses, and empties it.</summary>
    /// <exception cref="PipelineException">PL4013 it holds other files; PL0310 a hundred runs use all there are.</exception>
    public static async Task<OutputFolder> OpenFreeAsync(
        WorkDirectory work,
        string name,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        for (var number = 1; ; number++)
        {
            var path = System.IO.Path.Combine(
                work.Temporary,
                number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}")
            );
            FileLock hold;
            try
            {
                hold = await FileLock.AcquireAsync(LockOf(work, path), wait: false, _ => { }, time, cancellationToken);
            }
            catch (PipelineException e) when (number < MostAtOnce && e.Diagnostics is [{ Code: FileLock.Held }])
            {
                continue;
            }

            return Held(path, hold);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static string LockOf(WorkDirectory work, string path) =>
        System.IO.Path.Combine(work.Temporary, $".lock-{Digest.Of(System.IO.Path.GetFullPath(path)).Hex[..16]}");

    private static OutputFolder Held(string path, FileLock hold)
    {
        try
        {
            Empty(path);
            return new(path, hold);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    private static void Empty(string path)
    {
        var marker = System.IO.Path.Combine(path, ".kola");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any() && !File.Exists(marker))
        {
            throw new PipelineException(KolaDiagnostics.UsedDirectory(path));
        }

        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.CreateDirectory(path);
        File.WriteAllText(marker, "");
    }
}
