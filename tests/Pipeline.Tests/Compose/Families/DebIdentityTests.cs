using System.Text;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Index, control file and file name speak of the same package.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
internal sealed class DebIdentityTests
{
    private const string Control = "Package: app\nVersion: 1:1.0-2\nArchitecture: all\n";

    [TestCase(
        "Package: openssh-server\nVersion: 1:1.0-2\nArchitecture: all\n",
        "control file gives the name 'openssh-server', its index 'app'"
    )]
    [TestCase("Package: app\nVersion: 1:9.9\nArchitecture: all\n", "control file gives the version '1:9.9', its index '1:1.0-2'")]
    [TestCase("Package: app\nVersion: 1.0-2\nArchitecture: all\n", "control file gives the version '1.0-2', its index '1:1.0-2'")]
    [TestCase("Package: app\nVersion: 1:1.0-2\nArchitecture: s390x\n", "control file gives the architecture 's390x', its index 'all'")]
    public void Another_control_file_is_refused(string control, string expected)
    {
        var refused = Assert.Throws<PipelineException>(() => Open(Layer(control, "pool/app_1.0-2_all.deb")))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([("PL2121", ExitClass.Refused)]));
            Assert.That(refused.Message, Does.Contain("package 'app' is refused").And.Contain(expected));
        }
    }

    [TestCase("pool/other_1.0-2_all.deb", "file name gives the name 'other', its index 'app'")]
    [TestCase("pool/app_1.0-1_all.deb", "file name gives the version '1.0-1', its index '1.0-2'")]
    [TestCase("pool/app_2%3a1.0-2_all.deb", "file name gives the version '2:1.0-2', its index '1:1.0-2'")]
    [TestCase("pool/app_1.0-2_amd64.deb", "file name gives the architecture 'amd64', its index 'all'")]
    public void Another_file_name_is_refused(string location, string expected)
    {
        var refused = Assert.Throws<PipelineException>(() => Open(Layer(Control, location)))!;

        Assert.That(refused.Message, Does.Contain("PL2121").And.Contain(expected));
    }

    [TestCase("pool/a/app/app_1.0-2_all.deb")]
    [TestCase("app_1:1.0-2_all.deb")]
    [TestCase("./app_1%3a1.0-2_all.deb")]
    [TestCase("pool/latest.deb", Description = "says nothing")]
    [TestCase("pool/app_stable.deb", Description = "says nothing")]
    public void The_same_package_is_accepted_with_and_without_its_epoch(string location) =>
        Assert.That(Open(Layer(Control, location)).Single().Name, Is.EqualTo("app"));

    [Test]
    public void All_packages_are_looked_at()
    {
        var refused = Assert.Throws<PipelineException>(() =>
            Open(Layer("Package: a\nVersion: 1\nArchitecture: all\n", "l"), Layer("Package: b\nVersion: 1\nArchitecture: all\n", "l"))
        )!;

        Assert.That(refused.Diagnostics.Select(d => d.Code), Is.EqualTo(Enumerable.Repeat("PL2121", 4)));
    }

    private static IReadOnlyList<Pipeline.Compose.Trees.TreePackage> Open(params PackageLayer[] layers) =>
        DebFamily.Instance.Merging.Open(layers);

    private static PackageLayer Layer(string control, string location) =>
        new(
            new LockedPackage
            {
                Name = "app",
                Version = "1:1.0-2",
                PackageArchitecture = "all",
                Digest = default,
                Size = 1,
                Repo = "r",
                Location = location,
            },
            new()
            {
                Entries = [],
                Control = new() { ["control"] = Encoding.UTF8.GetBytes(control) },
            }
        );
}
