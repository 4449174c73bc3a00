using System.Text;
using Pipeline.Host.Files;

namespace Pipeline.Kola.Checks;

/// <summary>Text that a guest printed, bounded: it prints what it likes.</summary>
internal static class ConsoleText
{
    /// <summary>The end of a file.</summary>
    /// <param name="path">A regular file.</param>
    /// <param name="most">Most bytes.</param>
    /// <returns>What is no UTF-8 is replaced; and whether something stands before it.</returns>
    public static (string Text, bool IsCut) End(string path, int most)
    {
        using var file = RegularFile.OpenStream(path, 0);
        var start = Math.Max(0, file.Length - most);
        file.Position = start;
        var bytes = new byte[Math.Min(most, file.Length)];
        return (Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)), start > 0);
    }

    /// <summary>The text with at most <paramref name="most"/> characters, and a mark where it was longer.</summary>
    public static string Shorten(string text, int most) => text.Length > most ? text[..most] + "…" : text;
}
