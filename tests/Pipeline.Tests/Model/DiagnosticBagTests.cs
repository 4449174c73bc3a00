using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Model;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DiagnosticBagTests
{
    private readonly DiagnosticBag _problems = new();

    [Test]
    public void More_warnings_than_are_shown_are_still_only_warnings()
    {
        Warn(DiagnosticBag.Limit + 1);

        Assert.That(_problems.Items, Has.All.Property("Severity").EqualTo(Severity.Warning));
        Assert.That(_problems.Items[^1].ToString(), Is.EqualTo("warning PL0001: one more problem is not shown"));
        Assert.That(_problems.HasErrors, Is.False);
        Assert.That(_problems.ThrowIfErrors, Throws.Nothing);
    }

    [Test]
    public void An_error_after_many_warnings_is_shown()
    {
        Warn(DiagnosticBag.Limit + 10);
        _problems.Error("PL9999", "wrong");

        Assert.That(_problems.HasErrors, Is.True);
        Assert.That(_problems.Items, Has.Count.EqualTo(DiagnosticBag.Limit + 1));
        Assert.That(_problems.Items.Where(d => d.Severity == Severity.Error).Select(d => d.Code), Is.EqualTo(["PL9999"]));
        Assert.That(_problems.Items[^1].ToString(), Is.EqualTo("warning PL0001: 11 more problems are not shown"));
    }

    [Test]
    public void Errors_that_are_not_shown_make_the_note_an_error()
    {
        for (var i = 0; i < DiagnosticBag.Limit + 3; i++)
        {
            _problems.Error("PL9999", "wrong");
        }

        Assert.That(_problems.Items[^1].ToString(), Is.EqualTo("error PL0001: 3 more problems are not shown"));
    }

    private void Warn(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _problems.Warning("PL9998", "odd");
        }
    }
}
