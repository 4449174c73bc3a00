namespace Pipeline.Build.Rpm;

/// <summary>The files of accounts, from the lists of <c>base-passwd</c>. Nobody has a password, and no day of a change is noted.</summary>
internal static class Accounts
{
    private const string Directives = "%config(noreplace) %verify(not md5 size mtime)";

    /// <summary>
    /// RPM looks up the names of owners before it lays the files of a package, and this package brings the names: the numbers of Debian's
    /// group <c>shadow</c> are set afterwards, without a program, because there is none yet.
    /// </summary>
    public const string Shadow = """
        %post -p <lua>
        for _, path in ipairs({ "/etc/shadow", "/etc/gshadow" }) do
          posix.chown(path, 0, 42)
          posix.chmod(path, "0640")
        end
        """;

    /// <summary>Adds them to the files of <c>base-passwd</c>.</summary>
    public static void Write(RpmPayload payload)
    {
        var users = Lines(payload, "passwd");
        var groups = Lines(payload, "group");
        Write(payload, "/etc/passwd", users.Select(Shadowed));
        Write(payload, "/etc/group", groups.Select(Shadowed));
        Write(payload, "/etc/shadow", users.Select(u => $"{u[0]}:*::0:99999:7:::"), 0b110_100_000, "shadow");
        Write(payload, "/etc/gshadow", groups.Select(g => $"{g[0]}:*::"), 0b110_100_000, "shadow");
        Write(payload, "/etc/subuid", []);
        Write(payload, "/etc/subgid", []);
    }

    private static string[][] Lines(RpmPayload payload, string name) =>
        [.. File.ReadLines(payload.FileOf($"/usr/share/base-passwd/{name}.master")).Where(l => l.Length > 0).Select(l => l.Split(':'))];

    private static string Shadowed(string[] fields) => string.Join(':', [fields[0], "x", .. fields[2..]]);

    private static void Write(
        RpmPayload payload,
        string path,
        IEnumerable<string> lines,
        int mode = 0b110_100_100,
        string group = "root"
    ) =>
        payload.Write(
            new(path, PayloadKind.File)
            {
                Mode = mode,
                Group = group,
                Directives = Directives,
            },
            string.Concat(lines.Select(l => l + "\n"))
        );
}
