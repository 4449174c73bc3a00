using Pipeline.Cli.Bisection;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Bisection;

/// <summary>What differs between two locks, and locks with some of it.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PackageChangeTests
{
    private static readonly Lockfile Before = Lock(
        Package("libc", "1", "glibc 1"),
        Package("libc-bin", "1", "glibc 1"),
        Package("bash", "5.1", null),
        Package("old", "1", null),
        Package("same", "1", null)
    );

    private static readonly Lockfile After = Lock(
        Package("libc", "2", "glibc 2"),
        Package("libc-bin", "2", "glibc 2"),
        Package("new", "7", "new-7-1.src.rpm"),
        Package("same", "1", null),
        Package("bash", "5.2", null)
    );

    [Test]
    public void Packages_of_one_source_change_together_and_what_others_need_comes_first() =>
        Assert.That(
            PackageChange.Between(Before, After).Select(c => c.Text),
            Is.EqualTo(["libc 1 → 2, libc-bin 1 → 2", "new 7 (new)", "old 1 (gone)", "bash 5.1 → 5.2"])
        );

    [Test]
    public void Names_of_sources_are_read_from_both_families()
    {
        var rpm = PackageChange.Between(
            Lock(),
            Lock(Package("a", "1", "some-thing-1.0-3.fc43.src.rpm"), Package("b", "1", "some-thing-1.0-3.fc43.src.rpm"))
        );

        Assert.That(rpm.Select(c => c.Source), Is.EqualTo(["some-thing"]));
    }

    [Test]
    public void None_of_the_changes_is_the_first_lock_and_all_are_the_second()
    {
        var changes = PackageChange.Between(Before, After);

        Assert.That(Names(PackageChange.Apply(Before, After, [])), Is.EquivalentTo(Names(Before)));
        Assert.That(Names(PackageChange.Apply(Before, After, changes)), Is.EqualTo(Names(After)));
    }

    [Test]
    public void Some_of_the_changes_leave_the_rest_as_it_was()
    {
        var changes = PackageChange.Between(Before, After);

        var mixed = PackageChange.Apply(Before, After, [changes[0], changes[2]]);

        Assert.That(Names(mixed), Is.EqualTo(["libc 2", "libc-bin 2", "same 1", "bash 5.1"]));
        Assert.That(mixed.Generated, Is.EqualTo(Before.Generated));
    }

    private static string[] Names(Lockfile lockfile) => [.. lockfile.Packages.Select(p => $"{p.Name} {p.Version}")];

    private static Lockfile Lock(params LockedPackage[] packages) =>
        new()
        {
            Architecture = Pipeline.Model.Values.Architecture.X86_64,
            Generated = DateTimeOffset.UnixEpoch,
            Packages = [.. packages],
        };

    private static LockedPackage Package(string name, string version, string? source) =>
        new()
        {
            Name = name,
            Version = version,
            PackageArchitecture = "amd64",
            Digest = Digest.Of($"{name} {version}"),
            Size = 1,
            Repo = "r",
            Location = "pool/x.deb",
            Source = source,
        };
}
