using Pipeline.Compose.Locks;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>Packages that some architectures have and others do not.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PackageSetTests
{
    [Test]
    public void Equal_sets_are_not_worth_a_line() =>
        Assert.That(PackageSets.Compare([Set(Arch.X86_64, "a b", "a b c"), Set(Arch.S390x, "a b", "a b c")]), Is.Empty);

    [Test]
    public void What_one_architecture_asks_for_is_a_note_with_the_line_that_asks()
    {
        var remarks = PackageSets.Compare([
            Set(Arch.X86_64, "a linux-x", "a linux-x kernel-x", common: "a"),
            Set(Arch.S390x, "a linux-s", "a linux-s zipl", common: "a"),
        ]);

        Assert.That(remarks.Select(r => r.Severity), Is.EqualTo([Severity.Note, Severity.Note]));
        Assert.That(remarks[0].Message, Is.EqualTo("only on x86_64: kernel-x, linux-x; asked for by linux-x (m.yaml:7:5)"));
        Assert.That(remarks[1].Message, Does.Contain("only on s390x: linux-s, zipl").And.Contain("linux-s (m.yaml:7:5)"));
    }

    [Test]
    public void A_dependency_that_only_some_architectures_have_is_a_warning_that_names_them()
    {
        var remark = PackageSets
            .Compare([Set(Arch.X86_64, "a", "a efi"), Set(Arch.Aarch64, "a", "a efi"), Set(Arch.S390x, "a", "a")])
            .Single();

        Assert.That((remark.Code, remark.Severity), Is.EqualTo(("PL1511", Severity.Warning)));
        Assert.That(remark.Message, Does.Contain("'efi' is in the set of x86_64, aarch64 but not of s390x"));
    }

    [Test]
    public void A_package_that_one_architecture_asks_for_and_another_has_anyway_is_the_same_set() =>
        Assert.That(
            PackageSets.Compare([Set(Arch.X86_64, "a", "a tool"), Set(Arch.S390x, "a tool", "a tool", common: "a")]).Select(r => r.Code),
            Is.EqualTo(["PL1510"])
        );

    [Test]
    public void Requests_are_common_by_their_text() =>
        Assert.That(PackageSets.CommonRequests([Requests("a b>=1"), Requests("b>=1 c"), Requests("b>=1")]), Is.EqualTo(["b>=1"]));

    private static ArchitectureSet Set(Arch architecture, string requests, string names, string? common = null) =>
        new(architecture, Requests(requests), names.Split(' ').ToHashSet(), (common ?? names).Split(' ').ToHashSet());

    private static ValueList<Sourced> Requests(string names) => [.. names.Split(' ').Select(n => new Sourced(n, new("m.yaml", 7, 5)))];
}
