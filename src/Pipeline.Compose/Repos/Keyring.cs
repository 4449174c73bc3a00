using Pipeline.Host.Files;
using Pipeline.Host.Signing;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Repos;

/// <summary>The keys that a repository names: files beside its definition, or armoured keys in it.</summary>
internal static class Keyring
{
    private const int MaxSize = 4 * 1024 * 1024;

    /// <summary>All keys of a text as binary packets: paths, or the armoured keys themselves; <c>null</c> after a problem.</summary>
    /// <param name="value">Paths separated by white space or commas, or armour.</param>
    /// <param name="directory">Where relative paths start.</param>
    /// <param name="span">Where the text is.</param>
    /// <param name="problems">Receives PL1109.</param>
    public static ReadOnlyMemory<byte>? Read(string value, string directory, SourceSpan span, DiagnosticBag problems)
    {
        if (PublicKeys.IsArmoured(value))
        {
            return PublicKeys.Dearmour(value) is { } key ? key : Fail("(embedded)", "is not readable armour", span, problems);
        }

        var all = new MemoryStream();
        foreach (var path in value.Split((char[]?)[' ', ',', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (ReadFile(path, Path.Combine(directory, path), span, problems) is not { } bytes)
            {
                return null;
            }

            all.Write(bytes.Span);
        }

        return all.Length == 0 ? Fail(value, "is empty", span, problems) : all.ToArray();
    }

    /// <summary>The keys of one file as binary packets, or <c>null</c> after a problem.</summary>
    /// <param name="path">As it is shown.</param>
    /// <param name="full">Where it is.</param>
    /// <param name="span">What names it.</param>
    /// <param name="problems">Receives PL1109.</param>
    public static ReadOnlyMemory<byte>? ReadFile(string path, string full, SourceSpan span, DiagnosticBag problems)
    {
        var info = new FileInfo(full);
        if (!info.Exists || !RegularFile.Is(full))
        {
            return Fail(path, "does not exist", span, problems);
        }

        if (info.Length > MaxSize)
        {
            return Fail(path, "is larger than 4 MiB", span, problems);
        }

        return PublicKeys.Read(RegularFile.Read(full)) is { } keys ? keys : Fail(path, "is not a readable OpenPGP key", span, problems);
    }

    private static ReadOnlyMemory<byte>? Fail(string path, string why, SourceSpan span, DiagnosticBag problems)
    {
        problems.Add(RepositoryDiagnostics.NoKey(path, why, span));
        return null;
    }
}
