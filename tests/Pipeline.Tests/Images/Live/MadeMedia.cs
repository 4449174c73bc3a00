using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Live;
using Pipeline.Images.Outputs;
using Pipeline.Images.Recipes;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Images;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images.Live;

/// <summary>Live media as they are made here, with the real tools of ISO images, of a fake system.</summary>
internal sealed class MadeMedia : IDisposable
{
    public const string Build = "1.20231114.0.dev0";
    private readonly TemporaryDirectory _directory = new();

    public MediaFile Iso => new(Target(0), "live.iso");

    public string Kernel => Target(1);

    public string Initramfs => Target(2);

    public string Root => Target(3);

    public string File(string name) => _directory.File(name);

    public void Dispose() => _directory.Dispose();

    /// <summary>Makes them.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        var output = Output();
        var source = new FakeImageSource(Directory.CreateDirectory(File("source")).FullName);
        await output.MakeAsync(source, [.. output.Artifacts.Select((_, n) => Target(n))], cancellationToken);
    }

    /// <summary>The output with a fake system.</summary>
    public static LiveOutput Output()
    {
        var recipe = new LiveRecipe(PlatformTable.Known.Find("metal")!, Arch.X86_64);
        var build = new LiveBuild("tiny", Build, FakeImageSource.Checksum, ByteSize.FromMiB(1));
        return new(recipe, build, new FakeLiveSystemMaker(), new ToolRunner(), LiveOutput.InputsOf(build, recipe, []), new TestReporter());
    }

    private string Target(int number) => File($"{number}.tmp");
}
