using System.Reflection;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>The projects of <c>src/</c> and their compiled assemblies, which lie beside the tests.</summary>
internal static class SourceProjects
{
    /// <summary>The program, which may use every other project.</summary>
    public const string Program = "Pipeline.Cli";

    /// <summary>All projects but the program, by name.</summary>
    public static IReadOnlyList<string> Libraries { get; } =
    [
        .. Directory
            .EnumerateDirectories(SourceTree.Path("src"))
            .Select(d => Path.GetFileName(d)!)
            .Where(n => n != Program)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All types of the libraries.</summary>
    public static IReadOnlyList<Type> Types { get; } = [.. Libraries.SelectMany(l => Load(l).GetTypes())];

    /// <summary>The assembly of that name.</summary>
    public static Assembly Load(string name) => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));
}
