namespace Pipeline.Kola.Checks;

/// <summary>Looks through the parts of a journal file that are new since the last look, leaving out what tests themselves print.</summary>
internal sealed class JournalScanner(string directory)
{
    private readonly Dictionary<string, long> _positions = [];

    /// <summary>Fatal lines since the last call.</summary>
    public IReadOnlyList<FatalLine> Take()
    {
        var found = new List<FatalLine>();
        foreach (var path in Directory.GetFiles(directory, "journal*.txt").Order(StringComparer.Ordinal))
        {
            var scanner = new FatalScanner();
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Position = _positions.GetValueOrDefault(path);
            using var reader = new StreamReader(file);
            while (reader.ReadLine() is { } line)
            {
                if (
                    !line.Contains(" kola-runext-", StringComparison.Ordinal)
                    && !line.Contains(" sudo[", StringComparison.Ordinal)
                    && scanner.Scan(line) is { } fatal
                )
                {
                    found.Add(fatal);
                }
            }

            _positions[path] = file.Position;
        }

        return found;
    }
}
