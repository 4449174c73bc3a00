using System.Reflection;

namespace Pipeline.Tests.Architecture;

/// <summary>The allowed references between projects; the compiled assemblies are the evidence.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ReferenceTests
{
    [TestCase("Pipeline.Model", "")]
    [TestCase("Pipeline.Provisioning", "Pipeline.Model")]
    [TestCase("Pipeline.Host", "Pipeline.Model")]
    [TestCase("Pipeline.Clouds", "Pipeline.Host Pipeline.Model Pipeline.Provisioning")]
    [TestCase("Pipeline.Compose", "Pipeline.Host Pipeline.Model Pipeline.Provisioning")]
    [TestCase("Pipeline.Images", "Pipeline.Host Pipeline.Model Pipeline.Provisioning")]
    [TestCase("Pipeline.Kola", "Pipeline.Host Pipeline.Model Pipeline.Provisioning Pipeline.Clouds")]
    [TestCase("Pipeline.Releases", "Pipeline.Host Pipeline.Model Pipeline.Clouds")]
    [TestCase("Pipeline.UpdateServer", "Pipeline.Releases Pipeline.Clouds Pipeline.Host Pipeline.Model")]
    [TestCase("Pipeline.CloudEmulators", "Pipeline.Kola Pipeline.Clouds Pipeline.Host Pipeline.Model Pipeline.Provisioning")]
    public void A_project_references_only_what_the_design_allows(string project, string allowed)
    {
        var references = SourceProjects
            .Load(project)
            .GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(n => n.StartsWith("Pipeline.", StringComparison.Ordinal));

        Assert.That(references, Is.SubsetOf(allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Test]
    public void Vendor_packages_stay_inside_Clouds()
    {
        var leaks =
            from project in SourceProjects.Libraries
            where project != "Pipeline.Clouds"
            from reference in SourceProjects.Load(project).GetReferencedAssemblies()
            where
                reference.Name!.StartsWith("AWSSDK", StringComparison.Ordinal)
                || reference.Name.StartsWith("Azure.", StringComparison.Ordinal)
                || reference.Name.StartsWith("Google.", StringComparison.Ordinal)
            select $"{project} → {reference.Name}";

        Assert.That(leaks, Is.Empty);
    }

    [Test]
    public void Every_project_has_a_row()
    {
        var rows = typeof(ReferenceTests)
            .GetMethod(nameof(A_project_references_only_what_the_design_allows))!
            .GetCustomAttributes<TestCaseAttribute>()
            .Select(c => (string)c.Arguments[0]!);
        Assert.That(rows, Is.EquivalentTo(SourceProjects.Libraries));
    }

    [Test]
    public void The_web_server_stays_inside_its_two_projects()
    {
        var leaks =
            from project in SourceProjects.Libraries
            where project is not ("Pipeline.UpdateServer" or "Pipeline.CloudEmulators")
            from reference in SourceProjects.Load(project).GetReferencedAssemblies()
            where reference.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            select $"{project} → {reference.Name}";

        Assert.That(leaks, Is.Empty);
    }
}
