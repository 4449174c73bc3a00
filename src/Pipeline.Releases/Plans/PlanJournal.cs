using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Plans;

/// <summary>
/// The journal of one application of a plan: a line with the plan, a line per step that is done, a line for the end; each line is on
/// disk before the work goes on. The file goes away with the end, so a file that is there is of a run that goes on or was interrupted.
/// </summary>
internal sealed class PlanJournal : IDisposable
{
    private const string Done = "done ";
    private const string End = "end";
    private readonly FileStream _file;
    private readonly string _directory;
    private readonly string _name;

    private PlanJournal(FileStream file, string directory, string name)
    {
        _file = file;
        _directory = directory;
        _name = name;
    }

    /// <summary>Begins the journal of a plan.</summary>
    /// <param name="directory">Where journals are; made when missing.</param>
    /// <param name="plan">The plan.</param>
    public static PlanJournal Start(string directory, Plan plan)
    {
        Directory.CreateDirectory(directory);
        var json = plan.ToJson();
        var stem = $"{plan.Name}-{Digest.Of(Encoding.UTF8.GetBytes(json)).Hex[..12]}";
        var file =
            TryOpen(Path.Combine(directory, $"{stem}.journal"))
            ?? TryOpen(Path.Combine(directory, $"{stem}-{Guid.NewGuid():n}.journal"))
            ?? throw new IOException($"no journal can be opened in '{directory}'");
        file.SetLength(0);
        var journal = new PlanJournal(file, directory, plan.Name);
        journal.Line(json);
        return journal;
    }

    /// <summary>Opens the journal of an interrupted run to go on with it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The journal, its plan, and how many steps from the first on are done.</returns>
    /// <exception cref="PipelineException">PL6112 it is not a journal (class 2).</exception>
    /// <exception cref="IOException">The run still goes on.</exception>
    public static (PlanJournal Journal, Plan Plan, int Done) Resume(string path)
    {
        var file = TryOpen(path) ?? throw new IOException($"'{path}' is in use");
        try
        {
            using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
            var lines = reader.ReadToEnd().Split('\n');
            var plan = Plan.Parse(lines[0]);
            var done = lines.Skip(1).Count(l => l.StartsWith(Done, StringComparison.Ordinal));

            // A line that was cut off says nothing: its step is done again.
            var whole = lines[..^1].Sum(l => Encoding.UTF8.GetByteCount(l) + 1);
            done -= lines[^1].StartsWith(Done, StringComparison.Ordinal) ? 1 : 0;
            file.SetLength(whole);
            file.Position = whole;
            return (new(file, Path.GetDirectoryName(path)!, plan.Name), plan, done);
        }
        catch (JsonException)
        {
            file.Dispose();
            throw new PipelineException(PlanDiagnostics.NoJournal(path));
        }
    }

    /// <summary>Journals of earlier runs of a command that were interrupted.</summary>
    public static string[] Interrupted(string directory, string name) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory, $"{name}-*.journal").Where(IsFree)] : [];

    /// <summary>Records that the step of that number, from 0, is done.</summary>
    public void StepDone(int number) => Line(Done + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Records the end and removes this journal and those of interrupted runs of the same command, which it completed.</summary>
    public void Complete()
    {
        Line(End);
        File.Delete(_file.Name);
        _file.Dispose();
        foreach (var old in Interrupted(_directory, _name))
        {
            File.Delete(old);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Line(string text)
    {
        _file.Write(Encoding.UTF8.GetBytes(text + "\n"));
        _file.Flush(flushToDisk: true);
    }

    private static bool IsFree(string path)
    {
        using var file = TryOpen(path);
        return file is not null;
    }

    /// <summary>Opens for this process alone.</summary>
    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
