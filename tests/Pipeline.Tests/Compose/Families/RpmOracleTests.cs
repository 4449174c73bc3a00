using System.Globalization;
using Pipeline.Compose;
using Pipeline.Compose.Families;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Packages that rpmbuild built: we say of them what rpm says.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(Tiers.System), CancelAfter(300_000)]
public sealed class RpmOracleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = HttpStack.Create();

    public void Dispose()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    private static IEnumerable<string> Compressors() => RpmPackages.Compressors.Keys;

    [TestCaseSource(nameof(Compressors))]
    public async Task Rpm_dumps_the_same_files(string compressor, CancellationToken cancellationToken)
    {
        var package = await RpmPackages.BuildAsync(RpmPackages.Everything, compressor, cancellationToken);
        var expected = await RpmPackages.QueryAsync(package, cancellationToken, "--dump");

        var report = await InspectAsync(package, cancellationToken);

        Assert.That(report.Files.Select(Dump), Is.EqualTo(expected.TrimEnd('\n').Split('\n').Select(WithoutTime)));
    }

    [TestCaseSource(nameof(Compressors))]
    public async Task The_layer_has_every_file_but_ghosts(string compressor, CancellationToken cancellationToken)
    {
        var package = await RpmPackages.BuildAsync(RpmPackages.Everything, compressor, cancellationToken);
        var query = "[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME} %{FILEFLAGS} %{FILECAPS}\n]";
        var expected = (await RpmPackages.QueryAsync(package, cancellationToken, "--qf", query))
            .TrimEnd('\n')
            .Split('\n')
            .Select(l => l.Split(' '))
            .Where(w => (int.Parse(w[3], CultureInfo.InvariantCulture) & 64) == 0)
            .Select(w => $"{w[0]} {w[2]} {w[3]}");

        var objects = new LayerObjects(_directory.File("objects"));
        using var writer = objects.NewWriter();
        await using var file = File.OpenRead(package);
        var layer = new RpmReader((int)Pipeline.Host.Libc.geteuid(), (int)Pipeline.Host.Libc.getegid()).Read(
            file,
            writer,
            LayerLimits.Default,
            cancellationToken
        );
        writer.Commit();

        Assert.That(
            layer.Entries.Select(e => $"/{e.Path} {e.UserName ?? "root"} {e.Flags}").Order(StringComparer.Ordinal),
            Is.EqualTo(expected.Order(StringComparer.Ordinal))
        );
        var large = layer.Entries.Single(e => e.Path == "usr/share/large");
        Assert.That(await File.ReadAllTextAsync(objects.PathOf(large.Object!), cancellationToken), Is.EqualTo(new string('x', 300_000)));
    }

    [TestCaseSource(nameof(Compressors))]
    public async Task Rpm_names_the_same_package_relations_and_digests(string compressor, CancellationToken cancellationToken)
    {
        var package = await RpmPackages.BuildAsync(RpmPackages.Everything, compressor, cancellationToken);
        var report = await InspectAsync(package, cancellationToken);

        async Task<string> Ask(string query) => await RpmPackages.QueryAsync(package, cancellationToken, "--qf", query);

        async Task<string[]> Lines(string option) =>
            (await RpmPackages.QueryAsync(package, cancellationToken, option)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                $"{report.Name} {report.Version} {report.Architecture}",
                Is.EqualTo(await Ask("%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH}"))
            );
            Assert.That(report.Digests.Select(d => d.State), Is.All.EqualTo(PackageCheck.Good));
            Assert.That(
                report.Digests.Select(d => d.Value),
                Is.EqualTo((await Ask("%{SHA256HEADER} %{SHA1HEADER} %{PAYLOADDIGEST} %{SIGMD5} %{PAYLOADDIGESTALT}")).Split(' '))
            );
            foreach (var (kind, option) in new[] { ("provides", "--provides"), ("requires", "--requires"), ("recommends", "--recommends") })
            {
                Assert.That(
                    report.Relations.Where(r => r.Kind.Split('(')[0] == kind).Select(r => r.Text).Order(StringComparer.Ordinal),
                    Is.EqualTo((await Lines(option)).Order(StringComparer.Ordinal)),
                    kind
                );
            }

            Assert.That(
                report.Scripts.Select(s => $"{s.Name} {s.Interpreter} {s.Condition} {s.Text.Trim()}"),
                Is.EqualTo([
                    "post <lua>  print(\"x\")",
                    "preun /bin/sh  echo bye",
                    "triggerin /bin/sh bash echo triggered",
                    "transfiletriggerin /bin/sh /etc /usr/lib cat",
                ])
            );
            Assert.That(report.Fields.Single(f => f.Key == "summary[de]").Value, Is.EqualTo("Ein Gruss"));
        }
    }

    [TestCase("rsa2048")]
    [TestCase("ed25519")]
    public async Task What_rpmsign_signed_is_good_for_its_key_alone(string algorithm, CancellationToken cancellationToken)
    {
        var package = await RpmPackages.BuildAsync(RpmPackages.Everything, "gzip", cancellationToken);
        var signed = await RpmPackages.SignAsync(package, algorithm, cancellationToken);
        var other = algorithm == "rsa2048" ? "ed25519" : "rsa2048";

        var good = await InspectAsync(signed, cancellationToken, await RpmPackages.KeyFileAsync(algorithm, cancellationToken));
        var bad = await InspectAsync(signed, cancellationToken, await RpmPackages.KeyFileAsync(other, cancellationToken));
        var unasked = await InspectAsync(signed, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(good.Signatures.Select(s => s.State), Is.Not.Empty.And.All.EqualTo(PackageCheck.Good));
            Assert.That(good.Problem, Is.Null);
            Assert.That(bad.Signatures.Select(s => s.State), Is.All.EqualTo(PackageCheck.UnknownKey));
            Assert.That(bad.Problem, Does.Contain("its key was not given"));
            Assert.That(unasked.Signatures.Select(s => s.State), Is.All.EqualTo(PackageCheck.NotChecked));
            Assert.That(unasked.Problem, Is.Null);
        }
    }

    [TestCase("nistp256")]
    [TestCase("nistp384")]
    [TestCase("ed25519")]
    public async Task Each_signature_of_format_6_is_checked_by_itself(string algorithm, CancellationToken cancellationToken)
    {
        byte[] Sign(byte[] header) => RpmPackages.SignatureAsync(header, algorithm, cancellationToken).GetAwaiter().GetResult();

        var file = _directory.File("six.rpm");
        var package = new TinyRpm(new("six") { Files = [new("usr/f", "x")], Exact = true })
        {
            Format = 6,
            Signers = [TestSigningKey.Shared.SignDetached, Sign],
        };
        await File.WriteAllBytesAsync(file, package.Build(), cancellationToken);

        var report = await InspectAsync(file, cancellationToken, await RpmPackages.KeyFileAsync(algorithm, cancellationToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Signatures.Select(s => s.State), Is.EqualTo([PackageCheck.UnknownKey, PackageCheck.Good]));
            Assert.That(report.Problem, Is.Null);
        }
    }

    private Task<PackageReport> InspectAsync(string package, CancellationToken cancellationToken, params string[] keys) =>
        new Composer(
            new()
            {
                Tools = new ToolRunner(),
                Reporter = new TestReporter(),
                Time = TimeProvider.System,
                Environment = _ => null,
                Http = _http,
            }
        ).InspectPackageAsync(new(package, package, keys), cancellationToken);

    /// <summary>As <c>rpm --dump</c>: path, size, digest, mode, owner, group, whether it is a config and a doc, device, target.</summary>
    internal static string Dump(PackagedFile file)
    {
        var kind = file.Kind switch
        {
            "directory" => 0x4000,
            "link" => 0xa000,
            _ => 0x8000,
        };
        var digest = file.Digest.Length == 0 ? new string('0', 64) : file.Digest.Split(':')[1];
        var mode = "0" + Convert.ToString(kind | file.Mode, 8);
        var (config, doc) = (file.Flags.Contains("config") ? 1 : 0, file.Flags.Contains("doc") ? 1 : 0);
        var target = file.Target.Length > 0 ? file.Target : "X";
        return $"{file.Path} {file.Size} {digest} {mode} {file.User} {file.Group} {config} {doc} 0 {target}";
    }

    internal static string WithoutTime(string line)
    {
        var words = line.Split(' ');
        return string.Join(' ', words[..2].Concat(words[3..]));
    }
}
