namespace Pipeline.Fuzz;

/// <summary>Short texts to start from.</summary>
internal static class SeedLines
{
    /// <summary>Stores, URLs and data URLs.</summary>
    public static IReadOnlyList<string> Addresses { get; } =
    [
        "file:builds",
        "s3://bucket/prod/streams?endpoint=http://127.0.0.1:9000&region=eu-1&acl=none",
        "az://account/container/prefix?anonymous=yes",
        "https://user:secret@[::1]:8443/a/../b?q=1&r=%20#fragment",
        "data:text/plain;charset=utf-8;base64,aGVsbG8=",
        "data:,a%20b",
        "arn:aws:s3:eu:1:accesspoint/one/object",
    ];

    /// <summary>Versions, stream names, ages, digests, moments.</summary>
    public static IReadOnlyList<string> Values { get; } =
    [
        "44.20260720.3.1",
        "44.20260720.dev2",
        "testing-devel",
        "6 months",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "2026-07-21T14:07:14Z",
        "2026-07-21T14:07:14+02:00",
        "in 48 hours",
        "10 am ET today",
        "next monday 14:00",
    ];

    /// <summary>Listings of commits.</summary>
    public static IReadOnlyList<string> Listings { get; } =
    [
        "d00755 0 0      0 3d955551b07fcd81839cb1981abac8fc6843e2e8303f5fff0ef4bcf83dacafd5"
            + " 446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488 /\n"
            + "-00644 0 0      3 fbf7cf77a1b50d9f074cb6e9ef6ddb65b6532ea89e4f4ca1b07a05b4cd1be259 /usr/bin/a\n"
            + "l00777 0 0      0 438802d990f25270d36f902bc9ce9d0737b88f9ae0b41ed59ec9e47c28523e0a /usr/bin/l -> a\n",
        "-04755 1000 65534 9223372036854775807 fbf7cf77a1b50d9f074cb6e9ef6ddb65b6532ea89e4f4ca1b07a05b4cd1be259 /a -> b\n",
    ];

    /// <summary>dpkg's database, rpm-ostree's list of packages, and files of kernel arguments.</summary>
    public static IReadOnlyList<string> PackageLists { get; } =
    [
        "Package: dmsetup\nStatus: install ok installed\nArchitecture: amd64\nSource: lvm2 (2.03.31-2)\nVersion: 2:1.02.205-2+b1\n\n"
            + "Package: x\nSection: contrib/misc\nArchitecture: all\nVersion: 1\nDescription: a\n b\n",
        "[('bash', '0', '5.2.37', '1.fc43', 'x86_64'), ('x', '1', '2', '3', 'noarch')]",
        "# comment\nkargs = [\"console=ttyS0\", 'a b', # why\n]\nmatch-architectures = [\"x86_64\"]\n",
    ];

    /// <summary>Queries of update clients.</summary>
    public static IReadOnlyList<string> Queries { get; } =
    [
        "?basearch=x86_64&stream=stable&rollout_wariness=0.25&node_uuid=c1b2&platform=qemu&os_version=44.20260720.3.1",
        "?basearch=x86_64&stream=a%2Db&oci=true&os_checksum=e3b0c4",
    ];

    /// <summary>Paragraphs of Debian's control format: an index, a control file, a sources file.</summary>
    public static IReadOnlyList<string> Stanzas { get; } =
    [
        "Package: a\nVersion: 1:2.0-1~b\nArchitecture: all\nSize: 10\nSHA256: 00\nFilename: pool/a.deb\nDepends: b (>= 1) | c:any, d\n\n",
        "Package: b\nVersion: 1\nArchitecture: amd64\nMulti-Arch: same\nEssential: yes\nPriority: required\nDescription: x\n .\n y\n",
        "Types: deb\nURIs: ${mirror:debian}\nSuites: trixie trixie-updates\nComponents: main\n"
            + "Signed-By:\n -----BEGIN\n .\n # comment\n abc\n",
    ];

    /// <summary>Results of tests, as a report and as the record of a step.</summary>
    public static IReadOnlyList<string> Reports { get; } =
    [
        """{"tests":[{"name":"a","subtests":[],"result":"PASS","duration":1500000000,"output":"x"}],"result":"PASS","platform":"qemu"}""",
        """{"step":"kola","stepVersion":1,"inputs":[{"name":"test a","digest":"sha256:00"}],"tests":[{"name":"a","result":"PASS"}]}""",
    ];

    /// <summary>Boot loader specification entries.</summary>
    public static IReadOnlyList<string> BootEntries { get; } =
    ["title A 1 (ostree:0)\nversion 1\noptions root=LABEL=root rw ostree=/ostree/boot.1/a/0/0\nlinux /boot/ostree/a/vmlinuz\ninitrd /a\n"];
}
