using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Publishing;

/// <summary>Release notes: YAML that people edit, JSON that is published.</summary>
internal static class ReleaseNotes
{
    /// <summary>Reads either form.</summary>
    /// <exception cref="PipelineException">It is not such a document (class 2), with every problem.</exception>
    public static NotesDocument Read(string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new DiagnosticBag();
        var first = utf8.Span.TrimStart(" \t\r\n\uFEFF"u8);
        var root =
            first.StartsWith("{"u8) ? JsonText.Parse(file, utf8, problems)
            : YamlText.Parse(file, Encoding.UTF8.GetString(utf8.Span), problems) is { } yaml ? YamlAsJson.Convert(yaml)
            : null;
        var notes = root is null || problems.HasErrors ? null : Contract.Read<NotesDocument>(root, problems);
        problems.ThrowIfErrors();
        return notes ?? throw new PipelineException(ContractDiagnostics.NoDocument(file, "notes"));
    }

    /// <summary>One line of JSON, members in the document's order.</summary>
    public static string ToJson(NotesDocument notes) => Contract.Write(notes, JsonStyle.Compact);

    /// <summary>The form people edit: text in double quotes, two spaces per level.</summary>
    public static string ToYaml(NotesDocument notes)
    {
        var text = new StringBuilder(notes.Releases.Count == 0 ? "releases: {}\n" : "releases:\n");
        foreach (var (version, release) in notes.Releases)
        {
            text.Append("  ").Append(version).Append(release.Issues.Count == 0 ? ":\n    issues: []\n" : ":\n    issues:\n");
            foreach (var issue in release.Issues)
            {
                text.Append("      - text: ").Append(Quoted(issue.Text)).Append("\n        url: ").Append(Quoted(issue.Url)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Quoted(string text) => JsonTextWriter.Write(new JsonTextString(text), JsonStyle.Compact);
}
