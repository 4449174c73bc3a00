using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Host.Trees;

/// <summary>A tree beside a directory that no access to the tree may reach.</summary>
public abstract class TreeFixture : IDisposable
{
    protected const string Secret = "nobody else's";
    private readonly TemporaryDirectory _directory = new();

    protected TreeFixture()
    {
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(Outside);
        File.WriteAllText($"{Outside}/file", Secret);
        Tree = TreeHandle.Open(Root);
    }

    protected TreeHandle Tree { get; }

    /// <summary>The root of the tree on this machine.</summary>
    protected string Root => _directory.File("tree");

    /// <summary>A directory beside the tree with one file, which stays as it is.</summary>
    protected string Outside => _directory.File("outside");

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        Tree.Dispose();
        UnixFile.DeleteTree(_directory.Path);
        Directory.CreateDirectory(_directory.Path);
        _directory.Dispose();
    }

    /// <summary>The path on this machine of something in the tree.</summary>
    protected string At(string path) => $"{Root}/{path}";

    /// <summary>Everything that lies outside, to compare.</summary>
    protected string Beyond() =>
        string.Join(
            '\n',
            Directory
                .EnumerateFileSystemEntries(Outside, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(p => $"{p} {UnixFile.Status(p)} {(File.Exists(p) ? File.ReadAllText(p) : "")}")
        );

    /// <summary>The codes of the errors that an action ends with.</summary>
    protected static string CodesOf(Action action)
    {
        var error = Assert.Catch<PipelineException>(() => action());
        return string.Join(' ', error!.Diagnostics.Select(d => d.Code));
    }
}
