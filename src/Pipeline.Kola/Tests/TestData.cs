using Pipeline.Host.Files;
using Pipeline.Model;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>One file of a test's <c>data</c> directory.</summary>
/// <param name="Path">Relative to the directory.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record TestDataFile(string Path, int Mode, ReadOnlyMemory<byte> Content);

/// <summary>Reads a test's <c>data</c> directory; links are followed as long as they stay below the tests.</summary>
internal static class TestData
{
    /// <summary>All files below <paramref name="data"/> (relative to <paramref name="root"/>), in ordinal order.</summary>
    /// <exception cref="Model.Diagnostics.PipelineException">PL0320 a link leads outside, PL0321 a link leads to no file.</exception>
    public static IReadOnlyList<TestDataFile> Load(string root, string data, int largestFile)
    {
        var files = new LocalFiles(root);
        return
        [
            .. files
                .List(data)
                .Where(f => f.Kind is LocalFileKind.File or LocalFileKind.Symlink)
                .Select(f => new TestDataFile(
                    f.Path,
                    f.Kind == LocalFileKind.File ? f.Mode & FileModes.Permissions : FileModes.Plain,
                    files.Read($"{data}/{f.Path}", largestFile)
                )),
        ];
    }
}
