using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>One name means one thing, and what is declared is used.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class NameTests
{
    [Test]
    public void No_two_types_share_a_name()
    {
        var shared =
            from type in SourceProjects.Types
            where
                !type.IsNested
                && !type.IsDefined(typeof(CompilerGeneratedAttribute))
                && type.Namespace?.StartsWith("Pipeline", StringComparison.Ordinal) == true
            group type.FullName by type.Name into same
            where same.Count() > 1
            select string.Join(", ", same.Order(StringComparer.Ordinal));

        Assert.That(shared, Is.Empty);
    }

    /// <summary>A diagnostic that nothing reports is a promise that nobody keeps.</summary>
    [Test]
    public void Every_diagnostic_is_reported_somewhere()
    {
        var texts = SourceTree.CSharp("src", "build").ToDictionary(f => f, File.ReadAllText);
        var unused =
            from file in texts
            let owner = Path.GetFileNameWithoutExtension(file.Key)
            where owner.EndsWith("Diagnostics", StringComparison.Ordinal)
            from Match method in DiagnosticMethod().Matches(file.Value)
            let name = method.Groups["name"].Value
            where Regex.Count(file.Value, $@"\b{name}\(", RegexOptions.None, TimeSpan.FromSeconds(10)) < 2
            where !texts.Any(t => t.Key != file.Key && t.Value.Contains($"{owner}.{name}", StringComparison.Ordinal))
            select $"{owner}.{name}";

        Assert.That(unused, Is.Empty);
    }

    [Test]
    public void Private_fields_are_camel_case_behind_an_underscore_and_static_readonly_ones_are_Pascal_case()
    {
        var wrong =
            from type in SourceProjects.Types
            where !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.Name.Contains('<', StringComparison.Ordinal)
            from field in type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            where
                field.IsPrivate
                && !field.Name.Contains('<', StringComparison.Ordinal)
                && !field.IsDefined(typeof(CompilerGeneratedAttribute))
            let pascal = field.IsLiteral || (field.IsStatic && field.IsInitOnly)
            where pascal ? !char.IsUpper(field.Name[0]) : !Underscore().IsMatch(field.Name)
            where !typeof(System.Text.Json.Serialization.JsonSerializerContext).IsAssignableFrom(type) // generated code
            select $"{type.Name}.{field.Name}";

        Assert.That(wrong, Is.Empty);
    }

    [GeneratedRegex(@"static (?:Diagnostic|PipelineException) (?<name>\w+)\s*\(")]
    private static partial Regex DiagnosticMethod();

    [GeneratedRegex("^_[a-z]")]
    private static partial Regex Underscore();
}
