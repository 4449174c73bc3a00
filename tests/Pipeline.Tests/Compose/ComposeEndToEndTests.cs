using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Compose.Layers;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>Whole composes of tiny trees. They need bubblewrap, ostree and a user namespace, and fail where those are missing.</summary>
[TestFixture, Parallelizable(ParallelScope.Self)]
public sealed class ComposeEndToEndTests
{
    private const int Patience = 300_000;

    [Test, CancelAfter(Patience)]
    public async Task Same_inputs_give_the_same_bytes_under_other_surroundings(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("app", files: [new("usr/share/app/data", "data"), new("etc/app.conf", "setting=1\n")], postinst: "#!/bin/sh\necho made > /usr/share/app/made\numask > /usr/share/app/umask\n")
                with { Scripts = new Dictionary<string, string> { ["conffiles"] = "/etc/app.conf\n", ["postinst"] = "#!/bin/sh\necho made > /usr/share/app/made\n" } });

        var first = await bench.ComposeAsync("one", cancellationToken);
        var second = await bench.ComposeAsync("two", cancellationToken, "umask 077; export TZ=Asia/Tokyo LC_ALL=C LANG=tr_TR.UTF-8 HOME=/nowhere; cd /");
        var third = await bench.ComposeAsync("one", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Unchanged, Is.False);
            Assert.That(second.Commit, Is.EqualTo(first.Commit));
            Assert.That(Archive(second), Is.EqualTo(Archive(first)));
            Assert.That(third, Is.EqualTo(first with { Unchanged = true, Story = third.Story }));
            Assert.That(MetaSchema.Problems(await File.ReadAllBytesAsync(Path.Combine(first.Directory, "meta.json"), cancellationToken)), Is.Empty);
            Assert.That(await bench.CatAsync(first, "/usr/etc/app.conf", cancellationToken), Is.EqualTo("setting=1\n"));
            Assert.That(await bench.CatAsync(first, "/usr/share/app/made", cancellationToken), Is.EqualTo("made\n"));
            Assert.That(await bench.CatAsync(first, "/usr/lib/sysimage/dpkg/status", cancellationToken), Does.Contain("Package: app\nStatus: install ok installed"));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_script_that_writes_into_a_shared_file_leaves_the_cache_as_it_was(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("shared", files: [new("usr/share/shared/text", "original\n")]),
            TinyRepository.Package("writer", depends: "shared", postinst: "#!/bin/sh\necho appended >> /usr/share/shared/text\n"));

        var build = await bench.ComposeAsync("work", cancellationToken);

        Assert.That(await bench.CatAsync(build, "/usr/share/shared/text", cancellationToken), Is.EqualTo("original\nappended\n"));
        var layers = Directory.GetDirectories(Path.Combine(bench.Work().Cache, "layers")).Single();
        var entries = Directory.GetFiles(layers, "*.json").SelectMany(f => JsonSerializer.Deserialize(File.ReadAllBytes(f), LayerJson.Default.Layer)!.Entries).Where(e => e.Object is not null).ToArray();
        Assert.That(entries.Select(e => e.Path), Does.Contain("usr/share/shared/text"));
        foreach (var entry in entries)
        {
            var file = Path.Combine(layers, "objects", entry.Object![..2], entry.Object[2..]);
            byte[] hashed = [.. ObjectIdentity.Header(entry.Mode, entry.UserId, entry.GroupId, []), .. await File.ReadAllBytesAsync(file, cancellationToken)];
            Assert.That(Digest.Of(hashed).Hex, Is.EqualTo(entry.Object), entry.Path);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_hostile_package_ends_with_5_and_nothing_of_it_is_cached(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(new TinyPackage("evil") { Exact = true, Files = [new("usr/share/mark", "evil content"), TinyFile.Link("usr/l", "/etc"), new("usr/l/evil", "x")] });

        var result = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(5), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("PL2002").And.Contain("'evil'").And.Contain("usr/l/evil"));
            Assert.That(Directory.Exists(bench.Work().Builds) && File.Exists(Path.Combine(bench.Work().Builds, "builds.json")), Is.False);
            Assert.That(Directory.EnumerateFiles(Path.Combine(bench.Work().Cache, "layers"), "*", SearchOption.AllDirectories).Where(f => new FileInfo(f).Length < 1000 && File.ReadAllText(f).Contains("evil content", StringComparison.Ordinal)), Is.Empty);
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
                Scripts = new Dictionary<string, string> { ["preinst"] = "#!/bin/sh\ndpkg-divert --package diverter --add --rename --divert /usr/share/thing.plain /usr/share/thing\n" },
            });

        var build = await bench.ComposeAsync("work", cancellationToken);

        Assert.That(await bench.CatAsync(build, "/usr/share/thing", cancellationToken), Is.EqualTo("diverter\n"));
        Assert.That(await bench.CatAsync(build, "/usr/share/thing.plain", cancellationToken), Is.EqualTo("plain\n"));
    }

    [Test, CancelAfter(Patience)]
    public async Task A_failing_script_is_told_with_its_words(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("broken", postinst: "#!/bin/sh\necho these are my last words >&2\nexit 7\n"));

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
            Assert.That(second.Story, Does.Contain("configure packages: cached"));
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
            Assert.That(second.Story, Does.Contain("waiting for another compose in this work directory: pid "));
            Assert.That(second.Commit, Is.EqualTo((await first).Commit));
            Assert.That(second.Id, Is.EqualTo((await first).Id));
        }
    }

    private static async Task UntilConfiguring(ComposeBench bench, string work, CancellationToken cancellationToken)
    {
        var log = Path.Combine(bench.Work(work).Temporary, "compose.log");
        while (!File.Exists(log) || !ComposeBench.Processes(bench.Directory.Path).Any(p => p.Contains("bwrap", StringComparison.Ordinal)))
        {
            await Task.Delay(50, cancellationToken);
        }
    }

    private static string Archive(Composed build) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Directory.GetFiles(build.Directory, "*-ostree.*.tar").Single())));
}
