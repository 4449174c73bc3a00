using Pipeline.Model.Text;

namespace Pipeline.MachineTests;

/// <summary>What a JSON report of a run says of its tests.</summary>
internal static class RunReport
{
    /// <summary>Name, outcome and reason of each test, in the order of the report.</summary>
    public static IEnumerable<(string Name, string Outcome, string Reason)> Outcomes(string report)
    {
        var root = (JsonTextObject)JsonText.Parse("report", report, new())!;
        return ((JsonTextArray)root.Find("tests")!)
            .Items.Cast<JsonTextObject>()
            .Select(t => (Text(t, "name"), Text(t, "result"), Text(t, "reason")));
    }

    private static string Text(JsonTextObject node, string name) => ((JsonTextString)node.Find(name)!).Value;
}
