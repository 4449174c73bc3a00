using System.Net;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Fetching;

/// <summary>Texts of failed downloads: PL1301–PL1399.</summary>
internal static class FetchDiagnostics
{
    public static Diagnostic Status(string url, HttpStatusCode status) =>
        Diagnostic.Error(
            "PL1301",
            $"'{Shown(url)}' answered {(int)status}",
            hint: status == HttpStatusCode.NotFound
                ? "the server has no such file: check the mirror's address, or try again when it is in sync"
                : "check the mirror's address and access rights",
            exit: ExitClass.OutsideWorld
        );

    public static Diagnostic WrongDigest(string url, Digest expected, Digest found) =>
        Diagnostic.Error(
            "PL1302",
            $"'{Shown(url)}' has the digest {found}, expected {expected}",
            hint: "it was fetched twice, the second time past caches: the mirror or the path to it changes files; use another one",
            exit: ExitClass.Refused
        );

    public static Diagnostic TooLarge(string url, long limit) =>
        Diagnostic.Error(
            "PL1303",
            $"'{Shown(url)}' is larger than the {limit} bytes it must have",
            hint: "it was fetched twice, the second time past caches: use another mirror",
            exit: ExitClass.Refused
        );

    public static Diagnostic WrongSize(string url, long expected, long found) =>
        Diagnostic.Error(
            "PL1306",
            $"'{Shown(url)}' has {found} bytes, expected {expected}",
            hint: "it was fetched twice, the second time past caches: "
                + "the mirror is out of step with its own index; use another one or try later",
            exit: ExitClass.Refused
        );

    public static Diagnostic Offline(string what) =>
        Diagnostic.Error("PL1304", $"'{what}' is not in the cache", hint: "run once without --offline", exit: ExitClass.OutsideWorld);

    public static Diagnostic NoCache(string what) =>
        Diagnostic.Error(
            "PL1305",
            $"'{what}' vanished from the cache while it was used",
            hint: "run the command again",
            exit: ExitClass.WorkFailed
        );

    /// <summary>Whether a file is missing, or is not the one that its index names.</summary>
    public static bool IsOutOfStep(Diagnostic diagnostic) => diagnostic.Code is "PL1301" or "PL1302" or "PL1303" or "PL1306";

    /// <summary>The address without a user name and password.</summary>
    public static string Shown(string url) => UrlCredentials.WithoutUser(url);
}
