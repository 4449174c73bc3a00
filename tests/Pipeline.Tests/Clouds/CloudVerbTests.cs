using System.Text.Json;
using Pipeline.Clouds.Disks;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Clouds;
using Pipeline.Tests.Cli;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Clouds;

/// <summary>The verbs against a cloud on loopback, from the command line to the documents.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CloudVerbTests : IDisposable
{
    private const string Id = "43.20260901.3.0";

    private readonly AwsServer _server = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
    }

    [Test, CancelAfter(120_000)]
    public async Task A_build_is_uploaded_copied_shared_and_recorded(CancellationToken cancellationToken)
    {
        await BuildAsync(cancellationToken);

        var first = await RunAsync(
            "upload",
            "aws",
            "--arch",
            "x86_64",
            "--region",
            "us-east-1",
            "--region",
            "us-west-2",
            "--public",
            "--json"
        );
        var again = await RunAsync("upload", "aws", "--arch", "x86_64", "--region", "us-east-1", "--region", "all", "--json");

        using var answer = JsonDocument.Parse(first.Output);
        var images = _server.Things.Where(t => t.Kind == "image").OrderBy(t => t.Region).ToArray();
        var meta = await Store.ReadBuildAsync(Id, Arch.X86_64, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.ExitCode, Is.Zero, first.Error);
            Assert.That(again.ExitCode, Is.Zero, again.Error);
            Assert.That(Actions(first.Output), Is.EqualTo(["us-east-1 uploaded", "us-west-2 copied"]));
            Assert.That(Actions(again.Output), Is.EqualTo(["us-east-1 found", "eu-central-1 copied", "us-west-2 found"]));
            Assert.That(answer.RootElement.GetProperty("sent").GetInt64(), Is.EqualTo(2 * DiskContent.BlockSize));
            Assert.That(images.Select(i => i.Region), Is.EqualTo(["eu-central-1", "us-east-1", "us-west-2"]));
            Assert.That(images.Select(i => i.Name).Distinct(), Is.EqualTo(["os-43.20260901.3.0-x86_64"]));
            Assert.That(images[1].Permissions, Is.EqualTo(["Group=all"]));
            Assert.That(images[1].Tags["pipeline-build"], Is.EqualTo(Id));
            Assert.That(meta.Amis!.Select(a => (a.Name, a.Hvm, a.Snapshot)), Is.EqualTo(images.Select(i => (i.Region, i.Id, i.Disk))));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_dry_run_changes_nothing(CancellationToken cancellationToken)
    {
        await BuildAsync(cancellationToken);
        var before = await Store.ReadMetaBytesAsync(Id, Arch.X86_64, cancellationToken);

        var run = await RunAsync(
            "upload",
            "aws",
            "--arch",
            "x86_64",
            "--region",
            "us-east-1",
            "--region",
            "us-west-2",
            "--dry-run",
            "--json"
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Actions(run.Output), Is.EqualTo(["us-east-1 upload", "us-west-2 copy"]), run.Error);
            Assert.That(_server.Things, Is.Empty);
            Assert.That(await Store.ReadMetaBytesAsync(Id, Arch.X86_64, cancellationToken), Is.EqualTo(before));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task One_region_that_fails_is_an_error_and_the_others_are_recorded(CancellationToken cancellationToken)
    {
        await BuildAsync(cancellationToken);
        _server.Add("image", "us-west-2", "os-43.20260901.3.0-x86_64", "available", []);

        var run = await RunAsync("upload", "aws", "--arch", "x86_64", "--region", "us-east-1", "--region", "us-west-2", "--json");

        var meta = await Store.ReadBuildAsync(Id, Arch.X86_64, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(5));
            Assert.That(run.Error, Does.Contain("PL6064"));
            Assert.That(Actions(run.Output), Is.EqualTo(["us-east-1 uploaded", "us-west-2 failed"]));
            Assert.That(meta.Amis!.Select(a => a.Name), Is.EqualTo(["us-east-1"]));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task Wrong_words_and_files_are_refused_before_anything_is_made(CancellationToken cancellationToken)
    {
        var artifact = await BuildAsync(cancellationToken);
        string[] upload = ["upload", "aws", "--arch", "x86_64"];
        using (Assert.EnterMultipleScope())
        {
            await FailsAsync(2, "PL6063", [.. upload, "--region", "eu-centrall-1"]);
            await FailsAsync(2, "PL6063", [.. upload, "--region", "us-east-1", "--region", "mars-1"]);
            await FailsAsync(2, "PL6072", [.. upload, "--endpoint", "ftp://x"]);
            await FailsAsync(2, "PL6090", [.. upload, "--tag", "x"]);
            await FailsAsync(2, "PL6091", [.. upload, "--deprecate-at", "tomorrow"]);
            await FailsAsync(2, "PL6074", ["upload", "gcp", "--arch", "x86_64"]);
            await FailsAsync(2, "PL6075", [.. upload, "--reconcile"]);
            await FailsAsync(2, "PL6080", ["upload", "vultr", "--arch", "x86_64", "--explain"]);
            await FailsAsync(2, "PL6092", ["cloud", "gc", "aws", "--older-than", "soon"]);
            await FailsAsync(2, "PL6093", ["launch", "aws"]);
            await FailsAsync(2, "PL6095", ["cloud", "console", "aws", "i-1"]);
            await FailsAsync(2, "PL6097", ["cloud", "launch", "aws", "--arch", "x86_64"]);
            await File.AppendAllTextAsync(artifact, "x", cancellationToken);
            await FailsAsync(5, "PL6067", upload);
        }

        Assert.That(_server.Things, Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task Expired_credentials_are_an_error_without_secrets(CancellationToken cancellationToken)
    {
        await BuildAsync(cancellationToken);
        _server.Fail("GetCallerIdentity", AwsFault.Expired, int.MaxValue);

        var run = await RunAsync("upload", "aws", "--arch", "x86_64");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("PL6061").And.Not.Contain("wJalrXUtnFEMI").And.Not.Contain("AKIDEXAMPLE"));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task What_is_old_is_listed_and_deleted_and_nothing_else(CancellationToken cancellationToken)
    {
        var tags = new Dictionary<string, string> { ["pipeline-owner"] = "pipeline", ["Name"] = "n" };
        _server.Add("instance", "eu-central-1", "old", "running", tags);
        _server.Add("instance", "eu-central-1", "theirs", "running", new() { ["Name"] = "theirs" });
        _server.Add("snapshot", "eu-central-1", "left", "pending", tags);
        _server.Add("image", "us-east-1", "image", "available", tags);
        var young = _server.Add("instance", "us-east-1", "young", "running", tags);
        young.Created = "2098-01-01T00:00:00.000Z";

        var list = await RunAsync("cloud", "list", "aws", "--region", "all", "--json");
        var dry = await RunAsync("cloud", "gc", "aws", "--region", "all", "--dry-run", "--json");
        var gone = _server.Count("TerminateInstances") + _server.Count("DeleteSnapshot");
        var run = await RunAsync("cloud", "gc", "aws", "--region", "all");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((list.ExitCode, dry.ExitCode, run.ExitCode), Is.EqualTo((0, 0, 0)), list.Error + dry.Error + run.Error);
            Assert.That(JsonDocument.Parse(list.Output).RootElement.GetArrayLength(), Is.EqualTo(4));
            Assert.That(JsonDocument.Parse(dry.Output).RootElement.GetArrayLength(), Is.EqualTo(2));
            Assert.That(gone, Is.Zero, "a dry run deletes nothing");
            Assert.That(
                _server.Things.Where(t => t.State != "terminated").Select(t => t.Name),
                Is.EquivalentTo(["theirs", "image", "young"])
            );
        }

        Assert.That((await RunAsync("cloud", "gc", "aws", "--region", "us-east-1", "--images")).ExitCode, Is.Zero);
        Assert.That(_server.Things.Any(t => t.Kind == "image"), Is.False);
    }

    [Test, CancelAfter(120_000)]
    public async Task An_instance_of_a_stream_is_launched_looked_at_and_ended(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(
            _directory.File("stable.json"),
            """
            {"stream":"stable","metadata":{"last-modified":"2026-09-01T00:00:00Z"},"architectures":{"x86_64":{"artifacts":{},
            "images":{"aws":{"regions":{"eu-central-1":{"release":"43.20260901.3.0","image":"ami-77"}}}}}}}
            """,
            cancellationToken
        );
        await File.WriteAllTextAsync(_directory.File("config.bu"), "variant: fcos\nversion: 1.5.0\n", cancellationToken);
        string[] launch = ["launch", "aws", "-s", "stable", "--stream-base-url", ".", "--arch", "x86_64", "--butane", "config.bu"];

        var print = await RunAsync([.. launch, "--print"]);
        var made = await RunAsync([.. launch, "--json"]);

        using var answer = JsonDocument.Parse(made.Output);
        var id = answer.RootElement.GetProperty("instance").GetString()!;
        var console = await RunAsync("cloud", "console", "aws", id);
        var end = await RunAsync("cloud", "terminate", "aws", id);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.ExitCode, Is.Zero, made.Error);
            Assert.That(print.Output, Does.StartWith("region = \"eu-central-1\"\nimage_id = \"ami-77\"\nuser_data_base64 = \""));
            Assert.That(answer.RootElement.GetProperty("address").GetString(), Is.EqualTo("192.0.2.7"));
            Assert.That(_server.Calls.Single(c => c.Action == "RunInstances")["ImageId"], Is.EqualTo("ami-77"));
            Assert.That(console.Output, Is.EqualTo("Linux version 6\n"));
            Assert.That(end.ExitCode, Is.Zero, end.Error);
            Assert.That(_server.Things.Single().State, Is.EqualTo("terminated"));
        }
    }

    [Test]
    public async Task The_vendors_steps_of_every_platform_are_pinned([ValueSource(nameof(Guided))] string platform)
    {
        var disk = PlatformTable.Known.Find(platform)!.Artifacts[0].Disk!;
        var architecture = disk.Architectures.Contains(Arch.X86_64) ? Arch.X86_64 : disk.Architectures[0];
        var suffix = disk.Compression switch
        {
            Compression.Xz => disk.Suffix + ".xz",
            Compression.Gzip => disk.Suffix + ".gz",
            Compression.Zip => disk.Suffix + ".zip",
            _ => disk.Suffix,
        };
        await BuildAsync(CancellationToken.None, platform, suffix, architecture);

        var run = await RunAsync("upload", platform, "--arch", architecture.Name, "--explain");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Golden.Check($"Clouds/explain-{platform}.txt", run.Output.Replace(_directory.Path, "/work-directory", StringComparison.Ordinal));
    }

    public static IEnumerable<string> Guided() =>
        PlatformTable.Known.Platforms.Where(p => p.Artifacts[0].Disk is not null).Select(p => p.Name);

    private BuildStore Store => new(new(_directory.Path), TimeProvider.System);

    private static string[] Actions(string output)
    {
        using var answer = JsonDocument.Parse(output);
        return
        [
            .. answer
                .RootElement.GetProperty("regions")
                .EnumerateArray()
                .Select(r => $"{r.GetProperty("region").GetString()} {r.GetProperty("action").GetString()}"),
        ];
    }

    private Task<CliRun> RunAsync(params string[] args) =>
        CliRun.Of([.. args, "-C", _directory.Path], _directory.Path, environment: AwsAccount.Environment(_server));

    private async Task FailsAsync(int code, string problem, string[] args)
    {
        var run = await RunAsync(args);
        Assert.That((run.ExitCode, run.Error.Contains(problem, StringComparison.Ordinal)), Is.EqualTo((code, true)), run.Error);
    }

    /// <summary>A build with one image; its path.</summary>
    private async Task<string> BuildAsync(
        CancellationToken cancellationToken,
        string platform = "aws",
        string suffix = "raw",
        Arch? architecture = null
    )
    {
        architecture ??= Arch.X86_64;
        await Stores.TestBuild.MakeAsync(Store, Id, architecture);
        var file = $"os-{Id}-{platform}.{architecture.Name}.{suffix}";
        var path = Path.Combine(Store.Directory(Id, architecture), file);
        var disk = new byte[(3 * DiskContent.BlockSize) + 512];
        disk[0] = 1;
        disk[^1] = 2;
        await File.WriteAllBytesAsync(path, disk, cancellationToken);
        List<JsonTextMember> entry =
        [
            new("path", new JsonTextString(file)),
            new("sha256", new JsonTextString(Digest.Of(disk).Hex)),
            new("size", new JsonTextNumber($"{disk.Length}")),
        ];
        if (suffix.EndsWith('z'))
        {
            entry.Add(new("uncompressed-sha256", new JsonTextString(Digest.Of("plain").Hex)));
            entry.Add(new("uncompressed-size", new JsonTextNumber("10737418240")));
        }

        await Store.UpdateMetaAsync(
            Id,
            architecture,
            meta =>
                meta.With("ostree-version", new JsonTextString(Id)).With("ostree-timestamp", new JsonTextString("2026-09-01T00:00:00Z")),
            cancellationToken
        );
        await Store.AddImagesAsync(
            Id,
            architecture,
            new Dictionary<string, JsonTextObject> { [platform] = new([.. entry]) },
            cancellationToken
        );
        return path;
    }
}
