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
