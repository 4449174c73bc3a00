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
                known.Count == 0 ? "put a *.sources or *.repo file beside the manifest that names it" : $"known: {string.Join(", ", known)}"
            )
        );

    public static Diagnostic Field(string field, string why, SourceSpan span, string? hint = null) =>
        Diagnostic.Error("PL1103", $"'{field}' {why}", span, hint);

    public static Diagnostic UnknownField(string field, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error("PL1104", $"unknown field '{field}'", span, ClosestName.Hint(field, known, "fields of our own begin with 'X-'"));

    public static Diagnostic UnknownKey(string key, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error("PL1104", $"unknown key '{key}'", span, ClosestName.Hint(key, known, "see dnf.conf(5), 'Repo options'"));

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
        Diagnostic.Error("PL1109", $"key '{path}' {why}", span, "paths are relative to the file that defines the repository");

    public static Diagnostic NotSigned(string repo, string why, string field = "Signed-By") =>
        Diagnostic.Error(
            "PL1110",
            $"the index of repository '{repo}' is not trusted: {why}",
            hint: $"the keys it must be signed with are those of '{field}'",
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

    /// <summary>Whether it says that there is no such index.</summary>
    public static bool IsNoIndex(Diagnostic diagnostic) => diagnostic.Code == "PL1115";

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

    public static Diagnostic MixedFamilies(IEnumerable<(string Repo, string Family, string File)> repositories, SourceSpan span) =>
        Diagnostic.Error(
            "PL1121",
            "the repositories are of different package families: "
                + string.Join(", ", repositories.Select(r => $"'{r.Repo}' is {r.Family} ({r.File})")),
            span,
            "an OS is made of packages of one family: keep the repositories of one"
        );

    public static Diagnostic BadLine(string line, string why, SourceSpan span) =>
        Diagnostic.Error("PL1122", $"'{line}' {why}", span, "a .repo file has sections '[id]' with lines 'key=value'");

    public static Diagnostic Unchecked(string repo, string key, SourceSpan span) =>
        Diagnostic.Error(
            "PL1123",
            $"repository '{repo}' turns off '{key}'",
            span,
            "sign the repository and remove the line; --insecure composes without the check and records it in the build",
            ExitClass.Refused
        );

    public static Diagnostic NoAddress(string repo, string instead, SourceSpan span) =>
        Diagnostic.Error(
            "PL1124",
            $"repository '{repo}' has no 'baseurl'"
                + (instead.Length == 0 ? "" : $": '{instead}' is not followed, because nothing signs its answer"),
            span,
            $"pass --mirror {repo}=URL, or write baseurl=${{mirror:{repo}}}"
        );

    public static Diagnostic UsesUnchecked(string repo, string key, SourceSpan span) =>
        Diagnostic.Warning("PL1125", $"repository '{repo}' is used without '{key}', because of --insecure", span);

    public static Diagnostic Modules(string repo) =>
        new(
            "PL1126",
            Severity.Note,
            $"the modules of repository '{repo}' are ignored: their packages are chosen as all others",
            Exit: ExitClass.Done
        );

    public static Diagnostic BadRepomd(string repo, string why) =>
        Diagnostic.Error("PL1127", $"repomd.xml of repository '{repo}' {why}", exit: ExitClass.Refused);

    public static Diagnostic UnknownGroup(string group, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL1128",
            $"no repository has a group '{group}'",
            span,
            ClosestName.Hint(group, known, "groups are named by their id, for example '@core'")
        );

    public static Diagnostic NoGroups(string family, SourceSpan span) =>
        Diagnostic.Error("PL1129", $"there are no package groups in {family} repositories", span, "name the packages");

    public static Diagnostic UnknownVariable(string name, SourceSpan span, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL1130",
            $"variable '${name}' has no value",
            span,
            ClosestName.Hint(name, known, $"set 'releasever:' or 'repovars:' in the manifest, or pass --var {name}=VALUE")
        );
}
