using System.Text;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Deb;

/// <summary>The keys of a <c>Signed-By</c> field: files beside it, or an armoured key in the field itself.</summary>
internal static class Keyring
{
    private const int MaxSize = 4 * 1024 * 1024;
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string End = "-----END PGP PUBLIC KEY BLOCK-----";

    /// <summary>All keys as binary packets, or <c>null</c> after a problem.</summary>
    public static ReadOnlyMemory<byte>? Read(Deb822Field field, string directory, DiagnosticBag problems)
    {
        if (field.Value.Contains(Begin, StringComparison.Ordinal))
        {
            return Dearmour(field.Value) is { } key ? key : Fail("(embedded)", "is not readable armour");
        }

        var all = new MemoryStream();
        foreach (var path in field.Value.Split((char[]?)[' ', ',', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            var full = Path.Combine(directory, path);
            var info = new FileInfo(full);
            if (!info.Exists || !RegularFile.Is(full))
            {
                return Fail(path, "does not exist");
            }

            if (info.Length > MaxSize)
            {
                return Fail(path, "is larger than 4 MiB");
            }

            var bytes = RegularFile.Read(full);
            if (bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Begin)) >= 0)
            {
                if (Dearmour(Encoding.UTF8.GetString(bytes)) is not { } plain)
                {
                    return Fail(path, "is not readable armour");
                }

                bytes = plain;
            }

            if (bytes.Length == 0 || (bytes[0] & 0x80) == 0)
            {
                return Fail(path, "is not an OpenPGP key");
            }

            all.Write(bytes);
        }

        return all.Length == 0 ? Fail(field.Value, "is empty") : all.ToArray();

        ReadOnlyMemory<byte>? Fail(string path, string why)
        {
            problems.Add(RepositoryDiagnostics.NoKey(path, why, field.Span));
            return null;
        }
    }

    private static byte[]? Dearmour(string text)
    {
        var keys = new MemoryStream();
        for (
            var start = text.IndexOf(Begin, StringComparison.Ordinal);
            start >= 0;
            start = text.IndexOf(Begin, start + 1, StringComparison.Ordinal)
        )
        {
            var end = text.IndexOf(End, start, StringComparison.Ordinal);
            if (end < 0)
            {
                return null;
            }

            // Header lines have a colon, the checksum line begins with '='; a field's empty lines are written as '.'.
            var body = text[(start + Begin.Length)..end]
                .Split('\n')
                .Select(l => l.Trim())
                .Where(l => l.Length > 0 && l != "." && !l.Contains(':', StringComparison.Ordinal) && l[0] != '=');
            try
            {
                keys.Write(Convert.FromBase64String(string.Concat(body)));
            }
            catch (FormatException)
            {
                return null;
            }
        }

        return keys.Length == 0 ? null : keys.ToArray();
    }
}
