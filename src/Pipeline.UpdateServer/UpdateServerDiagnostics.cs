using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.UpdateServer;

/// <summary>Texts of problems of the graph service, PL6040–PL6049.</summary>
public static class UpdateServerDiagnostics
{
    /// <summary>A look at the store failed; what is served stays.</summary>
    public static Diagnostic RefreshFailed(string stream, string reason, bool served) =>
        Diagnostic.Warning(
            "PL6040",
            $"stream '{stream}' could not be refreshed: {reason}",
            hint: served ? "the last good documents are served; it is tried again" : "nothing is served for it yet; it is tried again"
        );

    /// <summary>Documents of two streams.</summary>
    public static Diagnostic OtherStream(string key, string expected, string actual) =>
        Diagnostic.Error(
            "PL6041",
            $"'{key}' is of stream '{actual}', not '{expected}'",
            hint: "publish the right document under that name"
        );

    /// <summary>The documents keep changing while they are read.</summary>
    public static Diagnostic Unsettled(string stream) =>
        Diagnostic.Error("PL6042", $"the documents of stream '{stream}' changed each time they were read", exit: ExitClass.OutsideWorld);

    /// <summary>The address is taken or not ours.</summary>
    public static Diagnostic CannotListen(string address, string reason) =>
        Diagnostic.Error(
            "PL6043",
            $"cannot listen on {address}: {reason}",
            hint: "choose another --listen or --metrics address, or stop what holds it",
            exit: ExitClass.MissingTool
        );

    /// <summary>A stream name that cannot be part of a key.</summary>
    public static Diagnostic BadStream(string name) =>
        Diagnostic.Error("PL6044", $"'{name}' is not a stream name", hint: "names are lower-case letters, digits and '-'");

    /// <summary>The store hangs in an earlier look.</summary>
    public static Diagnostic StillReading(string stream) =>
        Diagnostic.Error("PL6048", $"the last look at stream '{stream}' has not come back from the store", exit: ExitClass.OutsideWorld);

    /// <summary>A version that is no name for people and machines.</summary>
    public static Diagnostic BadVersion(string key, string version) =>
        Diagnostic.Error(
            "PL6049",
            $"'{key}' has the version '{TerminalText.Shorten(version, 60)}', which is empty, longer than 128 characters or not printable",
            hint: "correct the document; until then the last good one counts"
        );

    /// <summary>Two releases of one version.</summary>
    public static Diagnostic TwiceTheVersion(string key, string version) =>
        Diagnostic.Error(
            "PL6050",
            $"'{key}' has version '{version}' twice",
            hint: "correct the document; until then the last good one counts"
        );

    /// <summary>The platform document is malformed.</summary>
    public static Diagnostic BadPlatforms(string key) =>
        Diagnostic.Error(
            "PL6045",
            $"'{key}' is not {{\"hidden\": [{{\"version\": …, \"platforms\": […]}}]}}",
            hint: "correct the document; until then the last good one counts"
        );
}
