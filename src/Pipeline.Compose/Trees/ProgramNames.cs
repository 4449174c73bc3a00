using System.Text;
using Pipeline.Host.Files;

namespace Pipeline.Compose.Trees;

/// <summary>
/// Programs that dracut could ask for: their name, or a piece of it beside a variable or wildcard, is in a text that dracut, udev or systemd
/// reads, or in a program that is itself asked for. Comments do not count.
/// </summary>
internal sealed class ProgramNames
{
    private const int LargestText = 1 << 20;
    private const int ShortestPiece = 3;

    /// <summary>What names no programs for dracut: libraries, kernel modules, the settings of people's shells and editors, lists of names, prose.</summary>
    private static readonly string[] NotText =
    [
        "usr/lib/modules",
        "usr/lib/firmware",
        "usr/lib/locale",
        "usr/lib/gnupg",
        "usr/lib/openssh",
        "usr/lib/mime",
        "etc/mime.types",
        "etc/services",
        "etc/protocols",
        "etc/rpc",
        "etc/ssh",
        "etc/ssl",
        "etc/skel",
        "etc/bash.bashrc",
        "etc/bash_completion.d",
        "etc/profile",
        "etc/profile.d",
        "etc/vim",
        "etc/pam.d",
        "etc/debconf.conf",
        "etc/xattr.conf",
    ];

    private static readonly string[] Always = ["sh", "bash", "dracut"];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _beginnings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ends = new(StringComparer.Ordinal);

    /// <summary>The programs of a tree, in any of <paramref name="directories"/>, that could be asked for.</summary>
    public static IReadOnlySet<string> Of(string root, IReadOnlyList<string> directories)
    {
        var words = new ProgramNames();
        words._names.UnionWith(Always);
        foreach (var file in Texts(root))
        {
            words.Add(file);
        }

        var all = directories.SelectMany(d => TreeCopy.Names($"{root}/{d}").Select(n => (Path: $"{d}/{n}", Name: n))).ToArray();
        var found = new HashSet<string>(StringComparer.Ordinal);
        int before;
        do
        {
            before = found.Count;
            foreach (var (path, name) in all.Where(p => !found.Contains(p.Name) && words.Speaks(p.Name)).ToArray())
            {
                foreach (var same in all.Where(p => p.Name == name))
                {
                    words.Follow(root, same.Path);
                }

                found.Add(name);
            }
        } while (found.Count > before);
        return found;
    }

    /// <summary>Reads a text.</summary>
    internal void Read(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (!line.AsSpan().TrimStart().StartsWith('#') || line.StartsWith("#!", StringComparison.Ordinal))
            {
                ReadLine(line);
            }
        }
    }

    /// <summary>Whether the texts speak of a program.</summary>
    internal bool Speaks(string name) =>
        _names.Contains(name)
        || _beginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal))
        || _ends.Any(e => name.EndsWith(e, StringComparison.Ordinal));

    private void ReadLine(string line)
    {
        for (var start = 0; start < line.Length; start++)
        {
            if (!IsWord(line[start]))
            {
                continue;
            }

            var end = start;
            while (end < line.Length && IsWord(line[end]))
            {
                end++;
            }

            var word = line[start..end];
            _names.Add(word);
            _names.Add(word.TrimEnd('.', '-', '+', ':'));
            if (JoinsAfter(line, end))
            {
                AddPiece(_beginnings, word);
            }

            if (JoinsBefore(line, start))
            {
                AddPiece(_ends, word);
            }
            else if (start > 0 && line[start - 1] == '$' && word.IndexOfAny(['.', '-', '+']) is >= 0 and var cut)
            {
                AddPiece(_ends, word[cut..]); // $name-suffix
            }

            start = end;
        }
    }

    /// <summary>Whether a variable, command or wildcard goes on where a word ends, also behind a quote.</summary>
    private static bool JoinsAfter(string line, int end) =>
        end < line.Length
        && (
            line[end] is '$' or '*' or '?' or '[' or '{' or '`' or '%'
            || line[end] is '"' or '\'' or '\\' && end + 1 < line.Length && line[end + 1] is '$' or '*' or '?' or '{'
        );

    /// <summary>Whether a word goes on where one of those ended.</summary>
    private static bool JoinsBefore(string line, int start) =>
        start > 0
        && (
            line[start - 1] is '}' or '*' or '?' or ']' or ')' or '`'
            || line[start - 1] is '"' or '\'' && start > 1 && (IsWord(line[start - 2]) || line[start - 2] is '}' or ')' or '*')
        );

    private static void AddPiece(HashSet<string> pieces, string word)
    {
        if (word.Length >= ShortestPiece)
        {
            pieces.Add(word);
        }
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '+';

    /// <summary>What a program brings in: where its link leads, the words of a script.</summary>
    private void Follow(string root, string path)
    {
        for (var links = 0; links < 8 && UnixFile.Status($"{root}/{path}") is { Kind: UnixKind.Symlink }; links++)
        {
            var target = UnixFile.ReadLink($"{root}/{path}");
            path = LinkWalk.Resolve(
                target.StartsWith('/') ? target : $"{Path.GetDirectoryName(path)}/{target}",
                p => UnixFile.Status($"{root}/{p}") is { Kind: UnixKind.Symlink } ? UnixFile.ReadLink($"{root}/{p}") : null,
                slashFollows: false
            );
            _names.Add(Path.GetFileName(path));
        }

        Add($"{root}/{path}");
    }

    private void Add(string file)
    {
        if (
            UnixFile.Status(file) is { Kind: UnixKind.File, Size: <= LargestText }
            && File.ReadAllBytes(file) is var bytes
            && !bytes.AsSpan(0, Math.Min(bytes.Length, 4096)).Contains((byte)0)
        )
        {
            Read(Encoding.Latin1.GetString(bytes));
        }
    }

    private static IEnumerable<string> Texts(string root)
    {
        var triplets = TreeCopy
            .Names($"{root}/usr/lib")
            .Where(n => n.EndsWith("-linux-gnu", StringComparison.Ordinal) || n.StartsWith("python", StringComparison.Ordinal))
            .Select(n => $"usr/lib/{n}");
        var skipped = NotText.Concat(triplets).Select(s => $"{root}/{s}").ToHashSet(StringComparer.Ordinal);
        return ((string[])["etc", "usr/lib", "usr/libexec"]).SelectMany(d => Walk($"{root}/{d}"));

        bool IsProse(string path) => skipped.Contains(path) || Path.GetFileName(path).StartsWith("README", StringComparison.Ordinal);

        IEnumerable<string> Walk(string directory) =>
            TreeCopy
                .Names(directory)
                .Select(n => $"{directory}/{n}")
                .Where(p => !IsProse(p))
                .SelectMany(p =>
                    UnixFile.Status(p) switch
                    {
                        { Kind: UnixKind.Directory } => Walk(p),
                        { Kind: UnixKind.File } => [p],
                        _ => (IEnumerable<string>)[],
                    }
                );
    }
}
