using System.Security.Cryptography;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ToolFingerprintTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ToolFingerprint _host = new(new ToolRunner(), null);

    public void Dispose() => _directory.Dispose();

    private ToolFingerprint Kept() => new(new ToolRunner(), new WorkDirectory(_directory.Path));

    [TestCase("/usr/bin/ostree")]
    [TestCase("/usr/bin/qemu-img")]
    [TestCase("/usr/bin/sh")]
    public async Task The_libraries_are_those_that_the_loader_takes(string program)
    {
        var listed = await new ToolRunner().RunAsync(new("ldd", [program]), CancellationToken.None);
        var expected = listed
            .Text.Split('\n', StringSplitOptions.TrimEntries)
            .Select(l => l.Split("=> ")[^1].Split(' ')[0])
            .Where(p => p.StartsWith('/'))
            .Select(Path.GetFileName);

        var found = _host.Closure(program).Select(Path.GetFileName).ToArray();

        Assert.That(expected, Is.SubsetOf(found));
        Assert.That(found, Does.Contain(Path.GetFileName(program)).And.Contain("libc.so.6"));
    }

    [Test]
    public void A_script_depends_on_its_interpreter_and_what_that_loads()
    {
        var script = _directory.File("script");
        File.WriteAllText(script, "#! /bin/sh -e\necho\n");

        Assert.That(_host.Closure(script).Select(Path.GetFileName), Does.Contain("sh").And.Contain("libc.so.6"));
    }

    [Test]
    public void A_changed_file_of_the_same_length_has_another_fingerprint()
    {
        var tool = _directory.File("tool");
        var step = new StepTools([new(tool, "x")], []);
        File.WriteAllText(tool, "#!/bin/sh\nexit 1\n");
        var before = _host.Of(step);
        File.WriteAllText(_directory.File("new"), "#!/bin/sh\nexit 2\n");
        File.Move(_directory.File("new"), tool, overwrite: true);

        var after = _host.Of(step);

        Assert.That(after.Single().Name, Is.EqualTo(before.Single().Name));
        Assert.That(after.Single().Digest, Is.Not.EqualTo(before.Single().Digest));
    }

    [Test]
    public async Task A_file_that_was_read_in_an_earlier_run_is_not_read_again_until_it_changes(CancellationToken cancellationToken)
    {
        var tool = _directory.File("tool");
        var step = new StepTools([new(tool, "x")], []);
        await File.WriteAllTextAsync(tool, "#!/bin/sh\nexit 1\n", cancellationToken);
        var first = Kept();
        var before = first.Of(step);
        await first.SaveAsync(cancellationToken);
        var cache = await File.ReadAllTextAsync(_directory.File("cache/tools.json"), cancellationToken);

        var forged = cache.Replace(
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(tool, cancellationToken))),
            new string('0', 64),
            StringComparison.Ordinal
        );
        await File.WriteAllTextAsync(_directory.File("cache/tools.json"), forged, cancellationToken);
        Assert.That(Kept().Of(step), Is.Not.EqualTo(before), "the digest comes from the cache");

        var modified = File.GetLastWriteTimeUtc(tool);
        await File.WriteAllTextAsync(tool, "#!/bin/sh\nexit 1 \n", cancellationToken);
        await File.WriteAllTextAsync(tool, "#!/bin/sh\nexit 1\n", cancellationToken);
        File.SetLastWriteTimeUtc(tool, modified);
        Assert.That(Kept().Of(step), Is.EqualTo(before), "the same file with the same times, written to meanwhile, is read again");
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("{\"version\": 2, \"files\": {}}")]
    [TestCase("{\"version\":1,\"files\":{\"/usr/bin/sh\":{\"stamp\":\"\",\"digest\":\"\",\"machine\":-1,\"interpreters\":[1]}}}")]
    public async Task A_damaged_cache_is_read_as_an_empty_one(string content)
    {
        Directory.CreateDirectory(_directory.File("cache"));
        await File.WriteAllTextAsync(_directory.File("cache/tools.json"), content);
        var step = new StepTools([new("sh", "dash")], []);

        Assert.That(Kept().Of(step), Is.EqualTo(_host.Of(step)));
    }

    [Test]
    public void Libraries_of_this_process_are_found_by_their_names()
    {
        var inputs = _host.Of(new([], ["liblzma.so.5", "libzstd.so.1", "libno-such-thing.so.1"]));

        Assert.That(inputs.Select(i => i.Name), Is.EqualTo(["library liblzma.so.5", "library libzstd.so.1"]));
    }

    [Test]
    public void All_missing_programs_are_named_at_once()
    {
        var missing = _host.Missing(new([new("no-such-a", "a"), new("sh", "dash"), new("no-such-b", "b")], []));

        Assert.That(missing.Select(d => d.Message), Is.EqualTo(["'no-such-a' is not installed", "'no-such-b' is not installed"]));
    }

    [Test]
    public void A_file_that_only_begins_like_a_program_is_a_file_without_libraries()
    {
        var file = _directory.File("cut");
        File.WriteAllBytes(file, File.ReadAllBytes("/usr/bin/ostree")[..1000]);

        Assert.That(_host.Closure(file), Is.EqualTo([file]));
    }
}
