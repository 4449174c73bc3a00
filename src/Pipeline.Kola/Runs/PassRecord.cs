using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>Keeps the last passing run of a selection, so that the same image is not booted again for the same tests.</summary>
internal static class PassRecord
{
    /// <summary>Raised when the harness decides results differently.</summary>
    public const int StepVersion = 3;

    /// <summary>Everything that can change the outcome.</summary>
    public static StepInputs Inputs(
        BuildUnderTest build,
        IReadOnlyList<SelectedTest> tests,
        KolaRequest request,
        ValueList<string> ignition
    )
    {
        var inputs = new List<StepInput>
        {
            Input("image", build.ImageIdentity),
            Input("build", $"{build.Version} {build.Commit}"),
            Input("platform", request.Boot.Platform),
            Input("firmware", request.Boot.Firmware.ToString()),
            Input("memory", $"{request.Boot.MemoryMiB}"),
            Input("ignition", string.Join('\n', ignition)),
            Input("fork", $"{!request.NoFork}"),
            Input("rerun", $"{request.Rerun} {request.AllowRerunSuccess}"),
            Input("harness", typeof(PassRecord).Module.ModuleVersionId.ToString()),
        };
        // A Butane config can pull in files beside it, so what counts is what it translates to.
        inputs.AddRange(
            tests.Select(t =>
                Input($"test {t.Test.Name}", $"{t.Test.Digest} {t.Denial} {t.Why} {(t.Test.Config is null ? "" : t.Ignition)}")
            )
        );
        return new("kola", StepVersion, inputs);
    }

    private static StepInput Input(string name, string value) => new(name, Digest.Of(value));

    /// <summary>The report of the last passing run with this key, or <c>null</c>.</summary>
    public static TestReport? Find(string file, Digest key)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var bytes = RegularFile.Read(file);
        return
            JsonText.Parse(file, bytes, new()) is JsonTextObject root
            && root.Find("inputDigest") is JsonTextString text
            && text.Value == key.ToString()
            && ReportWriter.Parse(file, bytes) is { Outcome: TestOutcome.Pass or TestOutcome.Warn } report
            ? report with
            {
                Unchanged = true,
            }
            : null;
    }

    /// <summary>Keeps a passing report; removes an earlier one when this did not pass.</summary>
    public static async Task SaveAsync(string file, StepInputs inputs, TestReport report, CancellationToken cancellationToken)
    {
        if (report.Outcome is not (TestOutcome.Pass or TestOutcome.Warn))
        {
            if (File.Exists(file))
            {
                File.Delete(file);
            }

            return;
        }

        var brief = report with { Tests = report.Tests.Select(t => t with { Output = "" }).ToValueList() };
        JsonTextObject node = new([
            .. inputs.ToJson().Members,
            new("inputDigest", new JsonTextString(inputs.Digest.ToString())),
            .. ReportWriter.ToNode(brief).Members,
        ]);
        await AtomicFile.WriteAsync(file, JsonTextWriter.Write(node, JsonStyle.Pretty), cancellationToken);
    }
}
