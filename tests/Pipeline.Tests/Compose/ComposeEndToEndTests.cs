using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Compose.Layers;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Host;

namespace Pipeline.Tests.Compose;

/// <summary>Whole composes of tiny trees. They need bubblewrap, ostree and a user namespace, and fail where those are missing.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed class ComposeEndToEndTests
{
    private const int Patience = 300_000;

    [Test, CancelAfter(Patience)]
    public async Task Same_inputs_give_the_same_bytes_under_other_surroundings(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package(
                "app",
                files: [new("usr/share/app/data", "data"), new("etc/app.conf", "setting=1\n")],
                postinst: "#!/bin/sh\necho made > /usr/share/app/made\numask > /usr/share/app/umask\n"
            ) with
            {
                Scripts = new Dictionary<string, string>
                {
                    ["conffiles"] = "/etc/app.conf\n",
                    ["postinst"] = "#!/bin/sh\necho made > /usr/share/app/made\n",
                },
            }
        );

        var first = await bench.ComposeAsync("one", cancellationToken);
        var second = await bench.ComposeAsync(
            "two",
            cancellationToken,
            "umask 077; export TZ=Asia/Tokyo LC_ALL=C LANG=tr_TR.UTF-8 HOME=/nowhere; cd /"
        );
        var third = await bench.ComposeAsync("one", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Unchanged, Is.False);
            Assert.That(second.Commit, Is.EqualTo(first.Commit));
            Assert.That(Archive(second), Is.EqualTo(Archive(first)));
            Assert.That(third, Is.EqualTo(first with { Unchanged = true, Progress = third.Progress }));
            Assert.That(
                MetaSchema.Problems(await File.ReadAllBytesAsync(Path.Combine(first.Directory, "meta.json"), cancellationToken)),
                Is.Empty
            );
            Assert.That(await bench.CatAsync(first, "/usr/etc/app.conf", cancellationToken), Is.EqualTo("setting=1\n"));
            Assert.That(await bench.CatAsync(first, "/usr/share/app/made", cancellationToken), Is.EqualTo("made\n"));
            Assert.That(
                await bench.CatAsync(first, "/usr/lib/sysimage/dpkg/status", cancellationToken),
                Does.Contain("Package: app\nStatus: install ok installed")
            );
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_trace_shows_every_step_and_package_and_the_contents_that_were_deflated_ahead(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("app", files: [new("usr/share/app/data", "data")], postinst: "#!/bin/sh\nexit 0\n")
        );
        bench.Manifest(["app"], "postprocess:\n  - |\n    #!/bin/sh\n    exit 0\n");
        var file = bench.Directory.File("trace.json");

        await bench.ComposeAsync("work", cancellationToken, "", "--timings", file);
        var cold = TraceCheck.Require(await File.ReadAllBytesAsync(file, cancellationToken));
        await bench.ComposeAsync("work", cancellationToken, "", "--timings", file);
        var unchanged = TraceCheck.Require(await File.ReadAllBytesAsync(file, cancellationToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                cold,
                Is.SupersetOf([
                    "resolve packages",
                    "fetch packages",
                    "unpack packages",
                    "configure packages",
                    "finish the tree",
                    "commit",
                    "write the build",
                    "app",
                    "scripts of app",
                    "dpkg --configure",
                    "write the archive",
                ])
            );
            Assert.That(cold, Has.Some.Contains("postprocess"));
            Assert.That(unchanged, Is.EqualTo(["resolve packages"]));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_commit_is_the_same_with_and_without_what_was_deflated_ahead(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("app", files: [new("usr/share/app/data", new string('x', 100_000))])
        );
        await bench.ComposeAsync("with", cancellationToken);
        await bench.ComposeAsync("without", cancellationToken);
        Assert.That(Directory.EnumerateFiles(Deflated("with")).Where(f => Path.GetExtension(f).Length == 0), Is.Not.Empty);
        Assert.That(Directory.EnumerateFiles(Deflated("with"), "*.new"), Is.Empty);
        Directory.Delete(Deflated("without"), recursive: true);
        bench.Manifest(["app"], "postprocess:\n  - |\n    #!/bin/sh\n    echo y >> /usr/share/app/data\n"); // the packages stay configured

        var with = await bench.ComposeAsync("with", cancellationToken);
        var without = await bench.ComposeAsync("without", cancellationToken);

        Assert.That((without.Commit, Archive(without)), Is.EqualTo((with.Commit, Archive(with))));
        Assert.That(Directory.EnumerateFiles(Deflated("without")), Is.Empty);

        string Deflated(string work) =>
            Directory
                .EnumerateDirectories(Path.Combine(bench.Work(work).Cache, "layers"), "deflated-*", SearchOption.AllDirectories)
                .Single();
    }

    [Test, CancelAfter(Patience)]
    public async Task A_script_that_writes_into_a_shared_file_leaves_the_cache_as_it_was(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("shared", files: [new("usr/share/shared/text", "original\n")]),
            TinyRepository.Package("writer", depends: "shared", postinst: "#!/bin/sh\necho appended >> /usr/share/shared/text\n")
        );

        var build = await bench.ComposeAsync("work", cancellationToken);

        Assert.That(await bench.CatAsync(build, "/usr/share/shared/text", cancellationToken), Is.EqualTo("original\nappended\n"));
        var layers = Directory.GetDirectories(Path.Combine(bench.Work().Cache, "layers")).Single();
        var entries = Directory
            .GetFiles(layers, "*.json")
            .SelectMany(f => JsonSerializer.Deserialize(File.ReadAllBytes(f), LayerJson.Default.Layer)!.Entries)
            .Where(e => e.Object is not null)
            .ToArray();
        Assert.That(entries.Select(e => e.Path), Does.Contain("usr/share/shared/text"));
        foreach (var entry in entries)
        {
            var file = Path.Combine(layers, "objects", entry.Object![..2], entry.Object[2..]);
            byte[] hashed =
            [
                .. ObjectIdentity.Header(entry.Mode, entry.UserId, entry.GroupId, []),
                .. await File.ReadAllBytesAsync(file, cancellationToken),
            ];
            Assert.That(Digest.Of(hashed).Hex, Is.EqualTo(entry.Object), entry.Path);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_hostile_package_ends_with_5_and_nothing_of_it_is_cached(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            new TinyPackage("evil")
            {
                Exact = true,
                Files = [new("usr/share/mark", "evil content"), TinyFile.Link("usr/l", "/etc"), new("usr/l/evil", "x")],
            }
        );

        var result = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(5), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("PL2002").And.Contain("'evil'").And.Contain("usr/l/evil"));
            Assert.That(Directory.Exists(bench.Work().Builds) && File.Exists(Path.Combine(bench.Work().Builds, "builds.json")), Is.False);
            Assert.That(
                Directory
                    .EnumerateFiles(Path.Combine(bench.Work().Cache, "layers"), "*", SearchOption.AllDirectories)
                    .Where(f => new FileInfo(f).Length < 1000 && File.ReadAllText(f).Contains("evil content", StringComparison.Ordinal)),
                Is.Empty
            );
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_diverted_file_of_another_package_gets_out_of_the_way(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("plain", files: [new("usr/share/thing", "plain\n")]),
            new TinyPackage("diverter")
            {
                Files = [new("usr/share/thing", "diverter\n")],
                Scripts = new Dictionary<string, string>
                {
                    ["preinst"] =
                        "#!/bin/sh\ndpkg-divert --package diverter --add --rename --divert /usr/share/thing.plain /usr/share/thing\n",
                },
            }
        );

        var build = await bench.ComposeAsync("work", cancellationToken);

        Assert.That(await bench.CatAsync(build, "/usr/share/thing", cancellationToken), Is.EqualTo("diverter\n"));
        Assert.That(await bench.CatAsync(build, "/usr/share/thing.plain", cancellationToken), Is.EqualTo("plain\n"));
    }

    [Test, CancelAfter(Patience)]
    public async Task A_failing_script_is_told_with_its_words(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("broken", postinst: "#!/bin/sh\necho these are my last words >&2\nexit 7\n")
        );

        var result = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(1));
            Assert.That(result.ErrorTail, Does.Contain("PL2102").And.Contain("these are my last words").And.Contain("compose.log"));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task An_overlay_change_makes_a_new_build_without_configuring_again(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("app"));
        var overlay = Directory.CreateDirectory(bench.Directory.File("overlay.d/10-own/usr/share/own")).FullName;
        await File.WriteAllTextAsync(Path.Combine(overlay, "text"), "one\n", cancellationToken);
        bench.Manifest(["app"], "ostree-layers: [overlay/10-own]\n");

        var first = await bench.ComposeAsync("work", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(overlay, "text"), "two\n", cancellationToken);
        var second = await bench.ComposeAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.Id, second.Id), Is.EqualTo(("13.20240102.0.dev0", "13.20240102.0.dev1")));
            Assert.That(second.Progress, Does.Contain("configure packages: cached"));
            Assert.That(await bench.CatAsync(second, "/usr/share/own/text", cancellationToken), Is.EqualTo("two\n"));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_second_run_waits_and_says_for_whom(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("slow", postinst: "#!/bin/sh\nsleep 6\n"));
        var first = bench.ComposeAsync("work", cancellationToken);
        await UntilConfiguring(bench, "work", cancellationToken);

        var second = await bench.ComposeAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Progress, Does.Contain("waiting for another compose in this work directory: pid "));
            Assert.That(second.Commit, Is.EqualTo((await first).Commit));
            Assert.That(second.Id, Is.EqualTo((await first).Id));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Where_no_overlay_can_be_mounted_the_tree_is_copied_and_the_commit_is_the_same(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package(
                "app",
                files: [new("usr/share/app/data", "data"), new("usr/share/app/same", "data")],
                postinst: "#!/bin/sh\necho more >> /usr/share/app/data\nrm /usr/share/app/same\n"
            )
        );
        var overlay = Directory.CreateDirectory(bench.Directory.File("overlay.d/10-own/usr/share/own")).FullName;
        await File.WriteAllTextAsync(Path.Combine(overlay, "text"), "one\n", cancellationToken);
        bench.Manifest(
            ["app"],
            "ostree-layers: [overlay/10-own]\npostprocess:\n  - |\n    #!/bin/sh\n    echo done >> /usr/share/own/text\n"
        );
        const string copied = "there is no overlay file system here";
        var far = ComposeBench.Far("far");

        var overlaid = await bench.ComposeAsync("work", cancellationToken);
        var copy = await bench.ComposeAsync(far, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(overlay, "text"), "two\n", cancellationToken);
        var overlaidAgain = await bench.ComposeAsync("work", cancellationToken);
        var copyAgain = await bench.ComposeAsync(far, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(overlaid.Progress, Does.Not.Contain(copied));
            Assert.That(copy.Progress, Does.Contain(copied));
            Assert.That(copy.Commit, Is.EqualTo(overlaid.Commit));
            Assert.That(Archive(copy), Is.EqualTo(Archive(overlaid)));
            Assert.That(copyAgain.Progress, Does.Contain("configure packages: cached").And.Contain(copied));
            Assert.That(copyAgain.Commit, Is.EqualTo(overlaidAgain.Commit).And.Not.EqualTo(copy.Commit));
            Assert.That(await bench.CatAsync(copyAgain, "/usr/share/own/text", cancellationToken), Is.EqualTo("two\ndone\n"));
        }
    }

    [TestCase("with:colon"), TestCase("with,comma"), TestCase("a:b,c\\d e;f'g\"h$i"), CancelAfter(Patience)]
    public async Task A_work_directory_may_have_any_name(string name, CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("app", postinst: "#!/bin/sh\necho more >> /usr/share/app/readme\n")
        );

        var plain = await bench.ComposeAsync("work", cancellationToken);
        var odd = await bench.ComposeAsync(name, cancellationToken);

        Assert.That(odd.Commit, Is.EqualTo(plain.Commit));
        Assert.That(odd.Progress, Does.Not.Contain("there is no overlay file system here"));
    }

    [Test, CancelAfter(Patience)]
    public async Task A_tree_cached_by_a_kernel_with_overlays_is_made_again_by_one_without(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("app"));
        bench.Manifest(["app"], "postprocess:\n  - |\n    #!/bin/sh\n    echo one > /usr/share/text\n");
        await bench.ComposeAsync("work", cancellationToken);
        var far = ComposeBench.Far("moved");
        Directory.CreateDirectory(Path.GetDirectoryName(bench.Work(far).Root)!);
        Directory.Move(bench.Work().Root, bench.Work(far).Root);
        bench.Manifest(["app"], "postprocess:\n  - |\n    #!/bin/sh\n    echo two > /usr/share/text\n");

        var moved = await bench.ComposeAsync(far, cancellationToken);
        var plain = await bench.ComposeAsync("work", cancellationToken, "", "--version", moved.Id);

        Assert.That(moved.Progress, Does.Contain("configure packages: cached").And.Contain("there is no overlay file system here"));
        Assert.That(moved.Commit, Is.EqualTo(plain.Commit));
    }

    [Test, CancelAfter(Patience)]
    public async Task The_initramfs_is_made_again_only_when_something_dracut_sees_has_changed(CancellationToken cancellationToken)
    {
        // A dracut that puts all it sees into its image; the shell can list by itself.
        const string dracut =
            "#!/bin/sh\n# nothing here speaks of the unrelated program\nfor last; do :; done\n"
            + "{ for f in /usr/bin/* /usr/sbin/* /usr/lib/modules/1.0/* /etc/*.conf /usr/lib/systemd/system/* /usr/share/doc/*; "
            + "do echo \"$f\"; done; cat /usr/lib/modules/1.0/virtio.ko; } > \"$last\"\n";
        TinyFile[] kernel =
        [
            new("usr/share/doc/kernel/copyright", "free"),
            new("boot/vmlinuz-1.0", "kernel"),
            new("usr/lib/modules/1.0/modules.dep", ""),
            new("usr/lib/modules/1.0/virtio.ko", "module"),
            TinyFile.Script("usr/bin/dracut", dracut),
        ];
        TinyFile[] unrelated = [TinyFile.Script("usr/bin/unrelated", "#!/bin/sh\n"), new("usr/share/doc/unrelated/copyright", "free")];
        await using var bench = await ComposeBench.WithAsync(
            new TinyPackage("kernel") { Files = kernel },
            new TinyPackage("unrelated") { Files = unrelated },
            new TinyPackage("unit") { Files = [new("usr/lib/systemd/system/a.service", "[Service]\nExecStart=/usr/bin/cat\n")] }
        );
        bench.Manifest(["kernel"]);
        const string cached = "make the initramfs: cached";
        const string made = "make the initramfs: made";

        var first = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["kernel", "unrelated"]);
        var more = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["kernel", "unrelated", "unit"]);
        var unit = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(
            ["kernel", "unrelated", "unit"],
            "postprocess:\n  - |\n    #!/bin/sh\n    echo x > /usr/lib/modules/1.0/virtio.ko\n"
        );
        var module = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["kernel", "unrelated", "unit"]);
        var again = await bench.ComposeAsync("other", cancellationToken);

        var image = await bench.CatAsync(first, "/usr/lib/modules/1.0/initramfs.img", cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Progress, Does.Contain(made));
            Assert.That(
                image,
                Does.Contain("/usr/bin/dracut\n").And.Contain("/usr/bin/cat\n").And.EndWith("module").And.Not.Contain("dpkg-split")
            );
            Assert.That(more.Progress, Does.Contain(cached));
            Assert.That(await bench.CatAsync(more, "/usr/lib/modules/1.0/initramfs.img", cancellationToken), Is.EqualTo(image));
            Assert.That(
                await bench.CatAsync(more, "/usr/bin/unrelated", cancellationToken),
                Is.EqualTo("#!/bin/sh\n"),
                "hidden from dracut only"
            );
            Assert.That(unit.Progress, Does.Contain(made));
            Assert.That(await bench.CatAsync(unit, "/usr/lib/modules/1.0/initramfs.img", cancellationToken), Does.Contain("a.service"));
            Assert.That(module.Progress, Does.Contain(made));
            Assert.That(await bench.CatAsync(module, "/usr/lib/modules/1.0/initramfs.img", cancellationToken), Does.EndWith("x\n"));
            Assert.That(
                await bench.CatAsync(again, "/usr/lib/modules/1.0/initramfs.img", cancellationToken),
                Is.EqualTo(await bench.CatAsync(unit, "/usr/lib/modules/1.0/initramfs.img", cancellationToken))
            );
        }
    }

    private static async Task UntilConfiguring(ComposeBench bench, string work, CancellationToken cancellationToken)
    {
        var log = Path.Combine(bench.Work(work).Temporary, "compose.log");
        while (!File.Exists(log) || !Directory.Exists(Path.Combine(bench.Work(work).Temporary, "compose")))
        {
            await Task.Delay(50, cancellationToken);
        }
    }

    private static string Archive(Composed build) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Directory.GetFiles(build.Directory, "*-ostree.*.tar").Single())));
}
