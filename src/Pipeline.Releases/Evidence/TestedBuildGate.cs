using System.IO.Enumeration;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Evidence;

/// <summary>Makes <see cref="TestedBuild"/> from what is recorded beside a build.</summary>
public static class TestedBuildGate
{
    /// <summary>Path of the record below a build's directory.</summary>
    public const string RecordPath = "steps/kola.json";

    /// <summary>The proof, or every reason why there is none.</summary>
    /// <param name="meta">The build's meta.json.</param>
    /// <param name="file">The record's name, for messages.</param>
    /// <param name="record">The record's bytes; <c>null</c> when there is none.</param>
    /// <param name="policy">What the build must show.</param>
    /// <param name="reasons">Receives the reasons, as errors of class 5.</param>
    /// <returns>The proof, or <c>null</c> when there are reasons.</returns>
    public static TestedBuild? Prove(JsonTextObject meta, string file, byte[]? record, TestPolicy policy, DiagnosticBag reasons)
    {
        var id = Text(meta, "buildid");
        if (record is not { } bytes)
        {
            reasons.Add(EvidenceDiagnostics.NoRecord(id, file));
            return null;
        }

        if (TestRecord.Read(file, bytes, out var why) is not { } run)
        {
            reasons.Add(EvidenceDiagnostics.BadRecord(file, why));
            return null;
        }

        Diagnostic[] found = [.. Identity(meta, file, run, id), .. Results(run, id, policy), .. Required(run, id, policy)];
        foreach (var reason in found)
        {
            reasons.Add(reason);
        }

        return found.Length > 0
            ? null
            : new()
            {
                Id = id,
                Architecture = Text(meta, "coreos-assembler.basearch"),
                Commit = Text(meta, "ostree-commit"),
                Platform = run.Platform,
                Inputs = run.Inputs.Digest,
                Tests = run.Tests,
            };
    }

    /// <summary>As <see cref="Prove"/>, with the record in the build's directory.</summary>
    /// <param name="meta">The build's meta.json.</param>
    /// <param name="directory">The build's directory.</param>
    /// <param name="shown">The same as the user named it, for messages.</param>
    /// <param name="policy">What the build must show.</param>
    /// <param name="reasons">Receives the reasons, as errors of class 5.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<TestedBuild?> ProveAsync(
        JsonTextObject meta,
        string directory,
        string shown,
        TestPolicy policy,
        DiagnosticBag reasons,
        CancellationToken cancellationToken
    )
    {
        var file = Path.Combine(directory, RecordPath);
        var record = File.Exists(file) ? await RegularFile.ReadAsync(file, cancellationToken) : null;
        return Prove(meta, Path.Combine(shown, RecordPath), record, policy, reasons);
    }

    /// <summary>Whether the record is whole and of this build: its commit, and the very image that would be released.</summary>
    private static IEnumerable<Diagnostic> Identity(JsonTextObject meta, string file, TestRecord run, string id)
    {
        if (run.Inputs.Digest.ToString() != run.Recorded)
        {
            yield return EvidenceDiagnostics.BadRecord(file, "its inputs do not have the digest it claims");
        }

        var version = Text(meta, "ostree-version") is { Length: > 0 } found ? found : id;
        if (run.Version != version || run.Input("build") != Digest.Of($"{version} {Text(meta, "ostree-commit")}"))
        {
            yield return EvidenceDiagnostics.OtherBuild(id, "version or commit");
        }

        var image = ((meta.Find("images") as JsonTextObject)?.Find(run.Platform) as JsonTextObject)?.Find("sha256") as JsonTextString;
        if (image is null || run.Input("image") != Digest.Of(image.Value))
        {
            yield return EvidenceDiagnostics.OtherBuild(id, $"{run.Platform} image");
        }
    }

    private static IEnumerable<Diagnostic> Results(TestRecord run, string id, TestPolicy policy)
    {
        foreach (var missing in run.Selected.Except(run.Tests.Select(t => t.Name), StringComparer.Ordinal))
        {
            yield return EvidenceDiagnostics.NotReported(id, missing);
        }

        foreach (var test in run.Tests.Where(t => t.Outcome == TestOutcome.Fail))
        {
            yield return EvidenceDiagnostics.Failed(id, test.Name, test.Reason);
        }

        foreach (var test in run.Tests.Where(t => t.Outcome == TestOutcome.Warn && !policy.AllowWarnings))
        {
            yield return EvidenceDiagnostics.Warned(id, test.Name, test.Reason);
        }

        if (!run.Tests.Any(t => t.Outcome == TestOutcome.Pass))
        {
            yield return EvidenceDiagnostics.NonePassed(id);
        }
    }

    private static IEnumerable<Diagnostic> Required(TestRecord run, string id, TestPolicy policy)
    {
        foreach (var pattern in policy.Required)
        {
            var matches = run.Tests.Where(t => FileSystemName.MatchesSimpleExpression(pattern, t.Name, ignoreCase: false)).ToArray();
            if (matches.Length == 0)
            {
                yield return EvidenceDiagnostics.Required(id, pattern, "was not selected");
            }

            foreach (var test in matches.Where(t => t.Outcome is TestOutcome.Skip or TestOutcome.Warn))
            {
                var what = test.Outcome == TestOutcome.Skip ? "did not run" : "failed and is denylisted";
                yield return EvidenceDiagnostics.Required(id, test.Name, $"{what}: {test.Reason}");
            }
        }
    }

    private static string Text(JsonTextObject o, string name) => (o.Find(name) as JsonTextString)?.Value ?? "";
}
