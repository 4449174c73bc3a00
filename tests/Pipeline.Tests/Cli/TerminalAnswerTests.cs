using Pipeline.Host.Files;
using Pipeline.Tests.Contracts;

namespace Pipeline.Tests.Cli;

/// <summary>Answers for people about files of others that try to steer the terminal.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TerminalAnswerTests : IDisposable
{
    private const string Json = "x\\u001b]0;pwn\\u0007\\u009b2J\\u202ey";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Of_manifest_show()
    {
        await File.WriteAllTextAsync(
            _directory.File("m.yaml"),
            $"schema: compose/v1\nmetadata: {{name: test}}\nrepos: [r]\npackages: [a]\nvariables: {{v: \"{Json}\"}}\n"
        );

        await HarmlessAsync("v=x?]0;pwn??2J?y", "manifest", "show", "m.yaml");
    }

    [Test]
    public async Task Of_builds_show()
    {
        var build = _directory.File("work/builds/1.20240102.0.0/x86_64");
        Directory.CreateDirectory(build);
        await File.WriteAllTextAsync(
            Path.Combine(build, "meta.json"),
            $$$"""{"buildid":"1.20240102.0.0","name":"{{{Json}}}","images":{"{{{Json}}}":{"path":"{{{Json}}}","size":1}} }"""
        );
        await File.WriteAllTextAsync(
            _directory.File("work/builds/builds.json"),
            $$"""{"builds":[{"id":"1.20240102.0.0","arches":["x86_64","{{Json}}"]}]}"""
        );

        await HarmlessAsync("x?]0;pwn", "-C", "work", "builds", "show", "--arch", "x86_64");
        await HarmlessAsync("x86_64          x?]0;pwn", "-C", "work", "builds", "list");
        await HarmlessAsync("hint", "-C", "work", "builds", "show", "--arch", "s390x");
    }

    [Test]
    public async Task Of_kola_list()
    {
        Directory.CreateDirectory(_directory.File("tests/a"));
        var test = _directory.File("tests/a/test.sh");
        await File.WriteAllTextAsync(test, $"#!/bin/bash\n## kola:\n##   description: \"{Json}\"\ntrue\n");
        File.SetUnixFileMode(test, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);

        await HarmlessAsync("x?]0;pwn", "-C", "work", "kola", "list", "-E", "tests");
    }

    [TestCase("stream.json", "stream diff bad.json stream.json")]
    [TestCase("updates.json", "rollout report bad.json --index releases.json")]
    [TestCase("updates.json", "rollout print bad.json")]
    [TestCase("stream.json", "contract check stream bad.json")]
    [TestCase("releases.json", "graph simulate --index bad.json --updates updates.json --arch x86_64")]
    public async Task Of_documents(string file, string call)
    {
        foreach (var good in Directory.EnumerateFiles(ContractFiles.Root))
        {
            File.Copy(good, _directory.File(Path.GetFileName(good)));
        }

        var text = await File.ReadAllTextAsync(_directory.File(file));
        await File.WriteAllTextAsync(_directory.File("bad.json"), text.Replace("\"stable\"", $"\"{Json}\"", StringComparison.Ordinal));
        await HarmlessAsync("", call.Split(' '));
        var hostile = Garbage.Of(System.Text.Encoding.UTF8.GetBytes(text)).Where(g => g.Name.Contains("u001b", StringComparison.Ordinal));
        foreach (var (_, bytes) in hostile)
        {
            await File.WriteAllBytesAsync(_directory.File("bad.json"), bytes);
            await HarmlessAsync("", call.Split(' '));
        }
    }

    private async Task HarmlessAsync(string shown, params string[] args)
    {
        var run = await CliRun.Of(args, _directory.Path);
        var all = run.Output + run.Error;

        Assert.That(all.Where(c => c is < ' ' and not ('\n' or '\t') or (>= '\x7f' and <= '\x9f') or '\u202e'), Is.Empty, all);
        Assert.That(all, Does.Contain(shown));
    }
}
