using System.Buffers.Binary;
using System.Text.Json;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>Keys of a manifest, seen in the commit that a compose makes.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed class ManifestKeyComposeTests
{
    private const int Patience = 300_000;
    private readonly ToolRunner _tools = new();

    [Test, CancelAfter(Patience)]
    public async Task What_keys_ask_for_is_in_the_commit(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package(
                "app",
                files: [new("usr/share/app/kept", "kept\n"), new("usr/share/app/gone", "gone\n"), new("etc/app.d/gone", "gone\n")],
                postinst: "#!/bin/sh\ncat /etc/passwd > /usr/share/app/accounts\n"
            )
        );
        await File.WriteAllTextAsync(
            bench.Directory.File("passwd"),
            "root:x:0:0::/root:/bin/sh\napp:x:33:44::/:/bin/sh\n",
            cancellationToken
        );
        await File.WriteAllTextAsync(bench.Directory.File("group"), "root:x:0:\napp:x:44:\n", cancellationToken);
        await File.WriteAllTextAsync(bench.Directory.File("motd"), "welcome\n", cancellationToken);
        const string keys = """
            remove-from-packages: [[app, /gone$]]
            add-files: [[motd, /usr/share/app/motd], [motd, etc/motd]]
            check-passwd: {type: file, filename: passwd}
            check-groups: {type: file, filename: group}
            machineid-compat: true
            container-cmd: [/bin/sh, -c, "echo it's"]
            add-commit-metadata: {my.text: "text \u00fc", my.truth: true, my.number: 7, my.list: [a, 1], my.map: {b: {}, a: x}}

            """;
        bench.Manifest(["app"], keys);

        var build = await bench.ComposeAsync("work", cancellationToken);
        var listing = await OstreeAsync(bench, build, cancellationToken, "ls", "-R", build.Commit);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(listing, Does.Contain("/usr/share/app/kept").And.Not.Contain("gone"));
            Assert.That(listing, Does.Match(@"00644 0 0 +0 /usr/etc/machine-id"));
            Assert.That(listing, Does.Match(@"00000 0 0 +\d+ /usr/etc/shadow"));
            Assert.That(await bench.CatAsync(build, "/usr/share/app/motd", cancellationToken), Is.EqualTo("welcome\n"));
            Assert.That(await bench.CatAsync(build, "/usr/etc/motd", cancellationToken), Is.EqualTo("welcome\n"));
            Assert.That(await bench.CatAsync(build, "/usr/share/app/accounts", cancellationToken), Does.Contain("app:x:33:44"));
            Assert.That(await bench.CatAsync(build, "/usr/etc/shadow", cancellationToken), Does.Contain("app:*::0:99999:7:::"));
            foreach (
                var (name, value) in ((string, string)[])
                    [
                        ("my.text", "'text \u00fc'"),
                        ("my.truth", "true"),
                        ("my.number", $"int64 {Swapped(7)}"),
                        ("my.list", $"[<'a'>, <int64 {Swapped(1)}>]"),
                        ("my.map", "{'b': <@a{sv} {}>, 'a': <'x'>}"),
                        ("ostree.container-cmd", "['/bin/sh', '-c', \"echo it's\"]"),
                    ]
            )
            {
                var shown = await OstreeAsync(bench, build, cancellationToken, "show", $"--print-metadata-key={name}", build.Commit);
                Assert.That(shown.Trim(), Is.EqualTo(value), name);
            }
        }

        using var meta = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(build.Directory, "commitmeta.json"), cancellationToken)
        );
        Assert.That(meta.RootElement.GetProperty("my.map").GetProperty("a").GetString(), Is.EqualTo("x"));
        Assert.That(meta.RootElement.GetProperty("ostree.container-cmd")[1].GetString(), Is.EqualTo("-c"));
        await RequireSensitiveAsync(bench, build, keys, cancellationToken);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_policy_that_the_tree_turns_on_labels_its_commit_unless_the_manifest_says_no(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package(
                "app",
                files: [new("usr/bin/tool", "tool\n"), .. TinyPolicy.Files.Select(f => new TinyFile($"etc/{f.Path}", f.Content))]
            )
        );

        var build = await bench.ComposeAsync("work", cancellationToken);
        var labelled = await OstreeAsync(bench, build, cancellationToken, "ls", "-R", "-X", build.Commit);
        bench.Manifest(["app"], "selinux: false\n");
        var off = await bench.ComposeAsync("work", cancellationToken);
        var plain = await OstreeAsync(bench, off, cancellationToken, "ls", "-R", "-X", off.Commit);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(labelled, Does.Match("system_u:object_r:bin_t:s0.*/usr/bin/tool\n"));
            Assert.That(labelled, Does.Match("system_u:object_r:etc_t:s0.*/usr/etc/selinux/config\n"));
            Assert.That(labelled, Does.Match("system_u:object_r:root_t:s0.* /\n"));
            Assert.That(plain, Does.Contain("/usr/bin/tool").And.Not.Contain("security.selinux"));
            Assert.That(off.Commit, Is.Not.EqualTo(build.Commit));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_user_that_got_another_number_since_the_last_build_stops_a_compose(CancellationToken cancellationToken)
    {
        const string check = "check-passwd: {type: previous}\n";
        await using var bench = await ComposeBench.WithAsync(Accounts("one", 100), Accounts("two", 101));
        bench.Manifest(["one"], check);
        var first = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["one"], check + "machineid-compat: true\n");
        var same = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["two"], check);

        var changed = await bench.RunAsync("work", cancellationToken);
        var elsewhere = await bench.ComposeAsync("other", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(same.Commit, Is.Not.EqualTo(first.Commit));
            Assert.That((changed.ExitCode, changed.ErrorTail), Is.EqualTo((2, changed.ErrorTail)));
            Assert.That(changed.ErrorTail, Does.Contain("PL2124: the number of user 'app' changed from 100 to 101"));
            Assert.That(elsewhere.Unchanged, Is.False);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Dracut_gets_the_arguments_of_the_manifest_or_does_not_run(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(Kernel());
        bench.Manifest(["kernel"]);
        var plain = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["kernel"], "initramfs-args: [--add, \"it's\", --install, unnamed]\n");
        var given = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["kernel"], "no-initramfs: true\n");
        var without = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["kernel"], "container: true\n");
        var container = await bench.ComposeAsync("work", cancellationToken);

        const string image = "/usr/lib/modules/6.1/initramfs.img";
        const string end = " --reproducible --tmpdir /var/tmp --kver 6.1 /var/initramfs.img\n";
        var key = await OstreeAsync(bench, given, cancellationToken, "show", "--print-metadata-key=rpmostree.initramfs-args", given.Commit);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.CatAsync(plain, image, cancellationToken), Is.EqualTo($"--force --no-hostonly{end}sh\n"));
            Assert.That(
                await bench.CatAsync(given, image, cancellationToken),
                Is.EqualTo($"--force --add it's --install unnamed{end}sh\nunnamed\n"),
                "a program that an argument names is there"
            );
            Assert.That(key.Trim(), Is.EqualTo("['--add', \"it's\", '--install', 'unnamed']"));
            var left = await OstreeAsync(bench, without, cancellationToken, "ls", "-R", without.Commit, "/usr/lib/modules");
            Assert.That(left, Does.Contain("/6.1/vmlinuz").And.Not.Contain("initramfs"));
            var none = await OstreeAsync(bench, container, cancellationToken, "ls", "-R", container.Commit, "/usr/lib/modules");
            Assert.That(none, Does.Contain("modules.dep").And.Not.Contain("vmlinuz").And.Not.Contain("initramfs"));
        }
    }

    /// <summary>A kernel whose dracut writes its arguments, and which of two programs it sees.</summary>
    private static TinyPackage Kernel() =>
        TinyRepository.Package(
            "kernel",
            files:
            [
                new("boot/vmlinuz-6.1", "kernel\n"),
                new("usr/lib/modules/6.1/modules.dep", ""),
                TinyFile.Script("usr/bin/unnamed", "#!/bin/sh\n"),
                TinyFile.Script(
                    "usr/bin/dracut",
                    "#!/bin/sh\nfor a; do out=$a; done\n"
                        + "{ echo \"$@\"; cd /usr/bin; for p in sh un*ed; do [ -e $p ] && echo $p; done; :; } > \"$out\"\n"
                ),
            ]
        );

    /// <summary>ostree prints numbers as if they were in network order, as its own are; those of rpm-ostree, and ours, are not.</summary>
    private static long Swapped(long number) => BinaryPrimitives.ReverseEndianness(number);

    private static TinyPackage Accounts(string name, int id) =>
        TinyRepository.Package(name, files: [new("etc/passwd", $"root:x:0:0::/root:/bin/sh\napp:x:{id}:{id}::/:/bin/sh\n")]);

    /// <summary>Each key is an input: a change of its value, or of the file that it names, is another build.</summary>
    private static async Task RequireSensitiveAsync(ComposeBench bench, Composed build, string keys, CancellationToken cancellationToken)
    {
        Assert.That((await bench.ComposeAsync("work", cancellationToken)).Unchanged, Is.True);
        await File.WriteAllTextAsync(bench.Directory.File("motd"), "changed\n", cancellationToken);
        var file = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["app"], keys.Replace("/gone$", "/app.d/gone$", StringComparison.Ordinal));
        var removal = await bench.ComposeAsync("work", cancellationToken);

        Assert.That((string[])[build.Commit, file.Commit, removal.Commit], Is.Unique);
        Assert.That(await bench.CatAsync(removal, "/usr/share/app/gone", cancellationToken), Is.EqualTo("gone\n"));
        Assert.That(await bench.CatAsync(removal, "/usr/etc/motd", cancellationToken), Is.EqualTo("changed\n"));
    }

    private async Task<string> OstreeAsync(
        ComposeBench bench,
        Composed build,
        CancellationToken cancellationToken,
        params string[] arguments
    )
    {
        var repository = bench.Directory.File($"repo-{Guid.NewGuid():n}");
        Directory.CreateDirectory(repository);
        var archive = Directory.GetFiles(build.Directory, "*-ostree.*.tar").Single();
        await _tools.RunAsync(new("tar", ["-xf", archive, "-C", repository]), cancellationToken);
        return (await _tools.RunAsync(new("ostree", [$"--repo={repository}", .. arguments]), cancellationToken)).Text;
    }
}
