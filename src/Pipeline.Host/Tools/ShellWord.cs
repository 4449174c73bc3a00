namespace Pipeline.Host.Tools;

/// <summary>Texts of scripts that a POSIX shell reads.</summary>
public static class ShellWord
{
    /// <summary>Text that the shell reads as one word, whatever is in it.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
