using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Provisioning;

/// <summary>The oracle: <c>ignition-validate</c> 2.14 of Debian's package <c>ignition</c>. It judges versions up to 3.3.0.</summary>
internal static class IgnitionValidate
{
    private static readonly ToolRunner s_tools = new();

    /// <summary>Whether it accepts the config, and what it says.</summary>
    public static async Task<(bool Accepts, string Says)> JudgeAsync(string config)
    {
        var path = Path.Combine(Path.GetTempPath(), $"oracle-{Guid.NewGuid():n}.ign");
        await File.WriteAllTextAsync(path, config);
        try
        {
            var result = await s_tools.RunAsync(new ToolCommand("ignition-validate", [path]) { Accepted = [0, 1] }, CancellationToken.None);
            return (result.ExitCode == 0, result.Text + result.ErrorTail);
        }
        catch (PipelineException e) when (e.Exit == ExitClass.MissingTool)
        {
            Assert.Fail("ignition-validate is missing: apt install ignition");
            throw;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
