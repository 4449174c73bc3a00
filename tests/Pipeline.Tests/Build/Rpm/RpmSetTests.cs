using Pipeline.Build.Rpm;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Build.Rpm;

/// <summary>How relations, versions and scripts of Debian packages are written for RPM.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RpmSetTests
{
    [TestCase("1.2", ExpectedResult = "1.2-0")]
    [TestCase("1.2-3", ExpectedResult = "1.2-3")]
    [TestCase("2:1.2~rc1-3+b1", ExpectedResult = "2:1.2~rc1-3+b1")]
    [TestCase("1.2-3-4", ExpectedResult = "1.2.3-4")]
    [TestCase("0:1:2-3", ExpectedResult = "1.2-3")]
    public string A_version_keeps_its_order(string debian) => RpmVersion.Of(debian).ToString();

    [Test]
    public void Relations_keep_versions_and_alternatives_and_lose_what_is_left_out()
    {
        var set = new RpmSet([
            Package(
                "a",
                ("Pre-Depends", "libc (>= 2.38)"),
                ("Depends", "perl:any, debconf (>= 0.5) | debconf-2.0, adduser (>= 3) | systemd-sysusers,\nb (<< 2:1) | c"),
                ("Provides", "x (= 1)"),
                ("Breaks", "old (<= 1-1)"),
                ("Conflicts", "x"),
                ("Recommends", "nice"),
                ("Suggests", "more"),
                ("Enhances", "other")
            ),
        ]);

        Assert.That(
            set.Lines(set.Packages[0]),
            Is.EqualTo([
                "Requires(pre): libc >= 2.38-0",
                "Requires: systemd-sysusers",
                "Requires: (b < 2:1-0 or c)",
                "Recommends: nice",
                "Suggests: more",
                "Supplements: other",
                "Provides: x = 1-0",
                "Conflicts: x",
                "Conflicts: old <= 1-1",
                "Requires(pre): essential",
            ])
        );
    }

    [Test]
    public void Only_what_no_essential_package_needs_needs_the_essential_packages()
    {
        var set = new RpmSet([
            Package("bash", ("Essential", "yes"), ("Depends", "virtual-libc | other")),
            Package("libc", ("Provides", "virtual-libc")),
            Package("app", ("Depends", "libc")),
            Package("dpkg", ("Essential", "yes")),
        ]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.EssentialNames, Is.EqualTo(["bash"]));
            Assert.That(
                set.Packages.Where(p => set.Lines(p).Contains("Requires(pre): essential")).Select(p => p.Name),
                Is.EqualTo(["app"])
            );
        }
    }

    [Test]
    public void Units_of_debhelper_become_presets_and_nothing_else_is_carried_over()
    {
        var package = Package("app") with
        {
            Scripts = new Dictionary<string, string>
            {
                ["postinst"] = """
                    #!/bin/sh
                    set -e

                    # Automatically added by dh_installsystemd/13.24.2
                    if deb-systemd-helper --quiet was-enabled 'app.service'; then
                    	deb-systemd-helper enable 'app.service' >/dev/null || true
                    	deb-systemd-helper --user enable 'app.socket' >/dev/null || true
                    fi
                    # End automatically added section
                    exit 0
                    """,
            },
        };

        var post = string.Join('\n', RpmAdditions.Of(package).Post);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(post, Does.Contain("systemctl --no-reload --system preset 'app.service'"));
            Assert.That(post, Does.Contain("systemctl --no-reload --global preset 'app.socket'"));
            Assert.That(post, Does.Not.Contain("deb-systemd"));
        }
    }

    [Test]
    public void A_script_that_nobody_looked_at_is_an_error_that_names_the_package()
    {
        var package = Package("strange") with
        {
            Scripts = new Dictionary<string, string> { ["postinst"] = "#!/bin/sh\nset -e\nmknod /dev/strange c 1 1\n" },
        };

        var problem = Assert.Throws<PipelineException>(() => RpmAdditions.Of(package)).Diagnostics.Single();

        Assert.That(
            (problem.Code, problem.Message),
            Is.EqualTo(("PL0320", "the maintainer scripts of 'strange' have no counterpart in RPM"))
        );
    }

    private static DebPackage Package(string name, params (string Field, string Value)[] fields) =>
        new(
            $"{name}.deb",
            fields.Append(("Package", name)).Append(("Version", "1.0")).ToDictionary(f => f.Item1, f => f.Item2),
            new HashSet<string>(),
            new Dictionary<string, string>()
        );
}
