using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;

namespace Pipeline.Compose.Trees;

/// <summary>
/// Programs that dracut could ask for: their name, or a piece of it beside a variable or wildcard, is in a text that dracut, udev or
/// systemd reads, or in a program that is itself asked for. Comments do not count.
/// </summary>
internal sealed class ProgramNames
{
    private const int LargestText = 1 << 20;
    private const int ShortestPiece = 3;

    /// <summary>
    /// What names no programs for dracut: libraries, kernel modules, plug-ins of kernel-install, the settings of people's shells and
    /// editors, lists of names, prose.
    /// </summary>
    private static readonly string[] NotText =
    [
        "usr/lib/modules",
        "usr/lib/firmware",
        "usr/lib/locale",
        "usr/lib/gnupg",
        "usr/lib/kernel/install.d",
        "usr/lib/ssl/misc",
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
    /// <param name="root">The tree.</param>
    /// <param name="directories">Where programs are.</param>
    /// <param name="arguments">Further texts that may name some.</param>
    public static IReadOnlySet<string> Of(TreeHandle root, IReadOnlyList<string> directories, params IReadOnlyList<string> arguments)
    {
        var words = new ProgramNames();
        words._names.UnionWith(Always);
        foreach (var argument in arguments)
        {
            words.ReadLine(argument);
        }

        foreach (var entry in Texts(root))
        {
            words.Add(entry.Directory, entry.Name);
        }

        var all = directories
            .SelectMany(d => root.Entries(d).Select(e => (Path: TreePath.FromString(d) / e.Name, Name: e.Name.Text)))
            .ToArray();
        var found = new HashSet<string>(StringComparer.Ordinal);
        int before;
        do
        {
            before = found.Count;
            foreach (var (path, name) in all.Where(p => !found.Contains(p.Name) && words.Mentions(p.Name)).ToArray())
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
            if (!IsComment(line) && !IsSentence(line))
            {
                ReadLine(line);
            }
        }
    }

    private static bool IsComment(string line) =>
        line.AsSpan().TrimStart().StartsWith('#') && !line.StartsWith("#!", StringComparison.Ordinal);

    /// <summary>Whether a line of a script only says a sentence to people: <c>echo "Deactivate the device tree."</c>.</summary>
    private static bool IsSentence(ReadOnlySpan<char> line)
    {
        const string echo = "echo ";
        var said = line.Trim();
        if (!said.StartsWith(echo, StringComparison.Ordinal))
        {
            return false;
        }

        said = said[echo.Length..].Trim();
        said = said.EndsWith(">&2", StringComparison.Ordinal) ? said[..^3].TrimEnd() : said;
        if (said.Length < 4 || said[0] is not ('"' or '\'') || said[^1] != said[0])
        {
            return false;
        }

        var words = said[1..^1];
        return words.Contains(' ') && words[^1] is ('.' or '!' or '?') && words.IndexOfAny("\"'`$\\") < 0;
    }

    /// <summary>Whether the texts mention a program.</summary>
    internal bool Mentions(string name) =>
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
    private void Follow(TreeHandle root, TreePath path)
    {
        for (var links = 0; links < 8 && root.Is(UnixKind.Symlink, path); links++)
        {
            path = path.Follow(root.ReadLink(path));
            _names.Add(path.Name.Text);
        }

        using var directory = root.Exists(path) ? root.OpenParent(path) : null;
        if (directory is not null)
        {
            Add(directory, path.Name);
        }
    }

    private void Add(TreeDirectory directory, TreePath name)
    {
        if (
            directory.Status(name) is { Kind: UnixKind.File, Size: <= LargestText }
            && directory.ReadBytes(name, LargestText) is var bytes
            && !bytes.AsSpan(0, Math.Min(bytes.Length, 4096)).Contains((byte)0)
        )
        {
            Read(Encoding.Latin1.GetString(bytes));
        }
    }

    private static IEnumerable<TreeEntry> Texts(TreeHandle root)
    {
        var triplets = root.Entries("usr/lib")
            .Where(e =>
                e.Name.Text.EndsWith("-linux-gnu", StringComparison.Ordinal) || e.Name.Text.StartsWith("python", StringComparison.Ordinal)
            )
            .Select(e => "usr/lib" / e.Name);
        var skipped = NotText.Select(TreePath.FromString).Concat(triplets).ToHashSet();
        return ((string[])["etc", "usr/lib", "usr/libexec"])
            .SelectMany(d => root.Walk(d, TreeOrder.ParentsFirst, e => !IsProse(e)))
            .Where(e => e.Kind == UnixKind.File && !IsProse(e));

        bool IsProse(TreeEntry entry) => entry.Name.Bytes.StartsWith("README"u8) || skipped.Contains(entry.Path);
    }
}
