using Pipeline.Model.Contracts;
using Pipeline.Releases.Documents;

namespace Pipeline.Tests.Published;

/// <summary>
/// Documents of other projects that are checked where a copy is at hand: the folder that PIPELINE_PUBLISHED names. They are no part of
/// this project. Without the variable the category <c>published</c> has no test cases.
/// </summary>
internal static class PublishedFolder
{
    /// <summary>The variable that names the folder.</summary>
    public const string Variable = "PIPELINE_PUBLISHED";

    /// <summary>The folder, or <c>null</c> when the variable is unset or empty.</summary>
    public static string? Root { get; } =
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root ? Path.GetFullPath(root) : null;

    /// <summary>Which kind of document each file is.</summary>
    public static IReadOnlyDictionary<string, string> Kinds { get; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["kola-denylist.yaml"] = "denylist",
            ["manifest-lock.overrides.yaml"] = "overrides",
            ["manifest-lock.x86_64.json"] = "lock",
            ["release-33.20201201.3.0.json"] = "release",
            ["releases-stable-2021-11.json"] = "releases",
            ["stream-testing.json"] = "stream",
            ["updates-testing.json"] = "updates",
        };

    /// <summary>The schema of coreos-assembler's meta.json, or <c>null</c> without a folder.</summary>
    public static string? Schema() => Root is null ? null : Read("cosa-meta-schema-v1.json");

    /// <summary>Kind and name of every document; none without a folder.</summary>
    public static IEnumerable<TestCaseData> Documents() => Root is null ? [] : Kinds.Select(k => new TestCaseData(k.Value, k.Key));

    /// <summary>One argument, the folder, for tests that read several documents; none without a folder.</summary>
    public static IEnumerable<string> Folder() => Root is null ? [] : [Root];

    /// <summary>Files of <c>provisioning/butane</c>; none without a folder.</summary>
    public static IEnumerable<string> Butane() => Names("butane", "*.bu");

    /// <summary>Files of <c>provisioning/ignition</c>; none without a folder.</summary>
    public static IEnumerable<string> Ignition() => Names("ignition", "*.ign");

    /// <summary>The text of a file, by its path in the folder.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Root!, name));

    /// <summary>A document as its record.</summary>
    public static T Document<T>(string name)
        where T : ContractRecord => DocumentFile.Parse<T>(name, File.ReadAllBytes(Path.Combine(Root!, name))).Value;

    private static IEnumerable<string> Names(string folder, string pattern) =>
        Root is null
            ? []
            : Directory
                .EnumerateFiles(Path.Combine(Root, "provisioning", folder), pattern)
                .Select(f => Path.GetFileName(f)!)
                .Order(StringComparer.Ordinal);
}

/// <summary>Says once per run whether the published documents are checked.</summary>
[TestFixture]
public sealed class PublishedFolderTests
{
    [Test]
    public void A_folder_that_is_named_holds_the_documents_and_without_one_they_are_left_out()
    {
        if (PublishedFolder.Root is null)
        {
            TestContext.Progress.WriteLine($"left out: published documents of other projects ({PublishedFolder.Variable} names no folder)");
            Assert.That(PublishedFolder.Documents().Count() + PublishedFolder.Butane().Count(), Is.Zero);
            return;
        }

        var missing = PublishedFolder.Kinds.Keys.Where(f => !File.Exists(Path.Combine(PublishedFolder.Root, f)));
        Assert.That(missing, Is.Empty, $"{PublishedFolder.Variable} names '{PublishedFolder.Root}'");
    }
}
