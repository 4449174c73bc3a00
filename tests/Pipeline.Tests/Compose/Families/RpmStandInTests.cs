using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Packages without contents do in a tree what rpm does with the packages themselves, except for laying files.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(Tiers.System), CancelAfter(300_000)]
public sealed class RpmStandInTests : IDisposable
{
    /// <summary>Every script is Lua, which rpm runs itself: the trees of these tests have no shell.</summary>
    private const string Talkative = """
        Name: talkative
        Version: 1
        Release: 1
        Summary: It says what runs
        License: MIT
        BuildArch: noarch
        %description
        It says what runs.
        %install
        mkdir -p %{buildroot}/usr/share %{buildroot}/etc
        echo content > %{buildroot}/usr/share/talkative
        echo setting > %{buildroot}/etc/talkative.conf
        %pretrans -p <lua>
        print("pretrans")
        %pre -p <lua>
        print("pre")
        %post -p <lua>
        print("post sees " .. posix.stat("/usr/share/talkative", "mode"))
        %posttrans -p <lua>
        print("posttrans")
        %preun -p <lua>
        print("preun")
        %filetriggerin -p <lua> -- /etc
        print("filetrigger for " .. rpm.next_file())
        %transfiletriggerin -p <lua> -- /usr/share
        print("transfiletrigger")
        %files
        %attr(0640,root,root) /usr/share/talkative
        %config(noreplace) /etc/talkative.conf
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task The_database_has_the_same_records_as_by_installing(CancellationToken cancellationToken)
    {
        var package = await RpmPackages.BuildAsync(Talkative, "zstd", cancellationToken);
        var (signature, header) = await HeadersAsync(package);
        var standIn = _directory.File("standin.rpm");
        await File.WriteAllBytesAsync(standIn, RpmStandIn.ForDatabase(signature, header), cancellationToken);

        await InstallAsync("whole", [package], cancellationToken, "--noscripts", "--notriggers");
        await InstallAsync("one", [standIn], cancellationToken, "--justdb", "--noscripts", "--notriggers");
        await InstallAsync("two", [standIn], cancellationToken, "--justdb", "--noscripts", "--notriggers");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await HeaderOfAsync("one", cancellationToken), Is.EqualTo(await HeaderOfAsync("whole", cancellationToken)));
            Assert.That(await DatabaseAsync("two"), Is.EqualTo(await DatabaseAsync("one")), "the same bytes each time");
            Assert.That(File.Exists(_directory.File("one/usr/share/talkative")), Is.False);
        }
    }

    [Test]
    public async Task Scripts_and_triggers_run_early_and_late_and_no_file_is_touched(CancellationToken cancellationToken)
    {
        var package = await RpmPackages.BuildAsync(Talkative, "zstd", cancellationToken);
        var (_, header) = await HeadersAsync(package);
        var (early, late, some) = (_directory.File("early.rpm"), _directory.File("late.rpm"), _directory.File("some.rpm"));
        await File.WriteAllBytesAsync(early, RpmStandIn.ForScripts(header, early: true, new HashSet<RpmTag>()), cancellationToken);
        await File.WriteAllBytesAsync(late, RpmStandIn.ForScripts(header, early: false, new HashSet<RpmTag>()), cancellationToken);
        var policy = new HashSet<RpmTag> { RpmTag.PostIn, RpmTag.PostInProgram };
        await File.WriteAllBytesAsync(some, RpmStandIn.ForScripts(header, early: false, policy), cancellationToken);
        var laid = _directory.File("tree/usr/share/talkative");
        Directory.CreateDirectory(Path.GetDirectoryName(laid)!);
        await File.WriteAllTextAsync(laid, "ours", cancellationToken);
        File.SetUnixFileMode(laid, UnixFileMode.UserRead);

        var first = await InstallAsync("tree", [early], cancellationToken);
        Directory.Delete(_directory.File("tree/usr/lib/sysimage"), recursive: true);
        var second = await InstallAsync("tree", [late], cancellationToken);
        var third = await InstallAsync("other", [some], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Lines(first), Is.EqualTo(["pretrans", "pre"]));
            Assert.That(
                Lines(second),
                Is.EquivalentTo(["post sees r--------", "filetrigger for /etc/talkative.conf", "posttrans", "transfiletrigger"])
            );
            Assert.That(Lines(third), Is.EquivalentTo(["filetrigger for /etc/talkative.conf", "posttrans", "transfiletrigger"]));
            Assert.That(await File.ReadAllTextAsync(laid, cancellationToken), Is.EqualTo("ours"));
            Assert.That(File.GetUnixFileMode(laid), Is.EqualTo(UnixFileMode.UserRead));
            Assert.That(File.Exists(_directory.File("tree/etc/talkative.conf")), Is.False);
        }
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<(RpmHeader Signature, RpmHeader Header)> HeadersAsync(string package)
    {
        await using var file = File.OpenRead(package);
        var read = RpmPackageFile.Read(file, LayerLimits.Default);
        return (read.Signature, read.Header);
    }

    private async Task<string> InstallAsync(
        string tree,
        ValueList<string> packages,
        CancellationToken cancellationToken,
        params string[] options
    )
    {
        Directory.CreateDirectory(_directory.File(tree));
        ValueList<string> all = ["-i", "--nodeps", "--nodigest", "--nosignature", "--force-debian", .. options, .. packages];
        return await RpmAsync(tree, all, cancellationToken);
    }

    /// <summary>All of the package's record but when it was installed and which of its files were.</summary>
    private Task<string> HeaderOfAsync(string tree, CancellationToken cancellationToken) =>
        RpmAsync(
            tree,
            ["-q", "--qf", "%{SHA256HEADER} %{SIGMD5} [%{FILENAMES} %{FILEFLAGS} %{FILEDIGESTS}\n]", "talkative"],
            cancellationToken
        );

    private Task<byte[]> DatabaseAsync(string tree) => File.ReadAllBytesAsync(_directory.File($"{tree}/usr/lib/sysimage/rpm/rpmdb.sqlite"));

    /// <summary>rpm in a user namespace of its own: it changes the root directory, and nothing else needs to be root.</summary>
    private async Task<string> RpmAsync(string tree, ValueList<string> arguments, CancellationToken cancellationToken)
    {
        ValueList<string> all =
        [
            "--map-root-user",
            "rpm",
            "--root",
            _directory.File(tree),
            "--define",
            "_dbpath /usr/lib/sysimage/rpm",
            .. arguments,
        ];
        var command = new ToolCommand("unshare", all)
        {
            Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1704164645" },
        };
        return (await new ToolRunner().RunAsync(command, cancellationToken)).Text;
    }
}
