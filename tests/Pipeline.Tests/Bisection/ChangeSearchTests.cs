using FsCheck;
using FsCheck.Fluent;
using Pipeline.Cli.Bisection;

namespace Pipeline.Tests.Bisection;

/// <summary>The search among ordered changes: it names the one that turns the test red, in few trials.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ChangeSearchTests
{
    [Test]
    public async Task Every_change_is_found_in_as_many_trials_as_halving_takes([Values(1, 2, 3, 7, 8, 9, 200)] int count)
    {
        for (var culprit = 0; culprit < count; culprit++)
        {
            var end = await ChangeSearch.FindAsync(count, (first, _) => Say(first > culprit));

            Assert.That(end.Suspects, Is.EqualTo([culprit]));
            Assert.That(end.Trials, Is.LessThanOrEqualTo(ChangeSearch.Left(count)));
        }
    }

    [Test]
    public void Of_200_changes_at_most_8_trials_lie_between_the_ends() => Assert.That(ChangeSearch.Left(200), Is.EqualTo(8));

    [Test]
    public async Task What_is_left_goes_down()
    {
        var left = new List<int>();
        await ChangeSearch.FindAsync(
            100,
            (first, most) =>
            {
                left.Add(most);
                return Say(first > 42);
            }
        );

        Assert.That(left, Is.Ordered.Descending.And.All.GreaterThan(0));
    }

    [Test]
    public void Changes_that_cannot_be_tried_are_passed_by_and_the_culprit_stays_among_the_suspects() =>
        Prop.ForAll(
                (
                    from count in Gen.Choose(1, 40)
                    from culprit in Gen.Choose(0, count - 1)
                    from seed in Gen.Choose(0, 1 << 20)
                    select (count, culprit, seed)
                ).ToArbitrary(),
                c =>
                {
                    var tried = new HashSet<int>();
                    var untried = Enumerable.Range(1, c.count).Where(n => ((c.seed >> (n % 20)) & 1) == 1).ToHashSet();
                    var end = ChangeSearch
                        .FindAsync(
                            c.count,
                            (first, _) =>
                                !tried.Add(first) || first <= 0 || first >= c.count ? throw new InvalidOperationException($"{first} again")
                                : untried.Contains(first) ? Task.FromResult(Verdict.Unknown)
                                : Say(first > c.culprit)
                        )
                        .GetAwaiter()
                        .GetResult();
                    // No trial that can be made lies between the suspects.
                    var inside = end.Suspects.Skip(1);
                    return end.Suspects.Contains(c.culprit) && inside.All(untried.Contains);
                }
            )
            .QuickCheckThrowOnFailure();

    private static Task<Verdict> Say(bool bad) => Task.FromResult(bad ? Verdict.Bad : Verdict.Good);
}
