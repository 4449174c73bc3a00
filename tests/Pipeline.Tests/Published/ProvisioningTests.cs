using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Provisioning;
using Pipeline.TestKit;
using Pipeline.Tests.Provisioning;

namespace Pipeline.Tests.Published;

/// <summary>
/// Published examples are translated without errors, judged as <c>ignition-validate</c> does, print as they were read, and give the result
/// whose digest is stored. A file that changed has no digest and is checked by the rest.
/// </summary>
[TestFixture, Category("published"), Parallelizable(ParallelScope.All)]
public sealed class ProvisioningTests
{
    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Butane))]
    public async Task A_published_butane_example_is_translated(string name)
    {
        var text = PublishedFolder.Read($"provisioning/butane/{name}");
        var problems = new DiagnosticBag();
        using var files = LocalFilesOf(text);
        var config = Provisioner.Transpile(name, text, new() { LocalFiles = new LocalFiles(files.Path) }, problems);

        Assert.That(config, Is.Not.Null, string.Join('\n', problems.Items));
        CheckWarnings($"butane/{name}", problems);
        await CheckAsync(config!, Provisioner.Write(config!, pretty: true));
        CheckDigest($"butane/{name}", text, Provisioner.Write(config!, pretty: true));
    }

    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Ignition))]
    public async Task A_published_ignition_example_is_read(string name)
    {
        var text = PublishedFolder.Read($"provisioning/ignition/{name}");
        var problems = new DiagnosticBag();
        Provisioner.ReadIgnition(name, text, problems);
        var config = TestFiles.Parse(text);

        CheckWarnings($"ignition/{name}", problems);
        await CheckAsync(config, text);
        CheckDigest($"ignition/{name}", text, Provisioner.Describe(config));
    }

    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Folder))]
    public void The_config_that_the_storage_page_calls_equal_is_equal(string folder)
    {
        var pages = Path.Combine(folder, "provisioning", "butane");
        Assert.That(
            TestFiles.Transpile(File.ReadAllText(Path.Combine(pages, "docs-storage-root-luks-1.6.bu"))),
            Is.EqualTo(TestFiles.Transpile(File.ReadAllText(Path.Combine(pages, "docs-storage-root-luks-expanded-1.6.bu"))))
        );
    }

    private static async Task CheckAsync(IgnitionConfig config, string text)
    {
        Assert.That(TestFiles.Parse(Provisioner.Write(config, pretty: true)), Is.EqualTo(config));
        Assert.That(Provisioner.Describe(config), Is.Not.Empty);
        if (config.Version.Minor <= 3)
        {
            var (accepts, says) = await IgnitionValidate.JudgeAsync(text);
            Assert.That(accepts, Is.True, says);
        }
    }

    private static void CheckWarnings(string file, DiagnosticBag problems)
    {
        var row = PublishedFolder
            .Read("provisioning/examples.tsv")
            .Split('\n')
            .Single(l => l.StartsWith($"{file}\t", StringComparison.Ordinal));

        Assert.That(string.Join(',', problems.Items.Select(d => d.Code).Distinct()), Is.EqualTo(row.Split('\t')[3].TrimStart('-')));
    }

    /// <summary>The table holds file, digest of the example and digest of the result.</summary>
    private static void CheckDigest(string file, string text, string result)
    {
        var line = $"{file}\t{Digest.Of(text).Hex}";
        var rows = File.ReadLines(Path.Combine(Golden.Root, "Published", "provisioning.tsv"));

        if (rows.FirstOrDefault(r => r.StartsWith(line, StringComparison.Ordinal)) is { } row)
        {
            Assert.That($"{line}\t{Digest.Of(result).Hex}", Is.EqualTo(row));
        }
    }

    /// <summary>Local files of the names that the examples use; what they hold is ours.</summary>
    private static TemporaryDirectory LocalFilesOf(string text)
    {
        var directory = new TemporaryDirectory();
        foreach (var line in text.Split('\n').Select(l => l.Trim().TrimStart('-').Trim()))
        {
            var name =
                line.Split(": ") is ["local" or "contents_local", var file] ? file
                : line.EndsWith(".pub", StringComparison.Ordinal) ? line
                : null;
            if (name is "tree" or "tree/directory")
            {
                Directory.CreateDirectory(directory.File(name));
                File.WriteAllText(directory.File($"{name}/overridden-file"), "own");
            }
            else if (name is not null)
            {
                File.WriteAllText(directory.File(name), Content(name));
            }
        }

        return directory;
    }

    private static string Content(string name) =>
        Path.GetExtension(name) switch
        {
            ".pub" => $"ssh-ed25519 AAAA{Path.GetFileNameWithoutExtension(name)} core@example.com\n",
            ".ign" => """{"ignition":{"version":"3.0.0"}}""",
            ".service" or ".conf" => "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
            _ => $"contents of {name}\n",
        };
}
