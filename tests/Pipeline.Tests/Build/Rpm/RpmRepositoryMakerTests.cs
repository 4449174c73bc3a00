using Pipeline.Build.Rpm;
using Pipeline.Compose;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Build.Rpm;

/// <summary>Debian packages become a repository that rpm reads as it should, and whose bytes depend on the packages alone.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(Tiers.System), CancelAfter(300_000)]
public sealed class RpmRepositoryMakerTests : IDisposable
{
    private static readonly TinyPackage Tool = new("tool", "1:2.0-3")
    {
        Architecture = "amd64",
        Depends = "lib (>= 1.0), a | b",
        Files =
        [
            TinyFile.Script("usr/bin/tool", "#!/bin/sh\n"),
            TinyFile.HardLink("usr/bin/twin", "usr/bin/tool"),
            TinyFile.Link("usr/bin/soft", "tool"),
            new("usr/bin/set", "x", 0b100_111_101_101),
            new("etc/tool.conf", "c\n"),
            new("etc/init.d/tool", "old\n"),
            new("usr/share/doc/tool/copyright", "free\n"),
            new("usr/share/doc/tool/README", "read\n"),
            new("usr/share/locale/de/LC_MESSAGES/tool.mo", "ja\n"),
            new(@"usr/lib/systemd/system/a\x2db 100%.mount", "unit\n"),
            new("usr/bin/[", "bracket\n"),
            new("usr/share/a*[x]?", "pattern\n"),
        ],
        Scripts = new Dictionary<string, string> { ["conffiles"] = "/etc/tool.conf\n" },
    };

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Files_keep_their_modes_links_and_kinds(CancellationToken cancellationToken)
    {
        await MakeAsync("one", cancellationToken, Tool);

        var dump = await RpmAsync(
            cancellationToken,
            "-qp",
            "--qf",
            "[%{FILENAMES}|%{FILEMODES:octal}|%{FILEUSERNAME}|%{FILEFLAGS:fflags}|%{FILELANGS}|%{FILELINKTOS}\\n]",
            Package("one", "tool")
        );

        Assert.That(
            dump.TrimEnd('\n').Split('\n').Where(l => !l.Contains("|40755|", StringComparison.Ordinal)),
            Is.EquivalentTo([
                "/etc/tool.conf|100644|root|cn||",
                "/usr/bin/[|100644|root|||",
                "/usr/bin/set|104755|root|||",
                "/usr/bin/soft|120777|root|||tool",
                "/usr/bin/tool|100755|root|||",
                "/usr/bin/twin|100755|root|||",
                @"/usr/lib/systemd/system/a\x2db 100%.mount|100644|root|||",
                "/usr/share/doc/tool/README|100644|root|d||",
                "/usr/share/doc/tool/copyright|100644|root|l||",
                "/usr/share/locale/de/LC_MESSAGES/tool.mo|100644|root||de|",
                "/usr/share/a*[x]?|100644|root|||",
            ])
        );
    }

    [TestCase("usr/share/{a,b}")]
    [TestCase("usr/share/a\"b")]
    [TestCase(@"usr/share/a\x2d*")]
    public async Task A_path_that_no_spec_file_can_name_is_an_error(string path, CancellationToken cancellationToken)
    {
        var package = new TinyPackage("odd") { Files = [new(path, "x")] };

        var problem = await Assert.ThrowsAsync<PipelineException>(() => MakeAsync("one", cancellationToken, package));

        Assert.That(problem!.Diagnostics.Select(d => d.Code), Is.EqualTo(["PL0321"]));
    }

