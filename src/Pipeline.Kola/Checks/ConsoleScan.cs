using System.Text;

namespace Pipeline.Kola.Checks;

/// <summary>Looks for the table's patterns in a console or journal that is complete.</summary>
internal static class ConsoleScan
{
    private const int LongestLine = 8192;

    /// <summary>Each line that completes a pattern, with its number from 1.</summary>
    /// <param name="stream">Any bytes; what is no UTF-8 is replaced, and a longer line than 8192 characters is looked at in pieces.</param>
    public static IEnumerable<(int Line, FatalLine Fatal)> Marks(Stream stream)
    {
        var scanner = new FatalScanner();
        return Pieces(stream)
            .Select(p => (p.Line, Fatal: scanner.Scan(ConsoleFollower.Plain(p.Text))))
            .Where(p => p.Fatal is not null)
            .Select(p => (p.Line, p.Fatal!));
    }

    private static IEnumerable<(int Line, string Text)> Pieces(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        var buffer = new char[LongestLine];
        var line = new StringBuilder();
        var number = 1;
        for (int read; (read = reader.Read(buffer)) > 0; )
        {
            foreach (var c in buffer.Take(read))
            {
                if (c == '\n' || line.Length >= LongestLine)
                {
                    yield return (number, line.ToString());
                    line.Clear();
                    number += c == '\n' ? 1 : 0;
                }

                if (c != '\n')
                {
                    line.Append(c);
                }
            }
        }

        if (line.Length > 0)
        {
            yield return (number, line.ToString());
        }
    }
}
