using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Publishing;

/// <summary>Texts of problems with release documents, PL5030–PL5049.</summary>
internal static class PublishingDiagnostics
{
    public static Diagnostic NoStream(string file) =>
        Diagnostic.Error("PL5030", "the build does not say which stream it is of", new SourceSpan(file, 1, 1), "name it with --stream");

    public static Diagnostic Disagree(string file, string what, string expected, string found) =>
        Diagnostic.Error(
            "PL5031",
            $"the build is of {what} '{found}', the others of '{expected}'",
            new SourceSpan(file, 1, 1),
            "give builds of one release only"
        );

    public static Diagnostic NoArchitecture(string file) =>
        Diagnostic.Error(
            "PL5032",
            "the build does not say its architecture",
            new SourceSpan(file, 1, 1),
            "add 'coreos-assembler.basearch'"
        );

    public static Diagnostic Differs(string file, string arch, string what) =>
        Diagnostic.Error(
            "PL5033",
            $"'{what}' of {arch} differs from what the release has already",
            new SourceSpan(file, 1, 1),
            "released content never changes; make a new version",
            ExitClass.Refused
        );

    public static Diagnostic NotAFileName(string file, string path) =>
        Diagnostic.Error(
            "PL5034",
            $"artifact path '{path}' is not a plain file name",
            new SourceSpan(file, 1, 1),
            "artifacts lie in the build's own directory"
        );

    public static Diagnostic NoFormat(string file, string path, string mark) =>
        Diagnostic.Error(
            "PL5035",
            $"the format of '{path}' is unknown: '{mark}' is not in its name",
            new SourceSpan(file, 1, 1),
            "name artifacts NAME-VERSION-PLATFORM.ARCH.FORMAT"
        );

    public static Diagnostic NoFloatingTag(string file, string image, IEnumerable<string> tags, bool noDigest) =>
        noDigest
            ? Diagnostic.Error("PL5036", $"container image '{image}' has no digest", new SourceSpan(file, 1, 1), "push the image first")
            : Diagnostic.Error(
                "PL5036",
                $"container image '{image}' must have exactly one tag without the version, it has: {string.Join(", ", tags)}",
                new SourceSpan(file, 1, 1),
                "push it to the stream's tag and to the version's tag"
            );

    public static Diagnostic WrongStream(string index, string release) =>
        Diagnostic.Error(
            "PL5037",
            $"the index is of stream '{index}', the release of '{release}'",
            hint: "give both documents of one stream"
        );

    public static Diagnostic NotNewest(string version, string newest) =>
        Diagnostic.Error(
            "PL5038",
            $"'{version}' is in the index already and is not the newest release, '{newest}' is",
            hint: "only the newest release can be extended; make a new version",
            exit: ExitClass.Refused
        );

    public static Diagnostic NothingToRelease(string version) =>
        Diagnostic.Error(
            "PL5039",
            $"no architecture of '{version}' has a commit or an image",
            hint: "push the container image, then make release.json again"
        );

    public static Diagnostic GoesBack(string version, string newest) =>
        Diagnostic.Error(
            "PL5040",
            $"'{version}' is older than the newest release '{newest}'",
            hint: "clients never go back; make a newer version, or give --allow-lower when it is meant, as for a barrier",
            exit: ExitClass.Refused
        );

    /// <summary>As <see cref="GoesBack"/>, on purpose.</summary>
    public static Diagnostic GoesBackOnPurpose(string version, string newest) =>
        Diagnostic.Warning(
            "PL5040",
            $"'{version}' is older than '{newest}' and is now the last of the index, which streams are made from",
            hint: "machines on a newer release need an edge from there: see 'pipeline graph simulate'"
        );

    public static Diagnostic Lost(string version, string arch, string what) =>
        Diagnostic.Error(
            "PL5041",
            $"the index has a {what} of '{version}' for {arch}, the release has none",
            hint: "released content never changes; make a new version",
            exit: ExitClass.Refused
        );

    public static Diagnostic Conflict(string version, string arch, string what, string published, string offered) =>
        Diagnostic.Error(
            "PL5042",
            $"{what} of '{version}' for {arch} is '{published}' in the index, '{offered}' in the release",
            hint: "released content never changes; make a new version",
            exit: ExitClass.Refused
        );

    public static Diagnostic UrlChanged(string version, string? published, string? offered) =>
        Diagnostic.Error(
            "PL5043",
            $"release.json of '{version}' is at '{published}' in the index, not at '{offered}'",
            hint: "give the same --url as before",
            exit: ExitClass.Refused
        );

    public static Diagnostic NoImage(string version, string arch, bool hasCommit) =>
        Diagnostic.Warning(
            "PL5044",
            $"{arch} of '{version}' has no container image{(hasCommit ? "" : " and no commit: no machine of it can update")}",
            hint: "push the image and add the release again; it extends the entry"
        );

    public static Diagnostic NoReleases(string file) =>
        Diagnostic.Error("PL5045", $"'{file}' has no releases", hint: "add one with 'pipeline release index'");

    public static Diagnostic OtherRelease(string expected, string found) =>
        Diagnostic.Error("PL5046", $"the index names release '{expected}', its release.json is of '{found}'", hint: "check --release-root");

    public static Diagnostic Dropped(string place) =>
        Diagnostic.Warning(
            "PL5047",
            $"member '{place}' of the override is not part of stream metadata and was left out",
            hint: "check its spelling"
        );

    public static Diagnostic OneSource() =>
        Diagnostic.Error(
            "PL5048",
            "give exactly one of --release and --index",
            hint: "--release takes a release.json, --index the last entry of a releases.json"
        );
}
