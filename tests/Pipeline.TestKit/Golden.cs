using System.Runtime.CompilerServices;
using System.Text;
using NUnit.Framework;

namespace Pipeline.TestKit;

/// <summary>
/// Compares text with a golden file under <c>tests/Pipeline.Tests/Golden/</c>. With PIPELINE_ACCEPT=1 the file is rewritten and the
/// test still fails, so that an acceptance is always a second, reviewed run.
/// </summary>
public static class Golden
{
    /// <summary>The folder of golden files in the source tree.</summary>
    public static string Root { get; } = Path.Combine(SourceTree.Root, "tests", "Pipeline.Tests", "Golden");

    /// <summary>Fails unless <paramref name="actual"/> equals <c>Golden/{name}</c> byte for byte.</summary>
    /// <param name="name">Relative path with its extension, for example <c>Cli/help.txt</c>.</param>
    /// <param name="actual">The text the code made.</param>
    public static void Check(string name, string actual)
    {
        var path = Path.Combine(Root, name);
        var expected = File.Exists(path) ? File.ReadAllText(path) : null;
        if (expected == actual)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("PIPELINE_ACCEPT") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual, new UTF8Encoding(false));
            Assert.Fail($"golden file '{name}' was rewritten; review it and run again");
        }

        Assert.That(actual, Is.EqualTo(expected ?? ""), $"golden file '{name}' differs; run with PIPELINE_ACCEPT=1 to rewrite it");
    }
}

/// <summary>Where the sources are; tests read manifests and test data there.</summary>
public static class SourceTree
{
    /// <summary>Absolute path of the checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path inside the checkout.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    /// <summary>The C# files below directories of the checkout, without what a build writes.</summary>
    public static IEnumerable<string> CSharp(params string[] directories) =>
        directories
            .SelectMany(d => Directory.EnumerateFiles(Path(d), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // The test assembly's own place first: under deterministic CI builds source paths are rewritten.
        foreach (var start in new[] { AppContext.BaseDirectory, System.IO.Path.GetDirectoryName(here)! })
        {
            for (var d = new DirectoryInfo(start); d is not null; d = d.Parent)
            {
                if (File.Exists(System.IO.Path.Combine(d.FullName, "Pipeline.sln")))
                {
                    return d.FullName;
                }
            }
        }

        throw new InvalidOperationException("the tests do not run inside a checkout");
    }
}
