using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Kola.Tests;
using Pipeline.Model.Denylists;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>The tests of a request's directories and the denylists that apply to them, each file read once.</summary>
/// <param name="Directories">The project directories.</param>
/// <param name="Tests">All tests, in the order of the directories and their names.</param>
/// <param name="Denylist">All entries.</param>
internal sealed record TestSet(ValueList<string> Directories, IReadOnlyList<KolaTest> Tests, Denylist Denylist)
{
    private const string Folder = "kola-tests";

    /// <summary>Reads them.</summary>
    /// <exception cref="PipelineException">PL4012, PL4020 of what is no test's own, PL4021, all problems at once.</exception>
    public static TestSet Read(KolaRequest request)
    {
        var work = request.Boot.WorkDirectory.Root;
        var project = ProjectOf(request);
        var directories = DirectoriesOf(request);
        var problems = new DiagnosticBag();
        var tests = directories.SelectMany(d => TestDiscovery.Find(d, problems)).ToArray();
        var entries = directories
            .Append(project)
            .Append(work)
            .Select(d => Path.Combine(d, Denylist.FileName))
            .Distinct()
            .Where(File.Exists)
            .SelectMany(f => Denylist.Read(f, RegularFile.ReadText(f), problems).Entries)
            .ToValueList();
        problems.ThrowIfErrors();
        return new(directories, tests, new(entries));
    }

    /// <summary>The project directories that a request means.</summary>
    public static ValueList<string> DirectoriesOf(KolaRequest request) =>
        request.Directories.Count > 0 ? request.Directories : [Path.Combine(ProjectOf(request), Folder)];

    /// <summary>
    /// Whose tests are meant: those of the work directory when it is a checkout or project itself, else those of the one that the user
    /// stands in, when it has tests.
    /// </summary>
    private static string ProjectOf(KolaRequest request)
    {
        var work = request.Boot.WorkDirectory.Root;
        return request.Project is { } project && !WorkDirectory.IsMarked(work) && Directory.Exists(Path.Combine(project, Folder))
            ? project
            : work;
    }

    /// <summary>Those that a request asks for, each with what its header or the denylist says about running it.</summary>
    /// <param name="request">Globs, tags, shard.</param>
    /// <param name="build">The build under test; <c>null</c> when it does not matter.</param>
    /// <param name="time">Clock, for snoozes and new tests.</param>
    /// <exception cref="PipelineException">PL4011 a pattern matches no test.</exception>
    public IReadOnlyList<SelectedTest> Choose(KolaRequest request, BuildUnderTest? build, TimeProvider time)
    {
        var boot = request.Boot;
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var stream = request.Stream ?? build?.Stream ?? "";
        var scope = new DenialScope(stream, boot.Architecture.Name, boot.Platform, build?.Version ?? "", today)
        {
            System = request.Distro ?? build?.Name ?? "",
        };
        var chosen = new Selection(request.Globs, request.Tags, scope)
            .Choose(Tests, Denylist)
            .Where(t => request.Shard?.Has(t.Test.Name) != false)
            .Select(t => Denied(request, t));
        return [.. request.Multiply == 1 ? chosen : chosen.SelectMany(t => Enumerable.Range(0, request.Multiply).Select(i => Copy(t, i)))];
    }

    /// <summary>Refuses tests with a header that cannot be used.</summary>
    /// <exception cref="PipelineException">PL4020, all problems at once.</exception>
    public static void RequireHeaders(IEnumerable<SelectedTest> tests)
    {
        var problems = new DiagnosticBag();
        foreach (var problem in tests.SelectMany(t => t.Test.Problems).Distinct())
        {
            problems.Add(problem);
        }

        problems.ThrowIfErrors();
    }

    private static SelectedTest Denied(KolaRequest request, SelectedTest test) =>
        request.DeniedTests.FirstOrDefault(g => Glob.Matches(g, test.Test.Name)) is { } pattern && test.Denial != Denial.Skip
            ? test with
            {
                Denial = Denial.Skip,
                Why = $"--denylist-test '{pattern}'",
            }
            : test;

    /// <summary>One of several runs of the same test, named as kola names them.</summary>
    private static SelectedTest Copy(SelectedTest test, int index) =>
        test with
        {
            Test = test.Test with { Name = string.Create(CultureInfo.InvariantCulture, $"{test.Test.Name}%{index}") },
        };
}
