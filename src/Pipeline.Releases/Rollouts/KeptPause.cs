using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Plans;

namespace Pipeline.Releases.Rollouts;

/// <summary>
/// What a pause keeps beside an updates document for <c>rollout resume</c>: the document as it was, with the time of the pause as its last
/// change. The document itself has no place for it: its readers take no other members.
/// </summary>
internal static class KeptPause
{
    /// <summary>The hidden file beside a document.</summary>
    /// <param name="document">Absolute path of the updates document.</param>
    /// <param name="version">The paused release; its characters are checked before anything is kept.</param>
    public static string File(string document, string version)
    {
        var name =
            $".{Path.GetFileName(document)}.paused-{string.Concat(version.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))}";
        return Path.Combine(Path.GetDirectoryName(document)!, name);
    }

    /// <summary>The step that writes it.</summary>
    public static PlanStep Write(string document, string version, Document<UpdatesDocument> before, DateTimeOffset now)
    {
        var file = File(document, version);
        var kept = before with
        {
            Value = before.Value with { Metadata = before.Value.Metadata with { LastModified = Moments.Stamp(now) } },
        };
        var there = RegularFile.Is(file) ? Digest.Of(RegularFile.Read(file)).Hex : null;
        return new WriteFile(file, there, Encoding.UTF8.GetBytes(kept.Print()));
    }
}
