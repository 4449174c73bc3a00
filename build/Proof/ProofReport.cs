using System.Text.Json;
using System.Text.Json.Serialization;
using Fluid;
using Pipeline.Host.Files;

namespace Pipeline.Build.Proof;

/// <summary>Records of parts, and the report made of them: <c>report.json</c> for programs, <c>report.html</c> for people.</summary>
internal static class ProofReport
{
    private const string Page = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>Proofs</title>
        <style>
        body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em }
        table { border-collapse: collapse; width: 100% }
        td, th { border-bottom: 1px solid #bbb; padding: .4em .6em; text-align: left; vertical-align: top }
        .passed { color: #060 } .failed { color: #a00; font-weight: bold }
        code { overflow-wrap: anywhere }
        </style>
        <h1>Proofs</h1>
        <p>{{ passed }} passed, {{ failed }} failed</p>
        <table>
        <tr><th>Proof<th>Outcome<th>Wall time<th>Figures
        {%- for record in records %}
        <tr><td><b>{{ record.Name }}</b><br>{{ record.Shows }}
        <td class="{{ record.Outcome | downcase }}">{{ record.Outcome | downcase }}<br>{{ record.Finished }}
        <td>{{ record.Seconds }} s
        <td>{% if record.Problem %}<pre>{{ record.Problem }}</pre>{% endif %}
        {%- for figure in record.Figures %}{{ figure.Name }}: <code>{{ figure.Value }}</code><br>{% endfor %}
        {%- endfor %}
        </table>

        """;

    private static readonly JsonSerializerOptions Style = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>The kept record of a part; <c>null</c> when there is none that this program can read.</summary>
    public static async Task<ProofRecord?> FindAsync(string output, string name, CancellationToken cancellationToken)
    {
        var file = FileOf(output, name);
        try
        {
            return File.Exists(file)
                ? JsonSerializer.Deserialize<ProofRecord>(await File.ReadAllBytesAsync(file, cancellationToken), Style)
                : null;
        }
        catch (JsonException)
        {
            return null; // written by another version: the part runs again
        }
    }

    /// <summary>Keeps a record.</summary>
    public static Task KeepAsync(string output, ProofRecord record, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(FileOf(output, record.Name), JsonSerializer.Serialize(record, Style) + "\n", cancellationToken);

    /// <summary>Writes both forms of the report.</summary>
    public static async Task WriteAsync(string output, IReadOnlyList<ProofRecord> records, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.Serialize(records, Style) + "\n";
        await AtomicFile.WriteAsync(Path.Combine(output, "report.json"), json, cancellationToken);
        await AtomicFile.WriteAsync(Path.Combine(output, "report.html"), await HtmlAsync(records), cancellationToken);
    }

    /// <summary>The report as a page; every value is encoded, since logs may hold any text.</summary>
    public static async Task<string> HtmlAsync(IReadOnlyList<ProofRecord> records)
    {
        var options = new TemplateOptions { MemberAccessStrategy = new UnsafeMemberAccessStrategy() };
        var template = new FluidParser().Parse(Page);
        var context = new TemplateContext(options);
        context.SetValue("records", records.Select(Row).ToArray());
        context.SetValue("passed", records.Count(r => r.Outcome == ProofOutcome.Passed));
        context.SetValue("failed", records.Count(r => r.Outcome == ProofOutcome.Failed));
        return await template.RenderAsync(context, System.Text.Encodings.Web.HtmlEncoder.Default);
    }

    private static object Row(ProofRecord record) =>
        new
        {
            record.Name,
            record.Shows,
            Outcome = record.Outcome.ToString(),
            Finished = record.Finished.ToString("yyyy-MM-dd HH:mm'Z'", System.Globalization.CultureInfo.InvariantCulture),
            record.Seconds,
            record.Problem,
            record.Figures,
        };

    private static string FileOf(string output, string name) => Path.Combine(output, $"{name}.json");
}
