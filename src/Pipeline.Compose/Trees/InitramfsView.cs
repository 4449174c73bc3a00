using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// What dracut is shown of a tree, and the digest of exactly that. Dracut runs with the tree read-only and the rest hidden, so nothing
/// outside of the digest can change what it makes, whether it was looked for or not.
/// </summary>
/// <remarks>
/// Hidden are <c>/var</c>, documentation and translations, and programs that nothing dracut reads mentions (<see cref="ProgramNames"/>).
/// Modification times are not part of it: those of packages are all <see cref="Layers.LayerObjects.Time"/>, and dracut takes later ones
/// back to that of its own files.
/// </remarks>
internal sealed class InitramfsView
{
    private static readonly string[] HiddenDirectories =
    [
        "usr/lib/sysimage",
        "usr/share/apport",
        "usr/share/bash-completion",
        "usr/share/bug",
        "usr/share/common-licenses",
        "usr/share/doc",
        "usr/share/doc-base",
        "usr/share/fish",
        "usr/share/gdb",
        "usr/share/info",
        "usr/share/lintian",
        "usr/share/locale",
        "usr/share/man",
        "usr/share/menu",
        "usr/share/pixmaps",
        "usr/share/zsh",
    ];

    private static readonly string[] Programs = ["usr/bin", "usr/sbin"];

    private readonly TreeHandle _root;
    private readonly SortedDictionary<string, IReadOnlyList<TreePath>> _shown;

    private InitramfsView(TreeHandle root, SortedDictionary<string, IReadOnlyList<TreePath>> shown) =>
        (_root, _shown, Digest) = (root, shown, DigestOf(root, shown));

    /// <summary>Of all that is shown: names, kinds, modes, owners, targets, contents.</summary>
    public Digest Digest { get; }

    /// <summary>Shown programs by directory.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TreePath>> Shown => _shown;

    /// <summary>Directories that are shown empty.</summary>
    public IEnumerable<string> Hidden => HiddenDirectories.Where(d => _root.Is(UnixKind.Directory, d));

    /// <summary>Looks at a tree, which stays open while the view is used.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="arguments">Arguments of dracut; programs that they name are shown too.</param>
    public static InitramfsView Of(TreeHandle root, params IReadOnlyList<string> arguments)
    {
        var names = ProgramNames.Of(root, Programs, arguments);
        var shown = new SortedDictionary<string, IReadOnlyList<TreePath>>(StringComparer.Ordinal);
        foreach (var directory in Programs.Where(d => root.Is(UnixKind.Directory, d)))
        {
            shown[directory] =
            [
                .. root.Entries(directory).Where(e => e.Kind == UnixKind.Directory || names.Contains(e.Name.Text)).Select(e => e.Name),
            ];
        }

        return new(root, shown);
    }

    /// <summary>Copies the shown programs of <paramref name="directory"/>, so that the others can be hidden behind the copy.</summary>
    public void CopyPrograms(string directory, TreeHandle target, TreePath to)
    {
        target.MakeDirectory(to, FileModes.Executable);
        foreach (var name in _shown[directory])
        {
            TreeCopy.Copy(_root, directory / name, target, to / name);
        }
    }

    private static Digest DigestOf(TreeHandle root, SortedDictionary<string, IReadOnlyList<TreePath>> shown)
    {
        var unread = HiddenDirectories.Append("var").Select(TreePath.FromString).ToHashSet();
        var programs = shown.ToDictionary(d => TreePath.FromString(d.Key), d => d.Value.ToHashSet());
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in root.Walk(TreePath.Root, TreeOrder.ParentsFirst, e => !unread.Contains(e.Path)))
        {
            if (!programs.TryGetValue(entry.Directory.Path, out var names) || names.Contains(entry.Name))
            {
                Add(all, entry);
            }
        }

        return Digest.FromHash(all.GetHashAndReset());
    }

    private static void Add(IncrementalHash all, TreeEntry entry)
    {
        var status = entry.Status();
        all.AppendData(entry.Path.Bytes);
        all.AppendData(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"\0{status.Kind}\0{status.Mode}\0{status.UserId}\0{status.GroupId}\0")
            )
        );
        if (status.Kind == UnixKind.Symlink)
        {
            all.AppendData(entry.Directory.ReadLink(entry.Name));
            all.AppendData("\0"u8);
        }
        else if (status.Kind == UnixKind.File)
        {
            all.AppendData(Convert.FromHexString(entry.Directory.Sha256(entry.Name).Hex));
        }
    }
}
