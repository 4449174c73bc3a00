using System.Globalization;
using System.Text;
using Pipeline.Kola;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Denylists;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class SelectionTests
{
    [TestCase("arches: [x86_64, amd64]", "d:2:20 there is no architecture 'amd64'; say x86_64")]
    [TestCase("arches: s390x arm64", "d:2:11 there is no architecture 'arm64'; say aarch64")]
    [TestCase("arches: [s390x]", null)]
    public void An_architecture_that_is_misspelled_in_a_denylist_is_an_error(string line, string? expected)
    {
        var problems = new DiagnosticBag();

        Denylist.Read("d", $"- pattern: ext.a.*\n  {line}\n", problems);

        Assert.That(
            problems.Items.Select(p => $"{p.Span} {p.Message}; {p.Hint}"),
            Is.EqualTo(expected is null ? Array.Empty<string>() : [expected])
        );
    }

    private static readonly DenialScope Scope = new("stable", "x86_64", "qemu", "44.20260501.3.0", new(2026, 5, 1));
    private static readonly MachineShape Least = new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 };

    [TestCase("ext.a.*", "ext.a.b.c", ExpectedResult = true)]
    [TestCase("*", "a/b", ExpectedResult = false)]
    [TestCase("a?c", "abc", ExpectedResult = true)]
    [TestCase("a[b-d]c", "adc", ExpectedResult = true)]
    [TestCase("a[^b]c", "abc", ExpectedResult = false)]
    [TestCase("a[!b]c", "axc", ExpectedResult = true)]
    [TestCase("a\\*c", "a*c", ExpectedResult = true)]
    [TestCase("a\\*c", "abc", ExpectedResult = false)]
    [TestCase("a[", "a[", ExpectedResult = false)]
    [TestCase("a[z-a]", "ab", ExpectedResult = false)]
    [TestCase("ext.a", "ext.ab", ExpectedResult = false)]
    public bool Globs_match_whole_names(string pattern, string name) => Glob.Matches(pattern, name);

    [FsCheck.NUnit.Property]
    public bool No_pattern_makes_the_matcher_fail(string? pattern, string? name) => Glob.Matches(pattern ?? "", name ?? "") || true;

    [Test]
    public void A_denylist_with_comments_quotes_and_both_list_styles_is_read()
    {
        var problems = new DiagnosticBag();
        var list = Denylist.Read(
            "kola-denylist.yaml",
            // Only coreos-assembler's own reader knows osversion.
            File.ReadAllText(SourceTree.Path("tests/Pipeline.Tests/TestData/Contracts/kola-denylist.yaml"))
                .Replace("  osversion:\n    - \"12\"\n", "", StringComparison.Ordinal),
            problems
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Items, Is.Empty);
            Assert.That(list.Entries, Is.Not.Empty);
        }
    }

    [TestCaseSource(typeof(Published.PublishedFolder), nameof(Published.PublishedFolder.Folder)), Category("published")]
    public void The_published_denylist_is_read(string folder)
    {
        var problems = new DiagnosticBag();
        var list = Denylist.Read("kola-denylist.yaml", File.ReadAllText(Path.Combine(folder, "kola-denylist.yaml")), problems);

        Assert.That(problems.Items, Is.Empty);
        Assert.That(list.Entries, Is.Not.Empty);
    }

    // Snoozed, expired, plain, warn; the rules of the format it comes from.
    [TestCase("snooze: 2026-05-02", ExpectedResult = "Skip")]
    [TestCase("snooze: 2026-05-01", ExpectedResult = "None")]
    [TestCase("snooze: 2026-05-01\n  warn: true", ExpectedResult = "Warn")]
    [TestCase("snooze: 2026-05-02\n  warn: true", ExpectedResult = "Skip")]
    [TestCase("warn: true", ExpectedResult = "Warn")]
    [TestCase("warn: false", ExpectedResult = "Skip")]
    [TestCase("streams: [stable]", ExpectedResult = "Skip")]
    [TestCase("streams: [next]", ExpectedResult = "None")]
    [TestCase("arches: [s390x]", ExpectedResult = "None")]
    [TestCase("platforms: [qemu]", ExpectedResult = "Skip")]
    [TestCase("streams: next stable", ExpectedResult = "Skip")]
    [TestCase("osversion: [44]", ExpectedResult = "Skip")]
    [TestCase("osversion: [4]", ExpectedResult = "None")]
    [TestCase("osversion: 44.20260501.3.0", ExpectedResult = "Skip")]
    public string An_entry_denies(string more)
    {
        var problems = new DiagnosticBag();
        var list = Denylist.Read("d", $"- pattern: ext.a.*\n  tracker: https://example.org/1\n  {more}\n", problems);
        Assert.That(problems.Items, Is.Empty);
        return Denials.For(list, "ext.a.one", Scope).Denial.ToString();
    }

    [Test]
    public void Wrong_denylists_are_refused_with_all_problems()
    {
        var problems = new DiagnosticBag();
        Denylist.Read(
            "d",
            "- pattern: a\n  strems: x\n- snooze: tomorrow\n  pattern: b\n- warn: true\n- word\n"
                + "- pattern: c\n  warn: yes\n- pattern: d\n  snooze: 2026-02-30\n- pattern: e\n  streams:\n    - {}\n",
            problems
        );

        Assert.That(
            problems.Items.Select(p => $"{p.Code} {p.Span!.Line}:{p.Span.Column}"),
            Is.EqualTo(["PL4021 2:3", "PL4021 3:11", "PL4021 5:3", "PL4021 6:3", "PL4021 8:9", "PL4021 10:11", "PL4021 13:7"])
        );
    }

    [Test]
    public void A_pattern_that_matches_nothing_is_an_error_with_near_names()
    {
        var selection = Selection(["ext.p.flies"]);

        Assert.That(
            () => selection.Choose([Test("ext.p.files")], new([])),
            Throws.TypeOf<PipelineException>().With.Message.Contains("did you mean 'ext.p.files'?")
        );
    }

    [Test]
    public void Tests_that_do_not_fit_are_skipped_with_a_reason()
    {
        var tests = new[]
        {
            Test("arch", new() { Architectures = ["s390x"] }),
            Test("platform", new() { Platforms = ["!qemu"] }),
            Test("tagged", new() { RequiredTag = "slow" }),
            Test("runs"),
        };

        var chosen = Selection([]).Choose(tests, new([]));

        Assert.That(
            chosen.Select(c => $"{c.Test.Name}: {c.Denial} {c.Why}".Trim()),
            Is.EqualTo(["arch: Skip not for x86_64", "platform: Skip not for qemu", "tagged: Skip needs --tag slow", "runs: None"])
        );
    }

    [TestCase("debian-minimal", "debian-container-host", "not for debian-minimal: its header has distros debian-container-host")]
    [TestCase("debian-minimal", "!debian-minimal", "not for debian-minimal: its header has distros !debian-minimal")]
    [TestCase("debian-minimal", "!debian-container-host", "")]
    [TestCase("debian-container-host", "debian-minimal debian-container-host", "")]
    [TestCase("fedora-coreos", "fcos", "")]
    [TestCase("fedora-coreos", "!fcos", "not for fedora-coreos: its header has distros !fcos")]
    [TestCase("debian-minimal", "", "")]
    [TestCase("", "fcos", "")]
    public void A_test_of_another_system_is_skipped_with_that_reason(string system, string distros, string why)
    {
        var test = Test("t", new() { Distros = distros.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToValueList() });

        var chosen = new Selection([], [], Scope with { System = system }).Choose([test], new([])).Single();

        Assert.That((chosen.Denial, chosen.Why), Is.EqualTo((why.Length == 0 ? Denial.None : Denial.Skip, why)));
    }

    [Test]
    public void Tags_choose_and_exclude()
    {
        var tests = new[]
        {
            Test("a", new() { Tags = ["x"] }),
            Test("b", new() { Tags = ["x", "y"] }),
            Test("c", new() { RequiredTag = "x" }),
        };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(["x"]), Is.EqualTo(["a", "b", "c"]));
            Assert.That(Names(["x", "!y"]), Is.EqualTo(["a", "c"]));
            Assert.That(Names(["y"]), Is.EqualTo(["b"]));
        }

        IEnumerable<string> Names(ValueList<string> tags) =>
            (Selection([]) with { Tags = tags }).Choose(tests, new([])).Where(s => s.Denial == Denial.None).Select(s => s.Test.Name);
    }

    [TestCase("2026-05-01", ExpectedResult = "Warn new: its failures count from 2026-05-31")]
    [TestCase("2026-04-02", ExpectedResult = "Warn new: its failures count from 2026-05-02")]
    [TestCase("2026-04-01", ExpectedResult = "None ")]
    [TestCase(null, ExpectedResult = "None ")]
    public string A_new_test_may_fail_for_thirty_days(string? created)
    {
        var day = created is null ? (DateOnly?)null : DateOnly.ParseExact(created, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        var selected = Selection([]).Choose([Test("a", new() { Created = day })], new([])).Single();
        return $"{selected.Denial} {selected.Why}";
    }

    [TestCase("hash:1/1", ExpectedResult = true), TestCase("hash:2/2", ExpectedResult = true)]
    [TestCase("hash:0/2", ExpectedResult = false), TestCase("hash:3/2", ExpectedResult = false), TestCase("hash:1", ExpectedResult = false)]
    [TestCase("time:1/2", ExpectedResult = false), TestCase("hash/1:2", ExpectedResult = false), TestCase("", ExpectedResult = false)]
    public bool Shards_are_read(string text) => TestShard.Parse(text) is not null;

    [FsCheck.NUnit.Property]
    public void Every_test_falls_to_exactly_one_shard(string? name, byte parts) =>
        Assert.That(Enumerable.Range(1, parts + 1).Count(n => new TestShard(n, parts + 1).Has(name ?? "")), Is.EqualTo(1));

    [Test]
    public void Sharing_tests_share_unless_they_conflict_and_come_first()
    {
        var shared = new TestHeader { Exclusive = false };
        var tests = new[]
        {
            Test("ext.p.own"),
            Test("ext.p.a", shared),
            Test("ext.p.b", shared with { Conflicts = ["a"] }),
            Test("ext.p.c", shared with { Conflicts = ["ext.p.b"] }),
            Test("ext.p.d", shared),
            Test("ext.p.e", shared with { KernelArguments = ["x"] }),
        };

        var plan = TestGroup.Plan([.. tests.Select(t => new SelectedTest(t, Denial.None, ""))]);

        Assert.That(
            plan.Select(g => $"{g.Name}: {string.Join(' ', g.Tests.Select(t => t.Test.Name[6..]))}"),
            Is.EqualTo(["shared-0: a c d", "shared-1: b", "ext.p.own: own", "ext.p.e: e"])
        );
    }

    [Test]
    public void Only_machines_without_needs_of_their_own_start_from_a_fork()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Group(Test("a")).CanFork(Least), Is.True);
            Assert.That(Group(Test("a") with { Config = new("c", false, default) }).CanFork(Least), Is.False);
            Assert.That(Group(Test("a", new() { MinDisk = 10 })).CanFork(Least), Is.False);
            Assert.That(Group(Test("a", new() { MinMemory = 2048 })).CanFork(Least), Is.False);
            Assert.That(Group(Test("a", new() { MinMemory = 2048 })).CanFork(Least with { MemoryMiB = 4096 }), Is.True);
            Assert.That(Group(Test("a", new() { Tags = ["cold-boot"] })).CanFork(Least), Is.False);
        }
    }

    internal static KolaTest Test(string name, TestHeader? header = null) =>
        new()
        {
            Name = name,
            Executable = $"/t/{name}",
            Content = Encoding.UTF8.GetBytes($"#!/bin/sh\n# {name}\n"),
            Header = header ?? new(),
            Digest = Digest.Of(name),
        };

    private static TestGroup Group(KolaTest test) => new("g", [new(test, Denial.None, "")], false);

    private static Selection Selection(ValueList<string> globs) => new(globs, [], Scope);
}
