using System.Globalization;
using System.Text;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Differences;

namespace Pipeline.Cli.Commands;

/// <summary>Prints what two builds differ in.</summary>
internal static class DifferenceAnswer
{
    /// <summary>For people.</summary>
    public static string Text(BuildDifference difference, bool stat)
    {
        var text = new StringBuilder(
            $"{difference.Before.Id} {difference.Before.Commit} -> {difference.After.Id} {difference.After.Commit}\n"
        );
        if (difference.Packages is not { } packages)
        {
            text.Append("packages: not listed by both\n");
        }
        else
        {
            Section(text, "packages", stat, packages.Select(p => (p.Kind, $"{p.Name} {Versions(p)}{Link(p)}")));
        }

        Section(text, "files", stat, difference.Files.Select(f => (f.Kind, $"{f.Path}{File(f)}")));
        Section(text, "units", stat, difference.Units.Select(u => (u.Kind, u.Name)));
        Section(text, "kernel arguments", stat, difference.KernelArguments.Select(k => (k.Kind, k.Text)));
        var (before, after) = (difference.Before, difference.After);
        text.Append(
            CultureInfo.InvariantCulture,
            $"size: {Size(before.Bytes)} -> {Size(after.Bytes)} ({Signed(after.Bytes - before.Bytes)})"
        );
        text.Append(CultureInfo.InvariantCulture, $", {before.FileCount} -> {after.FileCount} files and directories\n");
        foreach (var artifact in difference.Artifacts)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {artifact.Name}: {Maybe(artifact.Before)} -> {Maybe(artifact.After)}\n");
        }

        return text.ToString();
    }

    /// <summary>For programs.</summary>
    public static string Json(BuildDifference difference, bool stat) =>
        JsonTextWriter.Write(
            new JsonTextObject([
                new("before", Build(difference.Before)),
                new("after", Build(difference.After)),
                new("packages", difference.Packages is { } packages ? Kinds(packages, p => p.Kind, Package, stat) : new JsonTextNull()),
                new("files", Kinds(difference.Files, f => f.Kind, FileNode, stat)),
                new("units", Kinds(difference.Units, u => u.Kind, u => new JsonTextString(u.Name), stat)),
                new("kernel-arguments", Kinds(difference.KernelArguments, k => k.Kind, k => new JsonTextString(k.Text), stat)),
                new("artifacts", new JsonTextArray([.. difference.Artifacts.Select(Artifact)])),
            ]),
            JsonStyle.Pretty
        );

    private static void Section(StringBuilder text, string title, bool stat, IEnumerable<(ChangeKind Kind, string Line)> changes)
    {
        var all = changes.ToArray();
        var counts = all.GroupBy(c => c.Kind).OrderBy(g => g.Key).Select(g => $"{g.Count()} {Word(g.Key)}");
        text.Append(CultureInfo.InvariantCulture, $"{title}: {(all.Length == 0 ? "no difference" : string.Join(", ", counts))}\n");
        foreach (var (kind, line) in all.Where(_ => !stat).OrderBy(c => c.Kind))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {Word(kind), -10} {line}\n");
        }
    }

    private static string Versions(PackageChange package) =>
        package is { Before: { } before, After: { } after } ? $"{before} -> {after}" : package.Before ?? package.After ?? "";

    /// <summary>Below the package, so that the versions stay readable.</summary>
    private static string Link(PackageChange package) => package.Changelog is { } url ? $"\n{new string(' ', 13)}{url}" : "";

    private static string File(FileChange file) =>
        file.What.Count == 0 ? "" : $" ({string.Join(", ", file.What)}: {file.Before} -> {file.After})";

    private static JsonTextObject Kinds<T>(IEnumerable<T> changes, Func<T, ChangeKind> kind, Func<T, JsonTextNode> node, bool stat) =>
        new([
            .. changes
                .GroupBy(kind)
                .OrderBy(g => g.Key)
                .Select(g => new JsonTextMember(Word(g.Key), stat ? JsonTextNumber.Of(g.Count()) : new JsonTextArray([.. g.Select(node)]))),
        ]);

    private static JsonTextObject Build(ComparedBuild build) =>
        new([
            new("id", new JsonTextString(build.Id)),
            new("name", JsonTextString.OrNull(build.Name)),
            new("commit", new JsonTextString(build.Commit)),
            new("files", JsonTextNumber.Of(build.FileCount)),
            new("bytes", JsonTextNumber.Of(build.Bytes)),
        ]);

    private static JsonTextNode Package(PackageChange package) =>
        new JsonTextObject([
            new("name", new JsonTextString(package.Name)),
            new("before", JsonTextString.OrNull(package.Before)),
            new("after", JsonTextString.OrNull(package.After)),
            new("changelog", JsonTextString.OrNull(package.Changelog)),
        ]);

    private static JsonTextNode FileNode(FileChange file) =>
        new JsonTextObject([
            new("path", new JsonTextString(file.Path)),
            new("what", new JsonTextArray([.. file.What.Select(w => new JsonTextString(w))])),
            new("before", JsonTextString.OrNull(file.Before)),
            new("after", JsonTextString.OrNull(file.After)),
        ]);

    private static JsonTextNode Artifact(ArtifactChange artifact) =>
        new JsonTextObject([
            new("name", new JsonTextString(artifact.Name)),
            new("before", JsonTextNumber.OrNull(artifact.Before)),
            new("after", JsonTextNumber.OrNull(artifact.After)),
        ]);

    private static string Word(ChangeKind kind) => kind.ToString().ToLowerInvariant();

    private static string Maybe(long? bytes) => bytes is { } size ? Size(size) : "-";

    private static string Size(long bytes) => ByteSize.FromBytes(bytes).ToString();

    private static string Signed(long bytes) => bytes < 0 ? $"-{Size(-bytes)}" : $"+{Size(bytes)}";
}
