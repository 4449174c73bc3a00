using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Host;

/// <summary>What stands in the place of a file and is none.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("fifo"), TestCase("directory"), TestCase("device"), TestCase("link to a fifo"), TestCase("link to a device")]
    [CancelAfter(120_000)]
    public async Task It_is_refused_at_once(string kind, CancellationToken cancellationToken)
    {
        var path = await MakeAsync(_directory.Path, "x", kind, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => RegularFile.Read(path), Throws.TypeOf<PipelineException>().With.Message.Contains("PL0323"));
            Assert.That(() => RegularFile.OpenStream(path), Throws.TypeOf<PipelineException>().With.Message.Contains("PL0323"));
            Assert.That(RegularFile.Is(path), Is.False);
            await Assert.ThatAsync(
                () => RegularFile.ReadAsync(path, cancellationToken),
                Throws.TypeOf<PipelineException>().With.Message.Contains("PL0323")
            );
        }
    }

    [TestCase("fifo"), TestCase("device"), TestCase("link to a fifo")]
    [CancelAfter(120_000)]
    public async Task A_directory_store_refuses_it_at_once(string kind, CancellationToken cancellationToken)
    {
        using var store = new LocalObjectStore(_directory.Path);
        await MakeAsync(_directory.Path, "document.json", kind, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            await Refuses(() => store.HeadAsync("document.json", cancellationToken));
            await Refuses(() => store.ReadAsync("document.json", 100, cancellationToken));
            await Refuses(() => store.OpenAsync("document.json", 0, "tag", cancellationToken));
            await Refuses(() =>
                store.WriteAsync("document.json", new byte[1], ObjectHeaders.BuildDocument, WriteCondition.IfTag("tag"), cancellationToken)
            );
        }

        static Task Refuses(Func<Task> call) => Assert.ThatAsync(call, Throws.TypeOf<PipelineException>().With.Message.Contains("PL0323"));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_lock_file_that_is_a_fifo_is_refused(CancellationToken cancellationToken)
    {
        var path = await MakeAsync(_directory.Path, ".lock", "fifo", cancellationToken);

        await Assert.ThatAsync(
            () => FileLock.AcquireAsync(path, wait: true, _ => { }, TimeProvider.System, cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL0323")
        );
    }

    [Test]
    public async Task A_file_is_read_whole_up_to_its_limit()
    {
        var path = _directory.File("file");
        await File.WriteAllTextAsync(path, "\ufeffgrün\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(RegularFile.ReadText(path), Is.EqualTo("grün\n"), "a byte order mark is no text");
            Assert.That(RegularFile.Read(path), Is.EqualTo(await File.ReadAllBytesAsync(path)));
            Assert.That(RegularFile.Read(path, 9), Has.Length.EqualTo(9));
            Assert.That(() => RegularFile.Read(path, 8), Throws.TypeOf<PipelineException>().With.Message.Contains("PL0324"));
            Assert.That(() => RegularFile.Read(path + "x"), Throws.TypeOf<FileNotFoundException>());
            Assert.That(() => RegularFile.Read(path + "\0x"), Throws.TypeOf<FileNotFoundException>());
            Assert.That(RegularFile.OpenOrNull(path + "/below"), Is.Null);
        }
    }

    /// <summary>Puts something into the place of a file.</summary>
    internal static async Task<string> MakeAsync(string directory, string name, string kind, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, name);
        var target = kind.StartsWith("link to", StringComparison.Ordinal) ? path + ".target" : path;
        if (kind.EndsWith("fifo", StringComparison.Ordinal))
        {
            await new ToolRunner().RunAsync(new("mkfifo", [target]), cancellationToken);
        }
        else if (kind.EndsWith("device", StringComparison.Ordinal))
        {
            // Only root makes devices; a link to one is as good.
            target = "/dev/zero";
        }
        else
        {
            Directory.CreateDirectory(path);
            return path;
        }

        if (target != path)
        {
            File.CreateSymbolicLink(path, target);
        }

        return path;
    }
}
