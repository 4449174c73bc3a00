using System.IO.Compression;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Archives;

/// <summary>
/// The labels of SELinux in a commit. They are taken out of its objects, so that ostree can deploy it on a machine whose kernel lets nobody
/// set labels, or has a policy of its own; a file system that is made of the deployment gets them in its own metadata.
/// </summary>
/// <remarks>
/// The objects keep their names meanwhile: checksum of the commit, directory of the deployment and boot entries are what they will be.
/// </remarks>
public sealed class CommitLabels
{
    private const int MostEntries = 2_000_000;
    private const int LargestObject = 128 << 20;
    private const int LargestHeader = 1 << 20;
    private const int LargestSettings = 1 << 20;
    private const int UsualHeader = 512;

    /// <summary>Settings that make ostree label a deployment. It is not told of them.</summary>
    private static readonly TreePath[] Settings = ["usr/etc/selinux/config", "etc/selinux/config"];

    private static readonly byte[] Off = "SELINUX=disabled\n"u8.ToArray();

    private readonly ExtractedCommit _commit;
    private readonly Dictionary<TreePath, string> _files = [];
    private readonly Dictionary<TreePath, byte[]?> _paths = [];
    private readonly Dictionary<string, byte[]?> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]?> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _whole = new(StringComparer.Ordinal);
    private readonly List<HiddenFile> _hidden = [];

    private CommitLabels(ExtractedCommit commit) => _commit = commit;

    /// <summary>Reads them. Whether objects have the content that their names say is for ostree to check.</summary>
    /// <returns><c>null</c> when the root of the commit has no label, so nothing has, and when there is no commit.</returns>
    /// <exception cref="PipelineException">PL3011: an object is not what its name says.</exception>
    public static CommitLabels? Read(ExtractedCommit commit, CancellationToken cancellationToken)
    {
        var labels = new CommitLabels(commit);
        if (!RegularFile.Is(labels.PathOf(commit.Checksum, "commit")))
        {
            return null;
        }

        try
        {
            var (tree, metadata) = OstreeObjects.RootOf(labels.Bytes(commit.Checksum, "commit"));
            if (labels.LabelOfDirectory(metadata) is null)
            {
                return null;
            }

            labels.Walk(tree, metadata, cancellationToken);
            return labels;
        }
        catch (FormatException e)
        {
            throw new PipelineException(ArchiveDiagnostics.BadArchive(commit.Repository, "an object of its tree is damaged"), e);
        }
    }

    /// <summary>Whether the commit has a path, and its label with its NUL, which may be none.</summary>
    public bool TryFind(TreePath path, out byte[]? label) => _paths.TryGetValue(path, out label);

    /// <summary>The label of a file's object, by its checksum.</summary>
    public byte[]? OfObject(string checksum) => _objects.GetValueOrDefault(checksum);

    /// <summary>
    /// Takes the labels out of the objects of the extracted repository, and hides the settings that make ostree label files.
    /// </summary>
    public void TakeOut(CancellationToken cancellationToken)
    {
        foreach (var (checksum, _) in _objects.Where(o => o.Value is not null))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Unlabel(checksum);
        }

        foreach (var (checksum, _) in _metadata.Where(m => m.Value is not null))
        {
            _whole[checksum] = Bytes(checksum, "dirmeta");
            File.WriteAllBytes(
                PathOf(checksum, "dirmeta"),
                OstreeObjects.WithDirectoryAttributes(_whole[checksum], Unlabelled(OstreeObjects.DirectoryAttributes(_whole[checksum])))
            );
        }

        foreach (var path in Settings.Where(p => _paths.ContainsKey(p)))
        {
            Hide(path);
        }
    }

    /// <summary>Gives a deployment what was hidden, and its repository the metadata that belongs to the names of its objects.</summary>
    /// <param name="root">The root file system.</param>
    /// <param name="repository">Where its repository is, in mode <c>bare</c>.</param>
    /// <param name="deployment">Where the commit is deployed; files there are links to the objects.</param>
    public void PutBack(TreeHandle root, TreePath repository, TreePath deployment)
    {
        foreach (var (checksum, bytes) in _whole)
        {
            root.ReplaceFile(repository / ObjectPath(checksum, "dirmeta"), bytes, FileModes.Plain);
        }

        foreach (var hidden in _hidden)
        {
            var place = repository / ObjectPath(hidden.Checksum, "file");
            Lay(root, place, hidden);
            foreach (var path in _files.Where(f => f.Value == hidden.Checksum).Select(f => f.Key))
            {
                root.Delete(deployment / path, TreeLinks.Refused);
                root.Link(deployment / path, root, place, TreeLinks.Refused);
            }

            var copy = deployment / "etc/selinux/config";
            if (root.Is(UnixKind.File, copy, TreeLinks.Refused))
            {
                Lay(root, copy, hidden);
            }
        }
    }

    private static void Lay(TreeHandle root, TreePath path, HiddenFile file)
    {
        root.Delete(path, TreeLinks.Refused);
        root.CreateFile(path, file.Content, FileModes.Plain, TreeLinks.Refused);
        root.SetOwner(path, file.User, file.Group, TreeLinks.Refused);
        root.SetMode(path, file.Mode, TreeLinks.Refused);
        root.SetTimes(path, 0, TreeLinks.Refused);
    }

    private static List<(byte[] Name, byte[] Value)> Unlabelled(IEnumerable<(byte[] Name, byte[] Value)> attributes) =>
        [.. attributes.Where(a => !IsLabel(a.Name))];

    private static bool IsLabel(byte[] attribute) => attribute.AsSpan().SequenceEqual("security.selinux"u8);

    private static byte[]? LabelIn(IEnumerable<(byte[] Name, byte[] Value)> attributes) =>
        attributes.FirstOrDefault(a => IsLabel(a.Name)).Value;

    private void Walk(string tree, string metadata, CancellationToken cancellationToken)
    {
        var open = new Stack<(TreePath Path, string Tree)>([(TreePath.Root, tree)]);
        _paths[TreePath.Root] = LabelOfDirectory(metadata);
        while (open.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var name in OstreeObjects.NamesIn(Bytes(directory.Tree, "dirtree")))
            {
                var path = directory.Path / NameOf(name.Name);
                if (_paths.Count > MostEntries || !_paths.TryAdd(path, null))
                {
                    throw new FormatException("a name is there twice, or there are too many");
                }

                if (name.Metadata is null)
                {
                    _files.Add(path, name.Checksum);
                    _paths[path] = LabelOfFile(name.Checksum);
                }
                else
                {
                    _paths[path] = LabelOfDirectory(name.Metadata);
                    open.Push((path, name.Checksum));
                }
            }
        }
    }

    private static TreePath NameOf(byte[] name) =>
        name is not ([(byte)'.'] or [(byte)'.', (byte)'.']) && !name.AsSpan().Contains((byte)'/')
            ? TreePath.FromBytes(name)
            : throw new FormatException("a name is none");

    private byte[]? LabelOfDirectory(string checksum) =>
        _metadata.TryGetValue(checksum, out var label)
            ? label
            : _metadata[checksum] = LabelIn(OstreeObjects.DirectoryAttributes(Bytes(checksum, "dirmeta")));

    private byte[]? LabelOfFile(string checksum)
    {
        if (_objects.TryGetValue(checksum, out var label))
        {
            return label;
        }

        using var file = Open(checksum);
        return _objects[checksum] = LabelIn(OstreeObjects.FileAttributes(Head(file), out _));
    }

    /// <summary>Writes an object of a file anew without its label; its compressed content stays.</summary>
    private void Unlabel(string checksum)
    {
        var path = PathOf(checksum, "filez");
        using (var file = Open(checksum))
        using (var copy = new FileStream(path + ".new", FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
        {
            var head = Head(file);
            copy.Write(OstreeObjects.WithAttributes(head, Unlabelled(OstreeObjects.FileAttributes(head, out var length))));
            file.Position = length;
            file.CopyTo(copy);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    private void Hide(TreePath path)
    {
        if (_files.GetValueOrDefault(path) is not { } checksum)
        {
            throw new PipelineException(ArchiveDiagnostics.BadArchive(_commit.Repository, $"its '{path}' is not a regular file"));
        }

        byte[] head;
        byte[] content;
        using (var file = Open(checksum))
        {
            head = Head(file);
            OstreeObjects.FileAttributes(head, out var length);
            file.Position = length;
            using var inflate = new DeflateStream(file, CompressionMode.Decompress);
            content = new byte[LargestSettings];
            content = content[..inflate.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }

        if (content.Length == LargestSettings)
        {
            throw new PipelineException(ArchiveDiagnostics.BadArchive(_commit.Repository, $"its '{path}' is too large"));
        }

        var (user, group, mode) = OstreeObjects.OwnerOf(head);
        _hidden.Add(new(checksum, content, user, group, mode));
        using var target = new FileStream(PathOf(checksum, "filez"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        target.Write(OstreeObjects.WithAttributes(head, Unlabelled(OstreeObjects.FileAttributes(head, out _)), Off.Length));
        using var deflate = new DeflateStream(target, CompressionLevel.Fastest);
        deflate.Write(Off);
    }

    private FileStream Open(string checksum) => new(RegularFile.Open(PathOf(checksum, "filez")), FileAccess.Read, 0);

    /// <summary>The header of an object, and perhaps the beginning of its content.</summary>
    private static byte[] Head(FileStream file)
    {
        var head = new byte[(int)Math.Min(file.Length, UsualHeader)];
        file.ReadExactly(head);
        var length = OstreeObjects.HeaderLength(head);
        if (length <= head.Length)
        {
            return head;
        }

        var all = new byte[length <= Math.Min(file.Length, LargestHeader) ? length : throw new FormatException("a header is too long")];
        file.Position = 0;
        file.ReadExactly(all);
        return all;
    }

    private byte[] Bytes(string checksum, string type) => RegularFile.Read(PathOf(checksum, type), LargestObject);

    private string PathOf(string checksum, string type) => Path.Combine(_commit.Repository, ObjectPath(checksum, type));

    private static string ObjectPath(string checksum, string type) => $"objects/{checksum[..2]}/{checksum[2..]}.{type}";

    /// <summary>A file that ostree does not see as it is.</summary>
    private sealed record HiddenFile(string Checksum, byte[] Content, uint User, uint Group, int Mode);
}
