using System.Reflection;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>What a project shows to the others is a golden list, so that its growth is seen in a review.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PublicTypeTests
{
    [TestCase("Pipeline.CloudEmulators")]
    [TestCase("Pipeline.Clouds")]
    [TestCase("Pipeline.Releases")]
    [TestCase("Pipeline.UpdateServer")]
    public void The_public_types_of_a_project_are_listed(string project)
    {
        var types = Assembly
            .LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{project}.dll"))
            .GetExportedTypes()
            .Select(t => t.FullName!)
            .Order(StringComparer.Ordinal)
            .ToArray();

        Golden.Check($"Architecture/PublicTypes/{project}.txt", $"{types.Length} public types\n{string.Join('\n', types)}\n");
    }
}
