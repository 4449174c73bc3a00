using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>What a maintainer script can see and do, from inside, whoever composes.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All)]
public sealed class ScriptSandboxTests
{
    private const int Patience = 300_000;

    [Test, CancelAfter(Patience)]
    public async Task A_script_gets_nowhere(CancellationToken cancellationToken)
    {
        // Everything it can do is said; each line is harmless where it works.
        const string attempts = """
            #!/bin/sh
            v=$(cat /proc/sys/kernel/core_pattern)
            (echo "$v" >/proc/sys/kernel/core_pattern) 2>/dev/null && echo CAN set core_pattern
            for f in /proc/sys/kernel/* /proc/sys/vm/* /proc/sys/user/* /proc/sysrq-trigger; do
                [ -f "$f" ] && (exec 9>>"$f") 2>/dev/null && echo "CAN open $f"
            done
            umount /tmp 2>/dev/null && echo CAN umount
            mount -t tmpfs tmpfs /mnt 2>/dev/null && echo CAN mount
            mount -o remount,rw /proc/sys 2>/dev/null && echo CAN remount
            unshare -U true 2>/dev/null && echo CAN unshare
            mknod /dev/disk b 8 0 2>/dev/null && echo CAN mknod
            for f in /etc/passwd /etc/hostname /home /sys/kernel /sys/class; do [ -e "$f" ] && echo "SEES $f"; done
            n=0; for p in /proc/[0-9]*; do n=$((n+1)); done; [ $n -gt 9 ] && echo "SEES $n processes"
            read -r name </proc/sys/kernel/hostname; echo "NAME $name"
            while read -r key value; do case $key in CapEff: | NoNewPrivs:) echo "$key $value" ;; esac; done </proc/self/status
            while read -r inside outside count; do echo "MAP $inside $outside $count"; done </proc/self/uid_map
            [ -r /run/pipeline/script ] || echo NO script
            exit 0

            """;
        await using var bench = await ComposeBench.WithAsync(
            await ComposeBench.PackAsync("tools", "umount", "mount", "unshare", "mknod", "true"),
            TinyRepository.Package("bold", files: [new("mnt/here", "x"), new("usr/share/bold/x", "x")], postinst: attempts)
        );
        bench.Manifest(["tools", "bold"], "remove-files: [mnt/here]\n");

        await bench.ComposeAsync("work", cancellationToken);

        var log = await File.ReadAllLinesAsync(Path.Combine(bench.Work().Temporary, "compose.log"), cancellationToken);
        var said = log.Where(l => l.Length > 3 && char.IsAsciiLetterUpper(l[0]) && l.Contains(' ', StringComparison.Ordinal)).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(said.Where(l => l.StartsWith("CAN ", StringComparison.Ordinal)), Is.Empty);
            Assert.That(said.Where(l => l.StartsWith("SEES ", StringComparison.Ordinal)), Is.Empty);
            Assert.That(said, Has.Member("NAME localhost"));

            // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, SYS_CHROOT 18, SETFCAP 31.
            // No exec gives more of them.
            Assert.That(said, Has.Member(Capabilities(0, 1, 3, 4, 5, 6, 7, 18, 31)).And.Member("NoNewPrivs: 1"));
            Assert.That(said.Single(l => l.StartsWith("MAP 0 ", StringComparison.Ordinal)), Does.Not.StartWith("MAP 0 0 "));
        }
    }

    [TestCase("time=2s", "sleep 1000", "for more than 2 seconds")]
    [TestCase("processes=60", "for i in $(seq 300); do sleep 1000 & done; wait", "more than 60 processes")]
    [TestCase("memory=200M", "tail -n 1 /dev/zero", "more than 200.0 MiB of memory")]
    [TestCase("memory=200M", "head -c 300M /dev/zero >/tmp/f; sleep 1000", "more than 200.0 MiB of memory")]
    [TestCase("disk=150M", "head -c 120M /dev/zero >/usr/f; head -c 120M /dev/zero >/usr/g; sleep 1000", "more than 150.0 MiB to disk")]
    [CancelAfter(Patience)]
    public async Task A_script_that_takes_too_much_is_named(
        string limit,
        string script,
        string expected,
        CancellationToken cancellationToken
    )
    {
        await using var bench = await ComposeBench.WithAsync(
            await ComposeBench.PackAsync("tools", "tail", "head", "seq"),
            TinyRepository.Package("greedy", files: [new("usr/share/greedy/x", "x")], postinst: $"#!/bin/sh\n{script}\n")
        );
        bench.Manifest(["tools", "greedy"]);

        var result = await bench.RunAsync("work", cancellationToken, "", "--script-limit", limit);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(1), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("PL0312: postinst of greedy was stopped").And.Contain(expected));
            Assert.That(ComposeBench.Leftovers(bench.Work()), Is.Empty);
        }

        await ComposeBench.NoProcessesAsync(bench.Work().Root, cancellationToken);
    }

    /// <summary>The kernel refuses it more processes, so it fails by itself, unless it is seen and stopped before.</summary>
    [Test, CancelAfter(Patience)]
    public async Task A_script_that_starts_processes_without_end_does_not_take_the_machine(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package(
                "greedy",
                files: [new("usr/share/greedy/x", "x")],
                postinst: "#!/bin/sh\nwhile :; do sleep 1000 & done\n"
            )
        );
        bench.Manifest(["greedy"]);

        var result = await bench.RunAsync("work", cancellationToken, "", "--script-limit", "processes=60");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(1), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("PL0312").Or.Contain("PL2102"));
            Assert.That(ComposeBench.Leftovers(bench.Work()), Is.Empty);
        }

        await ComposeBench.NoProcessesAsync(bench.Work().Root, cancellationToken);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_limit_that_makes_no_sense_is_refused_before_any_work(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync();
        bench.Manifest([]);

        var result = await bench.RunAsync("work", cancellationToken, "", "--script-limit", "memroy=1G");

        Assert.That((result.ExitCode, Directory.Exists(bench.Work().Root)), Is.EqualTo((2, false)));
        Assert.That(result.ErrorTail, Does.Contain("PL0313").And.Contain("memory"));
    }

    /// <summary>Directories of root's that nobody else may enter, as of a checkout in its home; links to them as well.</summary>
    [Test, CancelAfter(Patience)]
    public async Task Closed_directories_and_unreadable_overlays_are_used(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("app", files: [new("usr/share/app/x", "x")], postinst: "#!/bin/sh\nexit 0\n")
        );
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var closed = Directory.CreateDirectory(bench.Directory.File("closed"), own).FullName;
        foreach (var below in (string[])["work", "elsewhere"])
        {
            Directory.CreateDirectory(Path.Combine(closed, below), own);
        }

        File.CreateSymbolicLink(bench.Directory.File("way"), Path.Combine(closed, "work"));
        Directory.CreateSymbolicLink(Path.Combine(closed, "work/builds"), Path.Combine(closed, "elsewhere"));
        var overlay = Directory.CreateDirectory(bench.Directory.File("overlay.d/10-own/usr/share/own"), own).FullName;
        await File.WriteAllTextAsync(Path.Combine(overlay, "text"), "mine\n", cancellationToken);
        File.SetUnixFileMode(Path.Combine(overlay, "text"), UnixFileMode.UserRead);
        bench.Manifest(["app"], "ostree-layers: [overlay/10-own]\n");

        var made = await bench.ComposeAsync("way", cancellationToken);

        Assert.That(await bench.CatAsync(made, "/usr/share/own/text", cancellationToken), Is.EqualTo("mine\n"));
        Assert.That(File.Exists(Path.Combine(closed, "elsewhere/builds.json")), Is.True);
    }

    private static string Capabilities(params int[] numbers)
    {
        var mask = numbers.Aggregate(0UL, (all, n) => all | (1UL << n)).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        return $"CapEff: {mask}";
    }
}
