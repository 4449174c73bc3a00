using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

/// <summary>Texts of errors around object stores, PL6001–PL6019.</summary>
public static class ObjectDiagnostics
{
    /// <summary>Servers put pages of HTML into errors.</summary>
    private const int MostOfReason = 300;

    /// <summary>The store could not be reached or answered with an error of its own.</summary>
    public static Diagnostic Failed(string address, string what, string reason) =>
        Diagnostic.Error(
            "PL6001",
            $"{address}: {what} failed: {TerminalText.Shorten(reason, MostOfReason)}",
            hint: "check the network and the store, then run the same command again: it goes on where it stopped",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>The credentials are refused, or do not allow this.</summary>
    public static Diagnostic Denied(string address, string what, string reason) =>
        Diagnostic.Error(
            "PL6002",
            $"{address}: {what} was denied: {TerminalText.Shorten(reason, MostOfReason)}",
            hint: "check the credentials in the environment (AWS_PROFILE, AZURE_STORAGE_CONNECTION_STRING, …) and their rights",
            exit: ExitClass.MissingTool
        );

    /// <summary>Another content already has this name, and the name is for ever.</summary>
    public static Diagnostic Immutable(string address, string key, string there, Digest ours) =>
        Diagnostic.Error(
            "PL6003",
            $"{address}: '{key}' holds other bytes ({there}) than these ({ours})",
            hint: "a published file never changes: make a new build with a new version",
            exit: ExitClass.Refused
        );

    /// <summary>Another content is on its way to this name, or was an instant ago.</summary>
    public static Diagnostic Claimed(string address, string key, Digest theirs, Digest ours, DateTimeOffset alive, TimeSpan patience) =>
        Diagnostic.Error(
            "PL6014",
            $"{address}: '{key}' is being uploaded with other bytes ({theirs}) than these ({ours}), "
                + $"the last of them at {alive.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC",
            hint: $"let that upload finish or make a new build; if nobody goes on with it, "
                + $"it gives way to this one after {(alive + patience).UtcDateTime:HH:mm} UTC",
            exit: ExitClass.Refused
        );

    /// <summary>A document beyond any sane size.</summary>
    public static Diagnostic TooLarge(string address, string key, long size, long limit) =>
        Diagnostic.Error(
            "PL6004",
            $"{address}: '{key}' has {ByteSize.FromBytes(size)}, more than the {ByteSize.FromBytes(limit)} that are read",
            exit: ExitClass.BadInput
        );

    /// <summary>The object was replaced while it was read.</summary>
    public static Diagnostic Changed(string address, string key) =>
        Diagnostic.Error(
            "PL6005",
            $"{address}: '{key}' changed while it was read",
            hint: "run the same command again",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>A key no store takes.</summary>
    public static Diagnostic BadKey(string key) =>
        Diagnostic.Error(
            "PL6006",
            $"'{(key.Length > 200 ? key[..200] + "…" : key)}' cannot be a key in a store",
            hint: "keys are relative, without '.' or '..', control characters or empty names, and at most 900 bytes long",
            exit: ExitClass.Refused
        );

    /// <summary>An address that is not understood.</summary>
    public static Diagnostic BadAddress(string address, string reason) =>
        Diagnostic.Error(
            "PL6007",
            $"'{address}' is not the address of a store: {reason}",
            hint: "use file:DIR, s3://bucket/prefix?region=…, s3://bucket?endpoint=http://host:port, "
                + "az://account/container/prefix, or https://… to read only"
        );

    /// <summary>A write to a store that can only be read.</summary>
    public static Diagnostic ReadOnly(string address) =>
        Diagnostic.Error(
            "PL6008",
            $"{address}: this store can only be read",
            hint: "name the bucket or directory behind it: s3://…, az://… or file:DIR"
        );

    /// <summary>The bytes do not have the expected digest.</summary>
    public static Diagnostic WrongDigest(string what, Digest expected, Digest actual) =>
        Diagnostic.Error(
            "PL6009",
            $"{what} has {actual}, but {expected} was expected",
            hint: "do not use it; find out who changed the file or the document that names it",
            exit: ExitClass.Refused
        );

    /// <summary>The size is not the expected one.</summary>
    public static Diagnostic WrongSize(string what, long expected, long actual) =>
        Diagnostic.Error(
            "PL6010",
            $"{what} has {actual} bytes, but {expected} were expected",
            hint: "do not use it; find out who changed the file or the document that names it",
            exit: ExitClass.Refused
        );

    /// <summary>Compare-and-swap lost too often.</summary>
    public static Diagnostic Contended(string address, string key, int tries) =>
        Diagnostic.Error(
            "PL6011",
            $"{address}: '{key}' was changed by others {tries} times in a row",
            hint: "find out what writes it all the time, then run the same command again",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>There is no such object.</summary>
    public static Diagnostic Missing(string address, string key) =>
        Diagnostic.Error("PL6012", $"{address}: there is no '{key}'", hint: "check the address of the store and the name");

    /// <summary>A directory store whose path cannot be used so.</summary>
    public static Diagnostic Local(string address, string key, string reason) =>
        Diagnostic.Error("PL6013", $"{address}: '{key}': {reason}", hint: "look at the file and its directory", exit: ExitClass.WorkFailed);
}
