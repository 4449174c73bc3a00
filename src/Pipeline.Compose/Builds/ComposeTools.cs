using Pipeline.Compose.Commits;
using Pipeline.Host.Tools;

namespace Pipeline.Compose.Builds;

/// <summary>The programs and libraries of this machine that decide the bytes of each step of a compose.</summary>
internal static class ComposeTools
{
    /// <summary>Runs programs of the tree.</summary>
    public static StepTools Sandbox { get; } = new([new("bwrap", "bubblewrap")], []);

    /// <summary>Unpacks packages and configures them.</summary>
    public static StepTools Configure { get; } = Sandbox.With(new([], ["liblzma.so.5", "libzstd.so.1"]));

    /// <summary>Everything, the commit included.</summary>
    public static StepTools Compose { get; } = Configure.With(new([], [RawDeflate.Library, FileContexts.Library]));
}
