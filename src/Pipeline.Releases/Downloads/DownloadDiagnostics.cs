using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Downloads;

/// <summary>Texts about downloads of images (PL56xx).</summary>
internal static class DownloadDiagnostics
{
    public static Diagnostic Unknown(string what, string name, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL5600",
            $"the stream has no {what} '{name}'",
            hint: ClosestName.Hint(name, known, $"it has {string.Join(", ", known)}")
        );

    public static Diagnostic NoKeys() =>
        Diagnostic.Error(
            "PL5601",
            "without keys the signature cannot be checked",
            hint: "give the publisher's keys with --key FILE, or --insecure to rely on the digest of the stream metadata"
        );

    public static Diagnostic NoSignature(string url) =>
        Diagnostic.Error(
            "PL5602",
            $"'{url}' has no signature",
            hint: "--insecure relies on the digest of the stream metadata alone",
            exit: ExitClass.Refused
        );

    public static Diagnostic BadKey(string path) =>
        Diagnostic.Error("PL5603", $"'{path}' holds no OpenPGP keys", hint: "give public keys, armoured or binary");

    public static Diagnostic WrongDigest(string url, Digest expected, Digest actual) =>
        Diagnostic.Error(
            "PL5604",
            $"'{url}' has {actual}, the stream metadata says {expected}",
            hint: "do not use it; the server and the metadata are of different releases, or somebody changed it",
            exit: ExitClass.Refused
        );

    public static Diagnostic Status(string url, int status) =>
        Diagnostic.Error("PL5605", $"'{url}' could not be fetched: the server answered {status}", hint: "check the address");

    public static Diagnostic BadUrl(string url) =>
        Diagnostic.Error("PL5606", $"'{url}' is no http or https address of a file", hint: "give an address that ends with a file name");

    public static Diagnostic BadContent(string url, string what) =>
        Diagnostic.Error("PL5607", $"'{url}' cannot be decompressed: {what}", exit: ExitClass.Refused);

    public static Diagnostic NotCompressed(string url) =>
        Diagnostic.Error("PL5608", $"'{url}' is not compressed with xz, gzip or zstd", hint: "leave --decompress out");

    public static Diagnostic Insecure(string url) =>
        Diagnostic.Warning("PL5609", $"the signature of '{url}' is not checked", hint: "give the publisher's keys with --key FILE");
}
