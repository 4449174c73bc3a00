using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Bisection;

/// <summary>What a trial said.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">Why it is not good, one line; untrusted text.</param>
/// <param name="Logs">Folder with the logs of the test, or <c>null</c>.</param>
internal sealed record Trial(Verdict Verdict, string Reason, string? Logs);

/// <summary>
/// The trials of a search as lines of a file: a search that was interrupted goes on with what is there. A line that was not written to its
/// end is none.
/// </summary>
internal sealed class TrialRecord
{
    private readonly string _file;
    private readonly Dictionary<string, Trial> _trials = new(StringComparer.Ordinal);

    private TrialRecord(string file) => _file = file;

    /// <summary>How many trials there are.</summary>
    public int Count => _trials.Count;

    /// <summary>Opens the record; it is empty when there is no file.</summary>
    public static async Task<TrialRecord> OpenAsync(string file, CancellationToken cancellationToken)
    {
        var record = new TrialRecord(file);
        var lines = File.Exists(file) ? (await RegularFile.ReadTextAsync(file, cancellationToken)).Split('\n')[..^1] : [];
        foreach (var fields in lines.Select(l => l.Split('\t')).Where(f => f.Length == 4 && Enum.TryParse<Verdict>(f[1], out _)))
        {
            record._trials[fields[0]] = new(Enum.Parse<Verdict>(fields[1]), fields[2], fields[3].Length == 0 ? null : fields[3]);
        }

        return record;
    }

    /// <summary>An earlier trial of the same lock; <c>null</c> for none.</summary>
    public Trial? Find(Digest trial) => _trials.GetValueOrDefault(trial.Hex);

    /// <summary>Keeps a trial.</summary>
    public async Task AddAsync(Digest trial, Trial result, CancellationToken cancellationToken)
    {
        _trials[trial.Hex] = result;
        var reason = TerminalText.Harmless(result.Reason).ReplaceLineEndings(" ").Replace('\t', ' ');
        await File.AppendAllTextAsync(_file, $"{trial.Hex}\t{result.Verdict}\t{reason}\t{result.Logs}\n", cancellationToken);
    }
}
