namespace Pipeline.Cli.Doctor;

/// <summary>What a check found.</summary>
internal enum DoctorStatus
{
    /// <summary>Works.</summary>
    Good,

    /// <summary>A build works without it, slower or with less.</summary>
    Degraded,

    /// <summary>A build would fail.</summary>
    Broken,
}

/// <summary>One line of <c>pipeline doctor</c>.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Status">What was found.</param>
/// <param name="Detail">The evidence, in a few words.</param>
/// <param name="Fix">The line that repairs it; <c>null</c> when nothing has to be done or nothing can.</param>
internal sealed record DoctorCheck(string Name, DoctorStatus Status, string Detail, string? Fix = null);
