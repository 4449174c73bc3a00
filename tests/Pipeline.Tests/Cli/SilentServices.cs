using Pipeline.Cli;
using Pipeline.TestKit;

namespace Pipeline.Tests.Cli;

/// <summary>What verbs are given when a test only looks at them: programs are recorded, nothing is printed.</summary>
internal static class SilentServices
{
    /// <summary>Services of a user who stands in <paramref name="directory"/> and has set no variables.</summary>
    public static Services In(string directory) =>
        new()
        {
            Tools = new RecordingToolRunner(),
            Reporter = new TestReporter(),
            ShowProgress = _ => { },
            Time = TimeProvider.System,
            Output = TextWriter.Null,
            Error = TextWriter.Null,
            Input = () => Stream.Null,
            CurrentDirectory = directory,
            Environment = _ => null,
        };
}
