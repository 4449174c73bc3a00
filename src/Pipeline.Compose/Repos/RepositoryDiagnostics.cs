using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Repos;

/// <summary>Texts of what can be wrong with repositories and their trust: PL1101–PL1199.</summary>
internal static class RepositoryDiagnostics
{
    public static Diagnostic Unknown(string id, IReadOnlyCollection<string> known, SourceSpan span) =>
        Diagnostic.Error(
            "PL1102",
            $"unknown repository '{id}'",
            span,
            ClosestName.Hint(
                id,
                known,
                known.Count == 0 ? "put a *.sources file beside the root manifest" : $"known: {string.Join(", ", known)}"
            )
        );

    public static Diagnostic Field(string field, string why, SourceSpan span, string? hint = null) =>
        Diagnostic.Error("PL1103", $"'{field}' {why}", span, hint);

    public static Diagnostic UnknownField(string field, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error("PL1104", $"unknown field '{field}'", span, ClosestName.Hint(field, known, "fields of our own begin with 'X-'"));

    public static Diagnostic Twice(string id, SourceSpan span, SourceSpan first) =>
        Diagnostic.Error("PL1105", $"repository '{id}' is defined twice", span, $"first at {first}");

    public static Diagnostic NoMirror(string id, SourceSpan span, string? otherwise) =>
        Diagnostic.Error(
            "PL1106",
            $"no mirror is known for '${{mirror:{id}}}'",
            span,
            $"pass --mirror {id}=URL, or set PIPELINE_MIRROR='{id}=URL,…'{(otherwise is null ? "" : $"; {otherwise}")}"
        );

    public static Diagnostic BadMirror(string id, string url) =>
        Diagnostic.Error(
            "PL1107",
            $"mirror '{id}' has the address '{UrlCredentials.Shown(url)}', which is not http or https",
            hint: "write --mirror ID=https://…"
        );

    public static Diagnostic BadMirrorList(string item) =>
        Diagnostic.Error(
            "PL1108",
            $"'{UrlCredentials.Shown(item)}' in PIPELINE_MIRROR is not ID=URL",
            hint: "separate several with commas"
        );

    public static Diagnostic NoKey(string path, string why, SourceSpan span) =>
        Diagnostic.Error("PL1109", $"key '{path}' {why}", span, "paths are relative to the .sources file");

    public static Diagnostic NotSigned(string repo, string why) =>
        Diagnostic.Error(
            "PL1110",
            $"the index of repository '{repo}' is not trusted: {why}",
            hint: "the keys it must be signed with are those of 'Signed-By'",
            exit: ExitClass.Refused
        );

    public static Diagnostic Expired(string repo, DateTimeOffset until) =>
        Diagnostic.Error(
            "PL1111",
            $"the index of repository '{repo}' expired on {until:yyyy-MM-dd HH:mm:ss}Z",
            hint: "the mirror is stale: use another one, and check this machine's clock",
            exit: ExitClass.Refused
        );

    public static Diagnostic FromTheFuture(string repo, DateTimeOffset date) =>
        Diagnostic.Error(
            "PL1112",
            $"the index of repository '{repo}' is dated {date:yyyy-MM-dd HH:mm:ss}Z, in the future",
            hint: "check this machine's clock",
            exit: ExitClass.Refused
        );

    public static Diagnostic OtherSuite(string repo, string wanted, string found) =>
        Diagnostic.Error(
            "PL1113",
            $"repository '{repo}' answered with the suite '{found}' instead of '{wanted}'",
            hint: "check 'Suites' and the mirror",
            exit: ExitClass.Refused
        );

    public static Diagnostic BadRelease(string repo, string why) =>
        Diagnostic.Error("PL1114", $"the Release file of repository '{repo}' {why}", exit: ExitClass.Refused);

    public static Diagnostic NoIndex(string repo, string what) =>
        Diagnostic.Error(
            "PL1115",
            $"repository '{repo}' has no {what}",
            hint: "check 'Components', and whether the repository supports the architecture"
        );

    public static Diagnostic BadIndex(string repo, string why) =>
        Diagnostic.Error("PL1116", $"an index of repository '{repo}' {why}", exit: ExitClass.Refused);

    public static Diagnostic NotCached(string repo) =>
        Diagnostic.Error(
            "PL1117",
            $"the index of repository '{repo}' is not in the cache",
            hint: "run once without --offline",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>An index older than one that was seen; <paramref name="used"/> says whether the newer one can be used instead.</summary>
    public static Diagnostic Older(string repo, DateTimeOffset got, DateTimeOffset have, bool used) =>
        Diagnostic.Warning(
            "PL1118",
            $"the mirror of repository '{repo}' offers an index of {got:yyyy-MM-dd HH:mm}Z, "
                + $"older than the one of {have:yyyy-MM-dd HH:mm}Z that {(used ? "is used" : "was seen at another address")}",
            hint: used ? "the mirror lags behind" : "the mirror lags behind, or old packages are handed out: use another mirror"
        );

    public static Diagnostic NoFamily(string id, string file, SourceSpan span) =>
        Diagnostic.Error(
            "PL1121",
            $"repository '{id}' is an RPM repository, in '{file}': a compose of RPM packages is not supported yet",
            span,
            "define the repository in a .sources file beside the root manifest"
        );
}
