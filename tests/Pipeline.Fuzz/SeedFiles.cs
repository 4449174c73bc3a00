using System.Text;
using Pipeline.TestKit;

namespace Pipeline.Fuzz;

/// <summary>Seeds out of the files of the checkout.</summary>
internal static class SeedFiles
{
    private const int Largest = 64 * 1024; // a mutation of a large file seldom reaches anything new

    /// <summary>Test data of <c>Pipeline.Tests</c>.</summary>
    public static IEnumerable<byte[]> Of(string folder, string pattern) => Below($"tests/Pipeline.Tests/TestData/{folder}", pattern);

    /// <summary>Files below a folder of the checkout.</summary>
    public static IEnumerable<byte[]> Below(string folder, string pattern = "*") =>
        Directory
            .EnumerateFiles(SourceTree.Path(folder), pattern, SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Where(f => new FileInfo(f).Length <= Largest)
            .Select(File.ReadAllBytes);

    /// <summary>Texts of our own.</summary>
    public static IEnumerable<byte[]> Lines(IEnumerable<string> texts) => texts.Select(Encoding.UTF8.GetBytes);
}
