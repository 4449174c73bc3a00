namespace Pipeline.Model.Diagnostics;

/// <summary>How serious a diagnostic is; only <see cref="Error"/> stops the work.</summary>
public enum Severity
{
    /// <summary>For information; never changes the outcome.</summary>
    Note,

    /// <summary>Probably a mistake; the work goes on.</summary>
    Warning,

    /// <summary>The input cannot be used or the work failed.</summary>
    Error,
}
