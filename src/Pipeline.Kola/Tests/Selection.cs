using System.Globalization;
using Pipeline.Model.Denylists;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>Which tests to run and where.</summary>
/// <param name="Globs">Patterns over names; empty for all.</param>
/// <param name="Tags">Tags asked for; a test must have one of them, or none of those with <c>!</c>.</param>
/// <param name="Scope">Where they would run.</param>
internal sealed record Selection(ValueList<string> Globs, ValueList<string> Tags, DenialScope Scope)
{
    /// <summary>Days in which a new test may fail.</summary>
    private const int Grace = 30;

    /// <summary>Sorts tests into those that run and those that are skipped with a reason; the others are not mentioned.</summary>
    /// <exception cref="PipelineException">PL4011 a pattern matches no test.</exception>
    public IReadOnlyList<SelectedTest> Choose(IReadOnlyList<KolaTest> tests, Denylist denylist)
    {
        var problems = new DiagnosticBag();
        foreach (var glob in Globs.Where(g => !tests.Any(t => Glob.Matches(g, t.Name))))
        {
            problems.Add(KolaDiagnostics.NoTests(glob, ClosestName.Hint(glob, tests.Select(t => t.Name))));
        }

        problems.ThrowIfErrors();
        return [.. tests.Where(Named).Where(Tagged).Select(t => Decide(t, denylist))];
    }

    private bool Named(KolaTest test) => Globs.Count == 0 || Globs.Any(g => Glob.Matches(g, test.Name));

    private bool Tagged(KolaTest test)
    {
        var wanted = Tags.Where(t => !t.StartsWith('!')).ToArray();
        return !Tags.Any(t => t.StartsWith('!') && test.Header.Tags.Contains(t[1..]))
            && (
                wanted.Length == 0
                || test.Header.Tags.Any(wanted.Contains)
                || (test.Header.RequiredTag is { } required && wanted.Contains(required))
            );
    }

    private SelectedTest Decide(KolaTest test, Denylist denylist)
    {
        var header = test.Header;
        if (header.RequiredTag is { } required && !Tags.Contains(required) && !Globs.Contains(test.Name))
        {
            return new(test, Denial.Skip, $"needs --tag {required}");
        }

        if (!TestHeader.Admits(header.Architectures, Scope.Architecture))
        {
            return new(test, Denial.Skip, $"not for {Scope.Architecture}");
        }

        if (!TestHeader.Admits(header.Platforms, Scope.Platform))
        {
            return new(test, Denial.Skip, $"not for {Scope.Platform}");
        }

        // A loose image does not say what it is.
        if (Scope.System.Length > 0 && !TestHeader.Admits(header.Distros, Scope.System, Scope.Distro))
        {
            return new(test, Denial.Skip, $"not for {Scope.System}: its header has distros {string.Join(' ', header.Distros)}");
        }

        var (denial, why) = Denials.For(denylist, test.Name, Scope);
        return denial == Denial.None && header.Created?.AddDays(Grace) is { } counts && Scope.Today < counts
            ? new(test, Denial.Warn, string.Create(CultureInfo.InvariantCulture, $"new: its failures count from {counts:yyyy-MM-dd}"))
            : new(test, denial, why);
    }
}

/// <summary>A test and what the denylist or its header says about running it.</summary>
internal sealed record SelectedTest(KolaTest Test, Denial Denial, string Why)
{
    /// <summary>Its config as Ignition text; <c>null</c> when it has none, or is not to run.</summary>
    public string? Ignition { get; init; }
}