    [Test]
    public async Task Relations_and_the_version_are_rpms(CancellationToken cancellationToken)
    {
        await MakeAsync("one", cancellationToken, Tool);

        var requires = await RpmAsync(cancellationToken, "-qp", "--requires", Package("one", "tool"));
        var identity = await RpmAsync(cancellationToken, "-qp", "--qf", "%{EPOCH}:%{NVRA}", Package("one", "tool"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(requires.Split('\n'), Is.SupersetOf(["lib >= 1.0-0", "(a or b)", "essential"]));
            Assert.That(identity, Is.EqualTo("1:tool-2.0-3.x86_64"));
        }
    }

    [Test]
    public async Task The_same_packages_and_key_give_the_same_bytes_elsewhere(CancellationToken cancellationToken)
    {
        var lib = new TinyPackage("lib") { Essential = true, Files = [new("usr/lib/lib.so", "x")] };
        await MakeAsync("one", cancellationToken, Tool, lib);
        Directory.CreateDirectory(_directory.File("two"));
        File.Copy(_directory.File("one/key.secret"), _directory.File("two/key.secret"));
        await MakeAsync("two", cancellationToken, lib, Tool);

        Assert.That(await DigestsAsync("two", cancellationToken), Is.EqualTo(await DigestsAsync("one", cancellationToken)));
    }

    [Test]
    public async Task The_repositorys_key_signs_its_packages_and_its_index(CancellationToken cancellationToken)
    {
        var made = await MakeAsync("one", cancellationToken, Tool);
        var database = _directory.File("keys");
        await RpmAsync(cancellationToken, "--dbpath", database, "--import", _directory.File("one/key.asc"));

        var checkedPackage = await RpmAsync(cancellationToken, "--dbpath", database, "-K", Package("one", "tool"));
        var ring = _directory.File("ring.pgp");
        await new ToolRunner().RunAsync(
            new("gpg", ["--homedir", _directory.Path, "--batch", "--output", ring, "--dearmor", _directory.File("one/key.asc")]),
            cancellationToken
        );
        var index = Path.Combine(made, "repodata", "repomd.xml");
        await new ToolRunner().RunAsync(new("gpgv", ["--keyring", ring, $"{index}.asc", index]), cancellationToken);

        Assert.That(checkedPackage, Does.EndWith("digests signatures OK\n"));
    }

    [Test]
    public async Task A_repository_of_the_same_packages_is_not_made_again(CancellationToken cancellationToken)
    {
        var made = await MakeAsync("one", cancellationToken, Tool);
        File.WriteAllText(Path.Combine(made, "mark"), "");
        await MakeAsync("one", cancellationToken, Tool);
        Assert.That(File.Exists(Path.Combine(made, "mark")), Is.True);

        await MakeAsync("one", cancellationToken, Tool, new TinyPackage("more") { Files = [new("usr/share/more", "x")] });
        Assert.That(File.Exists(Path.Combine(made, "mark")), Is.False);
    }

    private async Task<string> MakeAsync(string name, CancellationToken cancellationToken, params TinyPackage[] packages)
    {
        var fetched = new List<FetchedFile>();
        foreach (var package in packages)
        {
            var bytes = package.Build();
            var file = _directory.File(Digest.Of(bytes).Hex);
            await File.WriteAllBytesAsync(file, bytes, cancellationToken);
            fetched.Add(new(package.Name, package.Version, package.Essential, file));
        }

        return await new RpmRepositoryMaker(new ToolRunner(), new TestReporter()).MakeAsync(
            fetched,
            Arch.X86_64,
            _directory.File(name),
            cancellationToken
        );
    }

    private string Package(string name, string package) =>
        Directory.EnumerateFiles(_directory.File($"{name}/x86_64/Packages"), $"{package}-*.rpm").Single();

    private async Task<IReadOnlyList<string>> DigestsAsync(string name, CancellationToken cancellationToken)
    {
        var root = _directory.File($"{name}/x86_64");
        var digests = new List<string>();
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            digests.Add($"{Path.GetRelativePath(root, file)} {(await FileDigest.OfAsync(file, cancellationToken)).Hex}");
        }

        return digests;
    }

    private static async Task<string> RpmAsync(CancellationToken cancellationToken, params string[] arguments) =>
        (await new ToolRunner().RunAsync(new("rpm", [.. arguments]), cancellationToken)).Text;
}
