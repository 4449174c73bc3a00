using System.Globalization;
using Pipeline.Host.Files;

namespace Pipeline.Clouds.Aws;

/// <summary>
/// Which blocks of a snapshot the service has confirmed, one number a line. The service does not tell it of a snapshot that is not
/// complete, and sending a block twice does no harm, so the last lines may be lost.
/// </summary>
internal sealed class UploadJournal : IDisposable
{
    private const string Sealed = "sealed";

    private readonly string _path;
    private readonly StreamWriter _writer;
    private readonly Lock _gate = new();

    private UploadJournal(string path, HashSet<int> known, bool isSealed)
    {
        (_path, Known, IsSealed) = (path, known, isSealed);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _writer = new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 1));
    }

    /// <summary>What was confirmed before.</summary>
    public HashSet<int> Known { get; }

    /// <summary>Whether all blocks were sent and the service was told so.</summary>
    public bool IsSealed { get; }

    /// <summary>The journal of a snapshot; a new one when there is none.</summary>
    public static UploadJournal Open(string directory, string snapshot)
    {
        var path = Path.Combine(directory, $"{snapshot}.blocks");
        HashSet<int> known = [];
        var isSealed = false;
        if (RegularFile.Is(path))
        {
            // A line that a kill cut short is no whole number of the block any more: only ended lines count.
            var text = RegularFile.ReadText(path);
            var ended = text[..(text.LastIndexOf('\n') + 1)];
            foreach (var line in ended.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                isSealed |= line == Sealed;
                if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                {
                    known.Add(index);
                }
            }

            File.WriteAllText(path, ended);
        }

        return new(path, known, isSealed);
    }

    /// <summary>The service has a block.</summary>
    public void Add(int index) => Write(index.ToString(CultureInfo.InvariantCulture));

    /// <summary>The service is about to be told that there are no more blocks.</summary>
    public void Seal() => Write(Sealed);

    /// <summary>The snapshot is complete: nothing is to be remembered.</summary>
    public void Delete() => UnixFile.DeleteTree(_path);

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Write(string line)
    {
        lock (_gate)
        {
            _writer.Write(line + "\n");
            _writer.Flush();
        }
    }
}
