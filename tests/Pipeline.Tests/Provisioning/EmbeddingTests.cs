using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>Contents that Butane puts into the config: from local files, encoded and compressed.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class EmbeddingTests
{
    private const string Fcos15 = "variant: fcos\nversion: 1.5.0\n";

    [Test]
    public void Local_files_need_a_directory()
    {
        var problems = new DiagnosticBag();
        Provisioner.Transpile(
            "c.bu",
            Fcos15 + "storage:\n  files:\n    - path: /a\n      contents:\n        local: a\n  trees:\n    - local: tree\n",
            new ButaneOptions(),
            problems
        );

        Assert.That(problems.Items.Select(d => d.Code), Is.EqualTo(["PL7212", "PL7212"]));
    }

    [TestCase("hello", "data:,hello", "")]
    [TestCase("Hello, world!\n", "data:,Hello%2C%20world!%0A", "")]
    [TestCase("äöü äöü", "data:;base64,w6TDtsO8IMOkw7bDvA==", "")]
    [TestCase("", "data:,", "")]
    public void The_smallest_encoding_is_chosen(string text, string source, string compression)
    {
        var made = Provisioner.Embed(Encoding.UTF8.GetBytes(text));

        Assert.That(made, Is.EqualTo((source, compression)));
    }

    [Test]
    public void Compressible_contents_are_compressed_the_same_way_every_time()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("all work and no play\n", 50)));
        var first = Provisioner.Embed(bytes);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Compression, Is.EqualTo("gzip"));
            Assert.That(first.Source, Does.StartWith("data:;base64,H4sIAAAAAAAC/"));
            Assert.That(Provisioner.Embed(bytes), Is.EqualTo(first));
        }
    }

    [Test]
    public void Given_compression_is_kept_and_the_bytes_are_not_compressed_again()
    {
        var config = TestFiles.Transpile(
            Fcos15
                + "storage:\n  files:\n    - path: /a\n      contents:\n        compression: gzip\n"
                + $"        inline: {new string('a', 300)}\n"
        );

        Assert.That(config.Storage.Files.Single().Contents!.Source, Is.EqualTo("data:," + new string('a', 300)));
    }

    [Test]
    public void The_first_version_only_escaped()
    {
        var config = TestFiles.Transpile(
            "variant: fcos\nversion: 1.0.0\nstorage:\n  files:\n    - path: /a\n      contents:\n        inline: äöü äöü\n"
        );

        Assert.That(
            config.Storage.Files.Single().Contents,
            Has.Property("Source").EqualTo("data:,%C3%A4%C3%B6%C3%BC%20%C3%A4%C3%B6%C3%BC").And.Property("Compression").Null
        );
    }
}
