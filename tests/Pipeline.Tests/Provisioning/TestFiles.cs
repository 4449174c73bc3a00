using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;
using Pipeline.TestKit;

namespace Pipeline.Tests.Provisioning;

/// <summary>The examples and the local files they name, under <c>TestData/Provisioning</c>.</summary>
internal static class TestFiles
{
    public static string Root { get; } = SourceTree.Path("tests/Pipeline.Tests/TestData/Provisioning");

    public static ButaneOptions Options { get; } = new() { LocalFiles = new LocalFiles(Path.Combine(Root, "files")) };

    public static IEnumerable<string> Butane() => Names("butane", "*.bu");

    public static IEnumerable<string> Ignition() => Names("ignition", "*.ign");

    /// <summary>What the table of examples says: file, version, the codes of its warnings.</summary>
    public static IReadOnlyDictionary<string, (string Version, string Warnings)> Examples { get; } =
        File.ReadLines(Path.Combine(Root, "examples.tsv"))
            .Where(l => !l.StartsWith('#'))
            .Select(l => l.Split('\t'))
            .ToDictionary(c => c[0], c => (c[1], c[2]), StringComparer.Ordinal);

    public static string Read(string folder, string name) => File.ReadAllText(Path.Combine(Root, folder, name));

    public static IgnitionConfig Transpile(string yaml, DiagnosticBag? problems = null)
    {
        problems ??= new();
        var config = Provisioner.Transpile("c.bu", yaml, Options, problems);
        Assert.That(config, Is.Not.Null, string.Join('\n', problems.Items));
        return config!;
    }

    public static IgnitionConfig Parse(string json)
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.ReadIgnition("c.ign", json, problems);
        Assert.That(config, Is.Not.Null, string.Join('\n', problems.Items) + "\n" + json);
        return config!;
    }

    private static IEnumerable<string> Names(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);
}
