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

    [Test]
    public async Task A_repository_that_climbs_out_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var tar = directory.File("evil.tar");
        await using (var writer = new System.Formats.Tar.TarWriter(File.Create(tar)))
        {
            await writer.WriteEntryAsync(
                new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "../evil")
                {
                    DataStream = new MemoryStream([1]),
                }
            );
        }

        Directory.CreateDirectory(directory.File("u"));
        var build = new BuildUnderTest
        {
            Id = "x",
            Image = "x",
            Format = "raw",
            ImageIdentity = "x",
            Repository = tar,
        };

        Assert.That(
            async () => await UpdateRepository.CreateAsync(_tools, build, "127.0.0.1", directory.File("u"), CancellationToken.None),
            Throws.TypeOf<PipelineException>().With.Property("Exit").EqualTo(ExitClass.Refused)
        );
        Assert.That(File.Exists(directory.File("u/evil")), Is.False);
    }

    private async Task<BuildUnderTest> BuildAsync(TemporaryDirectory directory)
    {
        var repository = directory.File("repo");
        var tree = directory.File("tree.tar");
        await using (var tar = new System.Formats.Tar.TarWriter(File.Create(tree), System.Formats.Tar.TarEntryFormat.Ustar))
        {
            foreach (var (name, text, user) in new[] { ("usr/lib/os-release", "VERSION=1.0\n", 0), ("usr/lib/owned", "x", 1234) })
            {
                await tar.WriteEntryAsync(
                    new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name)
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
        await System.Formats.Tar.TarFile.CreateFromDirectoryAsync(repository, directory.File("repo.tar"), includeBaseDirectory: false);
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
