using Pipeline.Model.Values;

namespace Pipeline.Cli.Bisection;

/// <summary>What a trial says.</summary>
internal enum Verdict
{
    /// <summary>The test passes.</summary>
    Good,

    /// <summary>The test fails, or its machine does.</summary>
    Bad,

    /// <summary>There is nothing to test: for example, the packages do not fit together.</summary>
    Unknown,
}

/// <summary>Where the search ended.</summary>
/// <param name="Suspects">
/// Numbers of changes in their order, at least one: what turns the test red is among them. More than one when no trial between them
/// could be made.
/// </param>
/// <param name="Trials">How many trials were asked for.</param>
internal sealed record SearchEnd(ValueList<int> Suspects, int Trials);

/// <summary>
/// Finds the change that turns a test red by trying how far the changes may be applied in their order. Each trial halves what is left; one
/// that cannot be made is passed by, to the nearest that can.
/// </summary>
internal static class ChangeSearch
{
    /// <summary>Searches.</summary>
    /// <param name="count">How many changes there are, at least one. With none of them the test passes, with all it fails.</param>
    /// <param name="tryAsync">
    /// Tries with the first N changes, N from 1 to <paramref name="count"/> − 1; its second argument is how many trials are left at most.
    /// </param>
    public static async Task<SearchEnd> FindAsync(int count, Func<int, int, Task<Verdict>> tryAsync)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var (good, bad, trials) = (0, count, 0);
        var unknown = new HashSet<int>();
        while (Next(good, bad, unknown) is { } middle)
        {
            trials++;
            switch (await tryAsync(middle, Left(bad - good)))
            {
                case Verdict.Good:
                    good = middle;
                    break;
                case Verdict.Bad:
                    bad = middle;
                    break;
                default:
                    unknown.Add(middle);
                    break;
            }
        }

        return new([.. Enumerable.Range(good, bad - good)], trials);
    }

    /// <summary>Trials that halve so many changes down to one.</summary>
    public static int Left(int changes) => changes <= 1 ? 0 : (int)Math.Ceiling(Math.Log2(changes));

    /// <summary>The number nearest to the middle between two that was not tried; <c>null</c> for none.</summary>
    private static int? Next(int good, int bad, HashSet<int> unknown)
    {
        var middle = (good + bad) / 2;
        for (var distance = 0; distance <= bad - good; distance++)
        {
            foreach (var number in new[] { middle - distance, middle + distance })
            {
                if (number > good && number < bad && !unknown.Contains(number))
                {
                    return number;
                }
            }
        }

        return null;
    }
}
