using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Cli;

/// <summary><c>pipeline package inspect</c> through the whole command line.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase), CancelAfter(60_000)]
public sealed class PackageInspectTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static TinyPackage Tiny { get; } =
        new("tiny", "1.0")
        {
            Exact = true,
            Depends = "libc6, (a if b)",
            Files =
            [
                TinyFile.Directory("usr/d", 0b10_111_101_000),
                new("usr/d/a", "content"),
                TinyFile.HardLink("usr/d/b", "usr/d/a"),
                TinyFile.Link("usr/d/l", "a"),
                new("usr/d/suid", "x", 0b100_111_101_101),
            ],
            Scripts = new Dictionary<string, string> { ["postinst"] = "#!/bin/sh\ntrue\n", ["conffiles"] = "/usr/d/a\n" },
        };

    private static TinyRpm Rpm { get; } =
        new(
            Tiny with
            {
                Compressed = false,
                Scripts = new Dictionary<string, string> { ["postinst"] = "true\nfalse\n" },
            }
        )
        {
            Capabilities = new Dictionary<string, string> { ["usr/d/suid"] = "cap_net_raw=ep" },
            Flags = new Dictionary<string, int> { ["usr/d/a"] = 0, ["usr/d/suid"] = 17 },
            Ima = new Dictionary<string, string> { ["usr/d/suid"] = "0302" },
        };

    [TestCase("deb")]
    [TestCase("rpm")]
    [TestCase("rpm6")]
    public async Task What_is_in_a_package_is_pinned(string kind)
    {
        var bytes = kind switch
        {
            "deb" => Tiny.Build(),
            "rpm" => Rpm.Build(),
            _ => (Rpm with { Format = 6, Stripped = true }).Build(),
        };
        await File.WriteAllBytesAsync(_directory.File($"tiny.{kind}"), bytes);

        var text = await RunAsync("package", "inspect", $"tiny.{kind}");
        var json = await RunAsync("package", "inspect", $"tiny.{kind}", "--json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text.ExitCode, Is.Zero, text.Error);
            Assert.That(json.ExitCode, Is.Zero, json.Error);
            Golden.Check($"Cli/package-inspect-{kind}.txt", text.Output);
            Golden.Check($"Cli/package-inspect-{kind}.json", json.Output);
        }
    }

    [Test]
    public async Task With_its_key_a_signature_is_good_and_with_another_the_package_is_refused()
    {
        using var other = new TestSigningKey();
        await File.WriteAllBytesAsync(_directory.File("a.rpm"), (Rpm with { Signers = [TestSigningKey.Shared.SignDetached] }).Build());
        await File.WriteAllTextAsync(_directory.File("key.asc"), TestSigningKey.Shared.ArmouredPublicKey());
        await File.WriteAllBytesAsync(_directory.File("other.pgp"), other.PublicKey());

        var good = await RunAsync("package", "inspect", "a.rpm", "--key", "other.pgp", "--key", "key.asc");
        var bad = await RunAsync("package", "inspect", "a.rpm", "--key", "other.pgp");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(good.ExitCode, Is.Zero, good.Error);
            Assert.That(good.Output, Does.Contain($"good         RSAHEADER of header by {TestSigningKey.Shared.Fingerprint}"));
            Assert.That(bad.ExitCode, Is.EqualTo(5));
            Assert.That(bad.Output, Does.Contain("unknown-key  RSAHEADER"), "what is known is shown nevertheless");
            Assert.That(bad.Error, Does.Contain("PL2008").And.Contain("its key was not given"));
        }
    }

    [TestCase("deb", Description = "Debian's are not signed one by one")]
    [TestCase("rpm")]
    public async Task A_package_without_a_signature_is_refused_when_a_key_is_given(string kind)
    {
        await File.WriteAllBytesAsync(_directory.File("p"), kind == "deb" ? Tiny.Build() : Rpm.Build());
        await File.WriteAllBytesAsync(_directory.File("key"), TestSigningKey.Shared.PublicKey());

        var run = await RunAsync("package", "inspect", "p", "--key", "key");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(5));
            Assert.That(run.Error, Does.Contain("PL2008").And.Contain("no signature"));
        }
    }

    [Test]
    public async Task A_wrong_digest_is_shown_and_refuses()
    {
        var md5 = new Dictionary<string, string> { ["md5sums"] = $"{new string('0', 32)}  usr/d/a\n" };
        await File.WriteAllBytesAsync(_directory.File("a.deb"), (Tiny with { Scripts = md5 }).Build());
        await File.WriteAllBytesAsync(_directory.File("a.rpm"), (Rpm with { Signature = s => s.Text(273, new('0', 64)) }).Build());

        foreach (
            var (file, shown) in new[] { ("a.deb", "bad          MD5 of file 'usr/d/a'"), ("a.rpm", "bad          SHA-256 of header") }
        )
        {
            var run = await RunAsync("package", "inspect", file);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(run.ExitCode, Is.EqualTo(5));
                Assert.That(run.Output, Does.Contain(shown));
                Assert.That(run.Error, Does.Contain("PL2008"));
            }
        }
    }

    [TestCase("deb")]
    [TestCase("rpm")]
    public async Task A_hostile_package_is_refused(string kind)
    {
        var package = Tiny with { Files = [new("../../etc/evil", "x")] };
        await File.WriteAllBytesAsync(_directory.File("p"), kind == "deb" ? package.Build() : new TinyRpm(package).Build());

        var run = await RunAsync("package", "inspect", "p");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(5));
            Assert.That(run.Error, Does.Contain("PL2002").And.Contain("climbs out"));
        }
    }

    [Test]
    public async Task What_is_no_package_file_is_bad_input()
    {
        Directory.CreateDirectory(_directory.File("directory"));
        await new ToolRunner().RunAsync(new("mkfifo", [_directory.File("fifo")]), CancellationToken.None);
        await File.WriteAllTextAsync(_directory.File("text"), "hello");
        await File.WriteAllTextAsync(_directory.File("empty"), "");

        foreach (
            var (file, code) in new[]
            {
                ("directory", "PL0323"),
                ("fifo", "PL0323"),
                ("text", "PL2007"),
                ("empty", "PL2007"),
                ("none", "PL2007"),
            }
        )
        {
            var run = await RunAsync("package", "inspect", file);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(run.ExitCode, Is.EqualTo(2), file);
                Assert.That(run.Error, Does.Contain(code).And.Contain("hint:"), file);
            }
        }

        await File.WriteAllBytesAsync(_directory.File("p"), Rpm.Build());
        foreach (var key in new[] { "directory", "fifo", "text", "empty", "none" })
        {
            var run = await RunAsync("package", "inspect", "p", "--key", key);

            Assert.That(run.ExitCode, Is.EqualTo(2), key);
            Assert.That(run.Error, Does.Contain("PL1109"), key);
        }
    }

    [Test]
    public async Task Texts_of_a_package_cannot_steer_a_terminal()
    {
        const string evil = "x\u001b]0;pwn\u0007\u009b2J\u202ey";
        var package = new TinyRpm(Tiny with { Scripts = new Dictionary<string, string> { ["postinst"] = evil } })
        {
            Header = h =>
            {
                h.Translations(1004, [evil]);
                h.Text(1014, evil);
                h.Texts(1049, [evil, evil]);
            },
        };
        await File.WriteAllBytesAsync(_directory.File("p"), package.Build());

        var run = await RunAsync("package", "inspect", "p");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Output, Does.Contain("x?]0;pwn??2J?y"));
            Assert.That(run.Output.Where(c => (char.IsControl(c) && c != '\n') || c == '\u202e'), Is.Empty);
        }
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.Of(arguments, _directory.Path);
}
