using Pipeline.Compose;
using Pipeline.Compose.Families;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.Host;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

/// <summary>
/// A package of format 6, which rpm 6.1 built, signed and dumped; Debian 12 has no rpm that could. The expected digests are those that
/// <c>rpm -qp --qf</c> of that version gave.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class RpmFormat6Tests
{
    private static string File(string name) => SourceTree.Path($"tests/Pipeline.Tests/TestData/Rpm6/{name}");

    [Test]
    public async Task It_is_what_rpm_says_of_it(CancellationToken cancellationToken)
    {
        var dump = await System.IO.File.ReadAllTextAsync(File("dump.txt"), cancellationToken);

        var report = await InspectAsync(cancellationToken, File("key.pgp"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{report.Format}: {report.Name} {report.Version} {report.Architecture}", Is.EqualTo("rpm 6: six 1:1.2-3 noarch"));
            Assert.That(
                report.Files.Select(RpmOracleTests.Dump),
                Is.EqualTo(dump.TrimEnd('\n').Split('\n').Select(RpmOracleTests.WithoutTime))
            );
            Assert.That(
                report.Files.Where(f => f.Capabilities.Length > 0).Select(f => $"{f.Path} {f.Capabilities}"),
                Is.EqualTo(["/usr/bin/again cap_net_raw=ep", "/usr/bin/hello cap_net_raw=ep"])
            );
            Assert.That(report.Digests.Select(d => d.State), Is.All.EqualTo(PackageCheck.Good));
            Assert.That(
                report.Digests.Select(d => $"{d.Algorithm} {d.Covers} {d.Value[..16]}"),
                Is.EqualTo([
                    "SHA3-256 header 8818c86d1b51792b",
                    "SHA-256 header 965bd37a7e281f26",
                    "SHA-256 payload 9bcdc6bd4971f388",
                    "SHA-512 payload be0325f51390f6b0",
                    "SHA3-256 payload 278be5a3b788b48c",
                    "SHA-256 decoded payload d40bc2314d76ec18",
                ])
            );
            Assert.That(
                report.Signatures.Select(s => (s.Name, s.State, s.Key)),
                Is.EqualTo([("OPENPGP", PackageCheck.Good, "6990B36AE6B5ABCBF3E420093DD5FEA5317CD640")])
            );
            Assert.That(report.Relations.Select(r => r.Text), Does.Contain("(foo >= 2 if bar)"));
            Assert.That(report.Scripts.Select(s => (s.Name, s.Interpreter)), Is.EqualTo([("post", "<lua>")]));
        }
    }

    [Test]
    public void It_becomes_a_layer()
    {
        using var directory = new TemporaryDirectory();
        var objects = new LayerObjects(directory.File("objects"));
        using var writer = objects.NewWriter();
        using var file = System.IO.File.OpenRead(File("six-1.2-3.noarch.rpm"));

        var layer = new RpmReader((int)Libc.geteuid(), (int)Libc.getegid()).Read(file, writer, LayerLimits.Default, CancellationToken.None);
        writer.Commit();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                layer
                    .Entries.Select(e => $"{e.Kind} {e.Path} {Convert.ToString(e.Mode, 8)} {e.GroupName} {e.Target}")
                    .Order(StringComparer.Ordinal),
                Is.EqualTo([
                    "File etc/six.conf 644  ",
                    "File usr/bin/again 4755 adm ",
                    "File usr/bin/hello 4755 adm ",
                    "Symlink usr/bin/link 0  hello",
                ])
            );
            var hello = layer.Entries.Single(e => e.Path == "usr/bin/hello");
            Assert.That(hello.Object, Is.EqualTo(layer.Entries.Single(e => e.Path == "usr/bin/again").Object));
            Assert.That(System.IO.File.ReadAllText(objects.PathOf(hello.Object!)), Is.EqualTo("hi\n"));
        }
    }

    private static async Task<PackageReport> InspectAsync(CancellationToken cancellationToken, params string[] keys)
    {
        using var http = HttpStack.Create();
        var composer = new Composer(
            new()
            {
                Tools = new ToolRunner(),
                Reporter = new TestReporter(),
                Time = TimeProvider.System,
                Environment = _ => null,
                Http = http,
            }
        );
        return await composer.InspectPackageAsync(new(File("six-1.2-3.noarch.rpm"), "six", keys), cancellationToken);
    }
}
