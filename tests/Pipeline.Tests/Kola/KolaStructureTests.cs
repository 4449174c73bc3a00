using System.Text.RegularExpressions;
using Pipeline.Kola;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Tests;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

/// <summary>Where things are added: a header key and a kind of machine are one row and one folder each.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class KolaStructureTests
{
    private static readonly string Root = SourceTree.Path("src/Pipeline.Kola");

    [Test]
    public void A_header_key_is_one_row_of_one_table_and_its_value_is_kept_beside_it()
    {
        foreach (var key in HeaderKeys.All)
        {
            var files = Directory
                .GetFiles(Root, "*.cs", SearchOption.AllDirectories)
                .Where(f => File.ReadAllText(f).Contains($"\"{key.Name}\"", StringComparison.Ordinal))
                .Select(f => Path.GetRelativePath(Root, f))
                .Where(f => !f.StartsWith("obj", StringComparison.Ordinal));
            Assert.That(
                files.Where(f => f.StartsWith("Tests/", StringComparison.Ordinal)),
                Is.EqualTo(["Tests/HeaderKeys.cs"]),
                $"'{key.Name}' is named in one file of Tests/"
            );
            Assert.That(key.Meaning, Is.Not.Empty);
        }

        Assert.That(HeaderKeys.All.Select(k => k.Name), Is.Unique);
    }

    [Test]
    public void Nothing_but_the_row_of_its_kind_knows_how_a_machine_is_made()
    {
        var others = Directory
            .GetFiles(Root, "*.cs", SearchOption.AllDirectories)
            .Where(f => Regex.IsMatch(File.ReadAllText(f), @"using Pipeline\.Kola\.Machines\.(Qemu|Cloud);"))
            .Select(f => Path.GetRelativePath(Root, f));

        Assert.That(others, Is.EquivalentTo(["MachineKind.cs", "KolaRunner.cs"]), "KolaRunner.cs only for the probe of 'doctor'");
        Assert.That(MachineKind.All.Select(k => k.Platform), Is.Unique);
    }

    [Test]
    public void Every_kind_has_a_provider_in_a_folder_of_its_own()
    {
        var providers = typeof(IMachineProvider)
            .Assembly.GetTypes()
            .Where(t => t.IsClass && typeof(IMachineProvider).IsAssignableFrom(t))
            .Select(t => t.Namespace);

        Assert.That(providers, Is.Unique.And.All.StartsWith("Pipeline.Kola.Machines."));
    }
}
