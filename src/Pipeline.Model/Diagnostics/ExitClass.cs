namespace Pipeline.Model.Diagnostics;

/// <summary>What a failure means to the caller; the number is the process exit code.</summary>
public enum ExitClass
{
    /// <summary>The work is done.</summary>
    Done = 0,

    /// <summary>The work itself failed: a test failed, documents differ.</summary>
    WorkFailed = 1,

    /// <summary>Wrong usage or bad input; nothing was written.</summary>
    BadInput = 2,

    /// <summary>A needed tool or privilege is missing on this machine.</summary>
    MissingTool = 3,

    /// <summary>An outside service (network, mirror, cloud) failed; a retry is sensible.</summary>
    OutsideWorld = 4,

    /// <summary>Refused: signature, expiry, digest or path escape. Never retried.</summary>
    Refused = 5,

    /// <summary>Only tests failed that may fail, and the caller asked to hear of it (kola's number).</summary>
    Warned = 77,

    /// <summary>Cancelled by the user (Ctrl-C or SIGTERM).</summary>
    Cancelled = 130,
}
