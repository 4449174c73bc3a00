using System.Reflection;
using Pipeline.Build.Tasks;
using Pipeline.TestKit;

namespace Pipeline.Tests.Build;

/// <summary>Each test belongs to exactly one tier, and a filter of the user narrows a tier, never widens it.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TestTierTests
{
    private static readonly string[] Known = [Tiers.System, Tiers.Machine, Tiers.Published, "fuzz"];

    [TestCase(null, true, ExpectedResult = "TestCategory!=system")]
    [TestCase(null, false, ExpectedResult = "TestCategory!=system&TestCategory!=published")]
    [TestCase("Name~A|Name~B", true, ExpectedResult = "TestCategory!=system&(Name~A|Name~B)")]
    public string The_filter_of_the_fast_tier(string? user, bool published) => TestTier.All[0].FilterOf(user, published);

    [Test]
    public void The_tiers_together_take_no_more_than_25_minutes() =>
        Assert.That(TestTier.All.Sum(t => t.Minutes), Is.LessThanOrEqualTo(25));

    [Test]
    public void Categories_are_those_that_tiers_know()
    {
        var unknown =
            from type in Assembly.GetExecutingAssembly().GetTypes()
            from member in type.GetMethods().Cast<MemberInfo>().Append(type)
            from category in member.GetCustomAttributes<CategoryAttribute>(inherit: false)
            where !Known.Contains(category.Name)
            select $"{member.DeclaringType?.Name ?? type.Name}: {category.Name}";

        Assert.That(unknown, Is.Empty);
    }
}
