using System.Formats.Tar;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Runs;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Kola;

/// <summary>With the real ostree and gpg on a tree of three files.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class UpdateRepositoryTests
{
    private readonly ToolRunner _tools = new();

    [Test]
    public async Task The_update_differs_in_two_files_is_newer_signed_and_served()
    {
        using var directory = new TemporaryDirectory();
        var build = await BuildAsync(directory);
        Directory.CreateDirectory(directory.File("u"));
        await using var update = await UpdateRepository.CreateAsync(
            _tools,
            build,
            "127.0.0.1",
            directory.File("u"),
            CancellationToken.None
        );
        var client = directory.File("client");
        await OstreeAsync("--repo=" + client, "init", "--mode=archive");
        await File.WriteAllBytesAsync(directory.File("key.asc"), update.Update.Key.Content.ToArray());
        var url = update.Update.Variables["PIPELINE_UPDATE_URL"];
        await OstreeAsync(
            "--repo=" + client,
            "remote",
            "add",
            "--set=gpg-verify=true",
            "--gpg-import=" + directory.File("key.asc"),
            "up",
            url
        );

        await OstreeAsync("--repo=" + client, "pull", "up", update.Update.Variables["PIPELINE_UPDATE_REF"]);
        var refused = await _tools.RunAsync(
            new("ostree", ["--repo=" + client, "pull", "up", update.Update.Variables["PIPELINE_UPDATE_UNSIGNED_REF"]])
            {
                Accepted = [0, 1],
            },
            CancellationToken.None
        );
        var commit = update.Update.Variables["PIPELINE_UPDATE_COMMIT"];
        var diff = await OstreeAsync("--repo=" + directory.File("u/repo"), "diff", build.Commit!, commit);
        var shown = await OstreeAsync("--repo=" + client, "show", commit);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                await OstreeAsync("--repo=" + client, "rev-parse", "up:" + update.Update.Variables["PIPELINE_UPDATE_REF"]),
                Is.EqualTo(commit + "\n")
            );
            Assert.That(await OstreeAsync("--repo=" + client, "cat", commit, "/usr/lib/os-release"), Is.EqualTo("VERSION=1.0.update\n"));
            Assert.That(await OstreeAsync("--repo=" + client, "show", "--print-metadata-key=ostree.linux", commit), Is.EqualTo("'6.12'\n"));
            Assert.That(
                diff.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                Is.EquivalentTo(["M    /usr/lib/os-release", "A    /usr/lib/pipeline-update"])
            );
            Assert.That(await OstreeAsync("--repo=" + client, "ls", commit, "/usr/lib/owned"), Does.StartWith("-00600 1234 42 "));
            Assert.That(shown, Does.Contain("2026-01-01 01:00:00"));
            Assert.That(refused.ExitCode, Is.EqualTo(1));
            Assert.That(refused.ErrorTail, Does.Contain("GPG"));
        }
    }

    [TestCase("../evil", TarEntryType.RegularFile)]
    [TestCase("hooks/evil", TarEntryType.RegularFile)]
    [TestCase("refs/heads/evil", TarEntryType.SymbolicLink)]
    [TestCase("refs/heads/evil", TarEntryType.RegularFile)]
    public async Task A_repository_with_something_else_is_refused(string name, TarEntryType type)
    {
        using var directory = new TemporaryDirectory();
        var build = await BuildAsync(directory);
        await AddAsync(directory.File("repo"), build.Repository!, name, type, "evil");

        var e = (await Assert.ThrowsAsync<PipelineException>(() => ServeAsync(directory, build)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused));
            Assert.That(File.Exists(directory.File("u/evil")), Is.False);
        }
    }

    [Test]
    public async Task A_repository_of_another_build_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var build = await BuildAsync(directory) with { Commit = new('a', 64) };

        var e = (await Assert.ThrowsAsync<PipelineException>(() => ServeAsync(directory, build)))!;

        Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused));
    }

    [Test]
    public async Task The_configuration_of_a_repository_is_not_taken()
    {
        using var directory = new TemporaryDirectory();
        var build = await BuildAsync(directory);
        var config = directory.File("repo/config");
        await File.AppendAllTextAsync(config, "parent=/etc\n");
        File.Delete(build.Repository!);
        await TarFile.CreateFromDirectoryAsync(directory.File("repo"), build.Repository!, includeBaseDirectory: false);

        await using var update = await ServeAsync(directory, build with { Commit = null });

        Assert.That(await File.ReadAllTextAsync(directory.File("u/repo/config")), Does.Not.Contain("parent"));
    }

    private Task<UpdateRepository> ServeAsync(TemporaryDirectory directory, BuildUnderTest build)
    {
        var target = Directory.CreateDirectory(directory.File("u")).FullName;
        return UpdateRepository.CreateAsync(_tools, build, "127.0.0.1", target, CancellationToken.None);
    }

    /// <summary>Writes the archive again with one entry more.</summary>
    private static async Task AddAsync(string repository, string tar, string name, TarEntryType type, string text)
    {
        await using var writer = new TarWriter(File.Create(tar));
        foreach (var file in Directory.EnumerateFiles(repository, "*", SearchOption.AllDirectories))
        {
            await writer.WriteEntryAsync(file, Path.GetRelativePath(repository, file));
        }

        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        var entry = new PaxTarEntry(type, name);
        if (type == TarEntryType.SymbolicLink)
        {
            entry.LinkName = "/etc/passwd";
        }
        else
        {
            entry.DataStream = content;
        }

        await writer.WriteEntryAsync(entry);
    }

    private async Task<BuildUnderTest> BuildAsync(TemporaryDirectory directory)
    {
        var repository = directory.File("repo");
        var tree = directory.File("tree.tar");
        await using (var tar = new TarWriter(File.Create(tree), TarEntryFormat.Ustar))
        {
            foreach (var (name, text, user) in new[] { ("usr/lib/os-release", "VERSION=1.0\n", 0), ("usr/lib/owned", "x", 1234) })
            {
                await tar.WriteEntryAsync(
                    new UstarTarEntry(TarEntryType.RegularFile, name)
                    {
                        Uid = user,
                        Gid = user == 0 ? 0 : 42,
                        Mode = (UnixFileMode)(user == 0 ? 0x1a4 : 0x180),
                        DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)),
                    }
                );
            }
        }

        await OstreeAsync("--repo=" + repository, "init", "--mode=archive");
        var commit = await OstreeAsync(
            "--repo=" + repository,
            "commit",
            "--branch=os",
            "--tree=tar=" + tree,
            "--tar-autocreate-parents",
            "--timestamp=2026-01-01 00:00:00 +0000",
            "--add-metadata-string=version=1.0",
            "--add-metadata-string=ostree.linux=6.12"
        );
        await TarFile.CreateFromDirectoryAsync(repository, directory.File("repo.tar"), includeBaseDirectory: false);
        return new()
        {
            Id = "b",
            Image = "x",
            Format = "qcow2",
            ImageIdentity = "x",
            Commit = commit.Trim(),
            Repository = directory.File("repo.tar"),
        };
    }

    private async Task<string> OstreeAsync(params string[] arguments) =>
        (await _tools.RunAsync(new("ostree", [.. arguments]), CancellationToken.None)).Text;
}
