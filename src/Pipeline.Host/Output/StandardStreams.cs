using System.Text;

namespace Pipeline.Host.Output;

/// <summary>
/// The ends of this process's standard streams. Nothing leaves them with a password that the process was given in an address, and nothing
/// of others steers a terminal.
/// </summary>
public static class StandardStreams
{
    /// <summary>Standard output: bytes as they are into a file or pipe, but for known secrets.</summary>
    public static TextWriter Output() =>
        new CleanWriter(
            Writer(Console.OpenStandardOutput()),
            Console.IsOutputRedirected ? KnownSecrets.Hide : t => TerminalText.Harmless(KnownSecrets.Hide(t))
        );

    /// <summary>Standard error. Renderings make text of others harmless; they draw with control characters themselves.</summary>
    public static TextWriter Error() => new CleanWriter(Writer(Console.OpenStandardError()), KnownSecrets.HideAll);

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true };
}
