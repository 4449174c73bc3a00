using System.Formats.Tar;
using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>A work directory with one build of a few files: enough for ostree to deploy, far from enough to boot.</summary>
internal sealed class TinyBuild : IDisposable
{
    public const string Id = "1.20231114.0.dev0";
    private const long Epoch = 1_700_000_000;
    private readonly TemporaryDirectory _directory = new();
    private readonly ToolRunner _tools = new();

    /// <summary>The work directory.</summary>
    public string Work => _directory.File("work");

    /// <summary>The build's directory.</summary>
    public string Build => Path.Combine(Work, "builds", Id, "x86_64");

    /// <summary>The archive with the commit.</summary>
    public string Archive => Path.Combine(Build, $"tiny-{Id}-ostree.x86_64.tar");

    /// <summary>A path of our own.</summary>
    public string File(string name) => _directory.File(name);

    public void Dispose() => _directory.Dispose();

    /// <summary>Commits the tree and publishes the build.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken, bool labelled = false)
    {
        var tree = _directory.File("tree.tar");
        WriteTree(tree, labelled);
        var policy = _directory.File("policy");
        TinyPolicy.Write(policy);
        var repo = _directory.File("repo");
        await _tools.RunAsync(new("ostree", ["init", $"--repo={repo}", "--mode=archive"]), cancellationToken);
        var commit = (
            await _tools.RunAsync(
                new(
                    "ostree",
                    [
                        "commit",
                        $"--repo={repo}",
                        "--branch=tiny/x86_64",
                        $"--tree=tar={tree}",
                        $"--timestamp=@{Epoch}",
                        .. labelled ? [$"--selinux-policy={policy}", "--tar-autocreate-parents"] : (string[])["--no-xattrs"],
                    ]
                ),
                cancellationToken
            )
        ).Text.Trim();
        var staging = Directory.CreateDirectory(Path.Combine(Work, "builds", ".staging")).FullName;
        var archive = Path.Combine(staging, Path.GetFileName(Archive));
        await TarFile.CreateFromDirectoryAsync(repo, archive, includeBaseDirectory: false, cancellationToken);
        var image = new JsonTextObject([
            new("path", new JsonTextString(Path.GetFileName(Archive))),
            new("sha256", new JsonTextString(Digest.Of(await System.IO.File.ReadAllBytesAsync(archive, cancellationToken)).Hex)),
            new("size", new JsonTextNumber($"{new FileInfo(archive).Length}")),
        ]);
        var meta = new JsonTextObject([
            new("buildid", new JsonTextString(Id)),
            new("name", new JsonTextString("tiny")),
            new("ostree-commit", new JsonTextString(commit)),
            new("ostree-timestamp", new JsonTextString("2023-11-14T22:13:20Z")),
            new("ostree-version", new JsonTextString(Id)),
            new("images", new JsonTextObject([new("ostree", image)])),
        ]);
        await System.IO.File.WriteAllTextAsync(
            Path.Combine(staging, "meta.json"),
            JsonTextWriter.Write(meta, JsonStyle.Pretty),
            cancellationToken
        );
        await new BuildStore(new(Work), TimeProvider.System).PublishAsync(
            staging,
            Id,
            Arch.X86_64,
            replace: false,
            _ => { },
            cancellationToken
        );
    }

    /// <summary>Runs the command line as a process of its own under a given umask and time zone.</summary>
    public Task<ToolResult> RunAsync(string umask, string zone, string[] arguments, CancellationToken cancellationToken) =>
        Tool(Command(umask, zone, Work, arguments), cancellationToken);

    private Task<ToolResult> Tool(ToolCommand command, CancellationToken cancellationToken)
    {
        Tiers.RequireSystem("a user namespace");
        return _tools.RunAsync(command, cancellationToken);
    }

    /// <summary>The command line as a process of its own under a given umask and time zone.</summary>
    public static ToolCommand Command(string umask, string zone, string work, params string[] arguments) =>
        new("sh", ["-c", $"umask {umask}; exec \"$@\"", "sh", Path.Combine(AppContext.BaseDirectory, "pipeline"), "-C", work, .. arguments])
        {
            Environment = new Dictionary<string, string>
            {
                ["TZ"] = zone,
                ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
            },
            Accepted = [.. Enumerable.Range(0, 256)],
        };

    /// <summary>Runs a program that must succeed.</summary>
    public async Task<string> ToolAsync(string program, params string[] arguments) =>
        (await _tools.RunAsync(new(program, [.. arguments]), CancellationToken.None)).Text;

    private static void WriteTree(string path, bool labelled)
    {
        using var writer = new TarWriter(System.IO.File.Create(path), TarEntryFormat.Pax);
        foreach (
            var folder in (string[])
                [
                    "./",
                    "usr",
                    "usr/bin",
                    "usr/etc",
                    "usr/lib",
                    "usr/lib/modules",
                    "usr/lib/modules/6.1",
                    "usr/lib/pipeline",
                    "usr/lib/pipeline/grub",
                    "boot",
                    "sysroot",
                    "var",
                    "proc",
                ]
        )
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, folder) { Mode = (UnixFileMode)0x1ED });
        }

        Add("usr/lib/os-release", "ID=tiny\nNAME=Tiny\nPRETTY_NAME='Tiny 1'\nVERSION_ID=1\n");
        Add("usr/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
        Add("usr/lib/modules/6.1/vmlinuz", new string('k', 100_000));
        Add("usr/lib/modules/6.1/initramfs.img", new string('i', 200_000));
        Add("usr/lib/pipeline/grub/early.cfg", "search --no-floppy --set=root --label boot\nconfigfile ($root)/grub/static.cfg\n");
        Add("usr/lib/pipeline/grub/static.cfg", "source /loader/grub.cfg\n");
        Add("usr/lib/pipeline/grub/grubenv", "# GRUB Environment Block\n".PadRight(1024, '#'));
        Add("usr/bin/sudo", "set-id", mode: 0x9ED);
        Add("usr/bin/other", "owned by 33 and 44", user: 33, group: 44);
        for (var i = 0; i < 200; i++)
        {
            Add($"usr/lib/file{i}", new string('x', i * 37));
        }

        if (labelled)
        {
            foreach (var (file, content) in TinyPolicy.Files)
            {
                Add($"usr/etc/{file}", content);
            }

            Add("usr/share/config", TinyPolicy.Files[0].Content, user: 7);
            Add("usr/share/same", TinyPolicy.Files[0].Content);
            Add("usr/share/a \"b\" <2>\nfile", "a name that means something to debugfs");
        }

        void Add(string name, string text, int mode = 0x1A4, int user = 0, int group = 0) =>
            writer.WriteEntry(
                new PaxTarEntry(TarEntryType.RegularFile, name)
                {
                    Mode = (UnixFileMode)mode,
                    Uid = user,
                    Gid = group,
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                }
            );
    }
}
