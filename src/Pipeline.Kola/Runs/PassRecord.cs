using Pipeline.Host.Files;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>Remembers the last passing run of a selection, so that the same image is not booted again for the same tests.</summary>
internal static class PassRecord
{
    /// <summary>Raised when the harness judges differently.</summary>
    public const int StepVersion = 1;

    /// <summary>Everything that can change the outcome.</summary>
    public static Digest Key(BuildUnderTest build, IReadOnlyList<SelectedTest> tests, KolaRequest request)
    {
        var inputs = new List<(string Name, string Value)>
        {
            ("image", build.ImageIdentity),
            ("firmware", request.Boot.Firmware.ToString()),
            ("memory", $"{request.Boot.MemoryMiB}"),
            ("ignition", request.Boot.Ignition is { } path ? Digest.Of(File.ReadAllBytes(path)).ToString() : ""),
            ("fork", $"{!request.NoFork}"),
            ("harness", typeof(PassRecord).Module.ModuleVersionId.ToString()),
        };
        inputs.AddRange(tests.Select(t => ($"test {t.Test.Name}", $"{t.Test.Digest} {t.Denial} {t.Why}")));
        var node = new JsonTextObject(
        [
            new("step", new JsonTextString("kola")),
            new("stepVersion", new JsonTextNumber($"{StepVersion}")),
            new("inputs", new JsonTextArray([.. inputs.Select(i => new JsonTextObject(
                [new("name", new JsonTextString(i.Name)), new("digest", new JsonTextString(Digest.Of(i.Value).ToString()))]))])),
        ]);
        return Digest.Of(JsonTextWriter.Canonical(node));
    }

    /// <summary>The report of the last passing run with this key, or <c>null</c>.</summary>
    public static TestReport? Find(string file, Digest key)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(file);
        return JsonText.Parse(file, bytes, new()) is JsonTextObject root && root.Find("inputDigest") is JsonTextString text && text.Value == key.ToString()
            && ReportWriter.Parse(file, bytes) is { Outcome: TestOutcome.Pass or TestOutcome.Warn } report
            ? report with { Unchanged = true }
            : null;
    }

    /// <summary>Keeps a passing report; forgets an earlier one when this did not pass.</summary>
    public static async Task SaveAsync(string file, Digest key, TestReport report, CancellationToken cancellationToken)
    {
        if (report.Outcome is not (TestOutcome.Pass or TestOutcome.Warn))
        {
            File.Delete(file);
            return;
        }

        var brief = report with { Tests = report.Tests.Select(t => t with { Output = "" }).ToValueList() };
        JsonTextObject node = new([new("inputDigest", new JsonTextString(key.ToString())), .. ReportWriter.ToNode(brief).Members]);
        await AtomicFile.WriteAsync(file, JsonTextWriter.Write(node, JsonStyle.Pretty), cancellationToken);
    }
}
