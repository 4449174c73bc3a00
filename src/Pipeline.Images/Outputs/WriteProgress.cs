using Pipeline.Host.Output;
using Pipeline.Images.Disks;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>Shows how far the writing of a file is: bytes of the content, before compression, and of all where that is known.</summary>
internal static class WriteProgress
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(0.5);

    /// <summary>Waits for a writer, and shows what it wrote twice a second.</summary>
    /// <param name="writing">The writer at work.</param>
    /// <param name="target">What it writes to.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="step">Where it is shown.</param>
    public static async Task FollowAsync(Task writing, ImageStream target, string name, IStep step)
    {
        while (await Task.WhenAny(writing, Task.Delay(Tick, CancellationToken.None)) != writing)
        {
            step.Progress(target.Written, target.Announced ?? 0, name, ProgressUnits.Bytes);
        }

        await writing;
    }

    /// <summary>Size and speed, for the line that stays.</summary>
    public static string Rate(ByteSize size, TimeSpan elapsed) =>
        $"{size}, {ByteSize.FromBytes((long)(size.Bytes / Math.Max(0.001, elapsed.TotalSeconds)))}/s";
}
