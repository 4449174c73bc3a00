using Pipeline.TestKit.Rpm;

namespace Pipeline.Fuzz;

/// <summary>Seeds of RPM repositories: what a test repository serves, unpacked.</summary>
internal static class SeedRepositories
{
    private const string Comps =
        "<comps><group><id>core</id><packagelist><packagereq type=\"mandatory\">bash</packagereq>"
        + "<packagereq type=\"conditional\" requires=\"bash\">docs</packagereq></packagelist></group>"
        + "<environment><id>server</id><grouplist><groupid>core</groupid></grouplist></environment></comps>";

    /// <summary>A section with every kind of line.</summary>
    public static IEnumerable<byte[]> RepoFiles() =>
        SeedFiles.Lines([
            "# comment\n[fedora]\nname=Fedora $releasever\nbaseurl=https://example.com/\n  https://example.org/\ngpgcheck=1\n",
        ]);

    /// <summary>A repomd.xml with tags, and with a zchunk twin.</summary>
    public static IEnumerable<byte[]> RepoMds()
    {
        var more =
            "<tags><content>x</content><distro cpeid=\"cpe:/o:x\">x</distro></tags>"
            + "<data type=\"primary_zck\"><checksum type=\"sha256\">0</checksum><location href=\"p.zck\"/></data>";
        yield return RpmRepodata.Files([new("app")], new() { More = more, Groups = Comps })["repodata/repomd.xml"];
    }

    /// <summary>Groups and an environment.</summary>
    public static IEnumerable<byte[]> Groups() => SeedFiles.Lines([Comps]);

    /// <summary>The package that the advisories of <see cref="Updates"/> speak of.</summary>
    public const string Updated = "app-1:2.0-3.x86_64";

    /// <summary>Advisories with references and packages.</summary>
    public static IEnumerable<byte[]> Updates() =>
        SeedFiles.Lines([
            "<updates><update type=\"security\" status=\"stable\"><id>FEDORA-1</id><severity>Critical</severity><references>"
                + "<reference href=\"https://example.com/\" id=\"CVE-1\" title=\"CVE-1\" type=\"cve\"/></references>"
                + "<pkglist><collection short=\"x\"><name>x</name><package name=\"app\" epoch=\"1\" version=\"2.0\" release=\"3\" "
                + "arch=\"x86_64\"><filename>app.rpm</filename></package></collection></pkglist></update></updates>",
        ]);

    /// <summary>A list of packages with every kind of dependency.</summary>
    public static IEnumerable<byte[]> Primaries()
    {
        string? text = null;
        RpmEntry[] packages =
        [
            new("app", "2.0~rc1", "3", "x86_64")
            {
                Epoch = 1,
                Requires = ["lib >= 1.1", "(a if b)", "/usr/bin/sh"],
                Recommends = ["docs"],
                Conflicts = ["old"],
                Obsoletes = ["old < 9"],
                Files = ["/usr/bin/app"],
            },
            new("lib"),
        ];
        _ = RpmRepodata.Files(packages, new() { Change = (type, t) => type == "primary" ? text = t : t });
        return SeedFiles.Lines([text!]);
    }
}
