using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// What dracut is shown of a tree, and the digest of exactly that. Dracut runs with the tree read-only and the rest hidden, so nothing
/// outside of the digest can change what it makes, whether it was looked for or not.
/// </summary>
/// <remarks>
/// Hidden are <c>/var</c>, documentation and translations, and programs that nothing dracut reads speaks of (<see cref="ProgramNames"/>). Modification times
/// are not part of it: those of packages are all <see cref="Layers.ObjectStore.Time"/>, and dracut takes later ones back to that of its own files.
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

    private readonly string _root;
    private readonly SortedDictionary<string, IReadOnlyList<string>> _shown;

    private InitramfsView(string root, SortedDictionary<string, IReadOnlyList<string>> shown) =>
        (_root, _shown, Digest) = (root, shown, DigestOf(root, shown));

    /// <summary>Of all that is shown: names, kinds, modes, owners, targets, contents.</summary>
    public Digest Digest { get; }

    /// <summary>Shown programs by directory.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Shown => _shown;

    /// <summary>Directories that are shown empty.</summary>
    public IEnumerable<string> Hidden => HiddenDirectories.Where(d => UnixFile.Status($"{_root}/{d}") is { Kind: UnixKind.Directory });

    /// <summary>Looks at a tree.</summary>
    public static InitramfsView Of(string root)
    {
        var names = ProgramNames.Of(root, Programs);
        var shown = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var directory in Programs.Where(d => UnixFile.Status($"{root}/{d}") is { Kind: UnixKind.Directory }))
        {
            shown[directory] =
            [
                .. TreeCopy
                    .Names($"{root}/{directory}")
                    .Where(n => names.Contains(n) || UnixFile.Status($"{root}/{directory}/{n}") is { Kind: UnixKind.Directory }),
            ];
        }

        return new(root, shown);
    }

    /// <summary>Copies the shown programs of <paramref name="directory"/>, so that the others can be hidden behind the copy.</summary>
    public void CopyPrograms(string directory, string to)
    {
        UnixFile.MakeDirectory(to, 0x1ed);
        foreach (var name in _shown[directory])
        {
            TreeCopy.Copy($"{_root}/{directory}/{name}", $"{to}/{name}");
        }
    }

    private static Digest DigestOf(string root, SortedDictionary<string, IReadOnlyList<string>> shown)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Walk("");
        return Digest.FromHash(all.GetHashAndReset());

        void Walk(string directory)
        {
            var names = shown.TryGetValue(directory, out var some) ? some : TreeCopy.Names($"{root}/{directory}");
            foreach (var name in names)
            {
                Add(directory.Length == 0 ? name : $"{directory}/{name}");
            }
        }

        void Add(string path)
        {
            var status = UnixFile.Status($"{root}/{path}")!.Value;
            all.AppendData(
                Encoding.UTF8.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}\0{status.Kind}\0{status.Mode}\0{status.UserId}\0{status.GroupId}\0"
                    )
                )
            );
            switch (status.Kind)
            {
                case UnixKind.Directory when path != "var" && !HiddenDirectories.Contains(path):
                    Walk(path);
                    break;
                case UnixKind.Symlink:
                    all.AppendData(Encoding.UTF8.GetBytes(UnixFile.ReadLink($"{root}/{path}") + "\0"));
                    break;
                case UnixKind.File:
                    using (var stream = new FileStream($"{root}/{path}", FileMode.Open, FileAccess.Read, FileShare.Read, 0))
                    {
                        all.AppendData(SHA256.HashData(stream));
                    }

                    break;
                default:
                    break;
            }
        }
    }
}
