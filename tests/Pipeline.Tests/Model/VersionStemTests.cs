using Pipeline.Model.Versions;

namespace Pipeline.Tests.Model;

/// <summary>Composing and <c>version</c> number builds by the same rule.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class VersionStemTests
{
    private static readonly DateOnly Day = new(2026, 7, 20);

    [TestCase(0, "44.20260720.3.dev7", "44.20260719.3.9", "43.20260720.3.9", "44.20260720.30.9")]
    [TestCase(10, "44.20260720.3.9", "44.20260720.3.1")]
    [TestCase(2, "44.20260720.3.1", "44.20260720.3.07", "44.20260720.3.x", "44.20260720.3.", "44.20260720.3.1234567890123456789")]
    public void The_next_iteration_is_above_the_highest_of_the_same_stem(long expected, params string[] ids) =>
        Assert.That(new VersionStem("44", Day, 3, IsDev: false).NextIteration(ids), Is.EqualTo(expected));

    [Test]
    public void Builds_at_a_desk_count_for_themselves()
    {
        var stem = new VersionStem("44", Day, 3, IsDev: true);

        Assert.That(stem.With(stem.NextIteration(["44.20260720.3.9", "44.20260720.3.dev1"])), Is.EqualTo("44.20260720.3.dev2"));
    }

    [Test]
    public void A_prefix_need_not_be_a_major_of_two_digits() =>
        Assert.That(new VersionStem("7.1", Day, 0, IsDev: false).With(0), Is.EqualTo("7.1.20260720.0.0"));
}
