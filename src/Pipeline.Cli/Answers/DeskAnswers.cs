using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Answers;

/// <summary>
/// A problem: a line of standard error of every verb under <c>--json</c>, and an item of the answer of those that look for problems.
/// </summary>
/// <param name="Code">PLnnnn.</param>
/// <param name="Severity">error, warning or note.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record ProblemAnswer(string Code, string Severity, string Message)
{
    /// <summary>What to do.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hint { get; init; }

    /// <summary>Where.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? File { get; init; }

    /// <summary>Line in it, from 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Line { get; init; }

    /// <summary>Column in it, from 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Column { get; init; }

    /// <summary>Place in the document.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    /// <summary>One line of JSON.</summary>
    public static string JsonOf(Diagnostic problem) => JsonSerializer.Serialize(Of(problem), AnswerJson.Readable.ProblemAnswer);

    /// <summary>The answer form of a diagnostic.</summary>
    public static ProblemAnswer Of(Diagnostic problem) =>
        new(
            problem.Code,
            problem.Severity switch
            {
                Model.Diagnostics.Severity.Error => "error",
                Model.Diagnostics.Severity.Warning => "warning",
                _ => "note",
            },
            problem.Message
        )
        {
            Hint = problem.Hint,
            File = problem.Span?.File,
            Line = problem.Span?.Line,
            Column = problem.Span?.Column,
            Path = problem.Path,
        };
}

/// <summary><c>init</c>.</summary>
/// <param name="Directory">The project.</param>
/// <param name="Name">Of its OS.</param>
/// <param name="From">What it starts from.</param>
/// <param name="Include">The manifest that its own includes.</param>
/// <param name="Copied">Whether the base was copied into it.</param>
/// <param name="Made">Whether the files were written; not by a dry run.</param>
/// <param name="Files">Their paths below the project.</param>
internal sealed record ProjectAnswer(
    string Directory,
    string Name,
    string From,
    string Include,
    bool Copied,
    bool Made,
    IReadOnlyList<string> Files
);

/// <summary>A check of <c>doctor</c>.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Status">good, degraded or broken.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">The line that mends it; <c>null</c> when nothing has to be.</param>
internal sealed record CheckAnswer(string Name, string Status, string Detail, string? Fix);

/// <summary>A test of <c>kola list</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Platforms">Where it runs; empty for everywhere.</param>
/// <param name="Architectures">On which; empty for all.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Exclusive">Whether it has a machine of its own.</param>
/// <param name="Skipped">Why it is not run; empty when it is.</param>
/// <param name="Description">What it proves.</param>
/// <param name="Header">Its header by kola's own keys, also those it does not write.</param>
/// <param name="Problems">What is wrong with its header.</param>
internal sealed record TestListing(
    string Name,
    IReadOnlyList<string> Platforms,
    IReadOnlyList<string> Architectures,
    IReadOnlyList<string> Tags,
    bool Exclusive,
    string Skipped,
    string Description,
    IReadOnlyDictionary<string, JsonElement> Header,
    IReadOnlyList<string> Problems
);

/// <summary>A kind of <c>cache show</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Holds">What it holds.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Entries">How many.</param>
/// <param name="LastUse">Of any of them; <c>null</c> when there is none.</param>
/// <param name="CanPrune">Whether pruning may remove them.</param>
internal sealed record CachedKind(string Name, string Holds, long Size, int Entries, string? LastUse, bool CanPrune);

/// <summary><c>cache show</c>.</summary>
/// <param name="Directory">Absolute path.</param>
/// <param name="Size">Bytes of all kinds.</param>
/// <param name="DefaultBudget">What they are kept below.</param>
/// <param name="Disk">Bytes of the file system.</param>
/// <param name="Free">Bytes that are free of it.</param>
/// <param name="Kinds">One for each.</param>
internal sealed record CacheAnswer(string Directory, long Size, long DefaultBudget, long Disk, long Free, IReadOnlyList<CachedKind> Kinds);

/// <summary>An entry that <c>cache prune</c> removed.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="LastUse">When it was used.</param>
internal sealed record RemovedEntry(string Kind, string Name, long Size, string LastUse);

/// <summary><c>cache prune</c>.</summary>
/// <param name="DryRun">Whether nothing was removed.</param>
/// <param name="Budget">Bytes.</param>
/// <param name="Before">Bytes before.</param>
/// <param name="After">Bytes after.</param>
/// <param name="InUse">Kinds that a running step uses.</param>
/// <param name="Removed">The least recently used first.</param>
internal sealed record CachePruningAnswer(
    bool DryRun,
    long Budget,
    long Before,
    long After,
    IReadOnlyList<string> InUse,
    IReadOnlyList<RemovedEntry> Removed
);

/// <summary>A digest in a package.</summary>
/// <param name="Algorithm">Which.</param>
/// <param name="Covers">What it covers.</param>
/// <param name="Value">Hexadecimal.</param>
/// <param name="State">good, bad or not-checked.</param>
internal sealed record InspectedDigest(string Algorithm, string Covers, string Value, string State);

/// <summary>A signature in a package.</summary>
/// <param name="Name">Which.</param>
/// <param name="Covers">What it covers.</param>
/// <param name="State">good, bad, unknown-key, not-trusted or not-checked.</param>
/// <param name="Key">Who made it; <c>null</c> when not known.</param>
/// <param name="Reason">Why it is not good.</param>
internal sealed record InspectedSignature(string Name, string Covers, string State, string? Key, string? Reason);

/// <summary>A relation of a package.</summary>
/// <param name="Kind">depends, conflicts and the like.</param>
/// <param name="Text">As the package has it.</param>
internal sealed record InspectedRelation(string Kind, string Text);

/// <summary>A script of a package.</summary>
/// <param name="Name">When it runs.</param>
/// <param name="Interpreter">What runs it.</param>
/// <param name="Condition">On what it depends.</param>
/// <param name="Text">The script.</param>
internal sealed record InspectedScript(string Name, string Interpreter, string Condition, string Text);

/// <summary>A file of a package.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Kind">file, directory, link or special.</param>
/// <param name="Mode">Octal.</param>
/// <param name="User">Its owner.</param>
/// <param name="Group">Its group.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Digest">Of its content.</param>
/// <param name="Target">Of a link.</param>
/// <param name="Capabilities">As getcap prints them.</param>
/// <param name="Flags">config, doc and the like.</param>
/// <param name="Language">That needs it.</param>
/// <param name="Ima">Its signature.</param>
internal sealed record InspectedFile(
    string Path,
    string Kind,
    string Mode,
    string User,
    string Group,
    long Size,
    string Digest,
    string Target,
    string Capabilities,
    IReadOnlyList<string> Flags,
    string Language,
    string Ima
);

/// <summary><c>package inspect</c>.</summary>
/// <param name="Format">deb or rpm, with its version.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="Fields">What else it says of itself.</param>
/// <param name="Digests">Digests.</param>
/// <param name="Signatures">Signatures.</param>
/// <param name="Relations">Relations.</param>
/// <param name="Scripts">Scripts.</param>
/// <param name="Files">Files.</param>
/// <param name="Problem">Why a compose would refuse it; <c>null</c> when it would not.</param>
internal sealed record PackageDocument(
    string? Format,
    string? Name,
    string? Version,
    string? Arch,
    IReadOnlyDictionary<string, string> Fields,
    IReadOnlyList<InspectedDigest> Digests,
    IReadOnlyList<InspectedSignature> Signatures,
    IReadOnlyList<InspectedRelation> Relations,
    IReadOnlyList<InspectedScript> Scripts,
    IReadOnlyList<InspectedFile> Files,
    string? Problem
);
