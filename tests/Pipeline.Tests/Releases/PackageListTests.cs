using System.Text;
using Pipeline.Model.Text;
using Pipeline.Releases.Differences;

namespace Pipeline.Tests.Releases;

/// <summary>Packages of a build with their changelogs, and kernel arguments of its commit.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PackageListTests
{
    private const string Debian = "https://metadata.ftp-master.debian.org/changelogs";

    [TestCase("debian", "pool/main/b/bash/bash_5.2.37-2+b10_amd64.deb", "5.2.37-2+b10", "main/b/bash/bash_5.2.37-2_changelog")]
    [TestCase("debian", "pool/main/libx/libxml2/libxml2_2.9_amd64.deb", "1:2.9", "main/libx/libxml2/libxml2_2.9_changelog")]
    [TestCase(
        "debian-security",
        "pool/updates/main/l/linux-signed-amd64/linux-image-cloud-amd64_6.12.118-1_amd64.deb",
        "6.12.118-1",
        "main/l/linux/linux_6.12.118-1_changelog"
    )]
    public void A_package_of_Debian_has_the_changelog_of_its_source(string repository, string location, string version, string expected) =>
        Assert.That(Changelogs.OfPool(repository, location, version), Is.EqualTo($"{Debian}/{expected}"));

    [TestCase("own", "pool/main/b/bash/bash_5_amd64.deb", "5")]
    [TestCase("debian", "Packages/bash-5.rpm", "5")]
    [TestCase("debian", "pool/main/../bash/bash_5_amd64.deb", "5")]
    [TestCase("debian", "pool/elsewhere/b/bash/bash_5_amd64.deb", "5")]
    [TestCase("debian", "pool/main/b/bash/bash_5_amd64.deb", "5/../x")]
    [TestCase("debian", "pool/main/b/bash/bash_5_amd64.deb", "")]
    public void What_is_no_name_or_version_makes_no_address(string repository, string location, string version) =>
        Assert.That(Changelogs.OfPool(repository, location, version), Is.Null);

    [Test]
    public void Lists_beside_a_build_are_joined_with_its_lock()
    {
        var list = Parse(
            """
            {"rpmostree.rpmdb.pkglist": [
              ["dmsetup", "2", "1.02", "2", "amd64"], ["bash", "0", "5.2", "1.fc43", "x86_64"], ["own", "0", "1", "", "all"], 7] }
            """
        );
        var lockfile = Parse(
            """
            {"packages": {
              "dmsetup": {"metadata": {"source": "lvm2", "repo": "debian", "location": "pool/main/l/lvm2/dmsetup_1.02-2_amd64.deb"}},
              "own": {"metadata": 7} } }
            """
        );

        var found = PackageLists.Of(list, lockfile)!;

        Assert.That(
            found.Select(p => $"{p.Key} {p.Value.Version} {p.Value.Changelog}"),
            Is.EqualTo([
                $"dmsetup.amd64 2:1.02-2 {Debian}/main/l/lvm2/lvm2_1.02-2_changelog",
                "bash.x86_64 5.2-1.fc43 https://koji.fedoraproject.org/koji/search?match=exact&type=build&terms=bash-5.2-1.fc43",
                "own.all 1 ",
            ])
        );
        Assert.That(PackageLists.Of(Parse("{}"), lockfile), Is.Null);
    }

    [Test]
    public void The_database_of_dpkg_in_a_commit_is_a_list_too()
    {
        var found = PackageLists.OfStatus(
            "Package: dmsetup\nArchitecture: amd64\nSource: lvm2 (2.03.31-2)\nVersion: 2:1.02.205-2\nDescription: a\n Version: 9\n\n"
                + "Package: bb\nSection: contrib/misc\nArchitecture: all\nVersion: 1-1+b2\n\nPackage: broken\nVersion: 1\n"
        );

        Assert.That(
            found.Select(p => $"{p.Key} {p.Value.Version} {p.Value.Changelog}"),
            Is.EqualTo([
                $"dmsetup.amd64 2:1.02.205-2 {Debian}/main/l/lvm2/lvm2_2.03.31-2_changelog",
                $"bb.all 1-1+b2 {Debian}/contrib/b/bb/bb_1-1_changelog",
            ])
        );
    }

    [Test]
    public void The_list_in_the_metadata_of_a_commit_is_a_list_too() =>
        Assert.That(
            PackageLists
                .OfVariant("[('bash', '0', '5.2', '1', 'x86_64'), ('x', '1', '2', '', 'noarch'), (1, 'y')]")
                .Select(p => $"{p.Key} {p.Value.Version}"),
            Is.EqualTo(["bash.x86_64 5.2-1", "x.noarch 1:2"])
        );

    [TestCase("kargs = [\"a=1\", 'b c']", "a=1|b c")]
    [TestCase("# kargs = [\"no\"]\nkargs=[\n  \"a\", # \"no\"\n  \"b]\",\n]", "a|b]")]
    [TestCase("kargs = [\"a\"]\nmatch-architectures = [\"x86_64\", \"aarch64\"]", "a")]
    [TestCase("kargs = [\"a\"]\nmatch-architectures = [\"aarch64\"]", "")]
    [TestCase("match-architectures = [\"x86_64\"]", "")]
    [TestCase("kargs = \"a\"", "")]
    [TestCase("kargs = [\"a\", 7]", "")]
    public void Kernel_arguments_are_those_of_the_architecture(string text, string expected) =>
        Assert.That(string.Join('|', ArgumentFile.Read(text, "x86_64")), Is.EqualTo(expected));

    [FsCheck.NUnit.Property]
    public bool Any_text_is_read(string? text) =>
        PackageLists.OfStatus(text ?? "").Count + PackageLists.OfVariant(text ?? "").Count >= 0
        && ArgumentFile.Read($"kargs = [{text}", "x86_64").All(a => !a.Contains('\n', StringComparison.Ordinal));

    private static JsonTextObject Parse(string text) => (JsonTextObject)JsonText.Parse("f", Encoding.UTF8.GetBytes(text), new())!;
}
