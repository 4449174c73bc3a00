namespace Pipeline.Host.Sandbox;

/// <summary>The same program, run again inside a user namespace, failed; it has told why on standard error already.</summary>
/// <param name="code">Its exit code.</param>
public sealed class InsideFailedException(int code) : Exception($"the part inside the user namespace ended with {code}")
{
    /// <summary>Its exit code; by the program's own convention an <see cref="Model.Diagnostics.ExitClass"/>.</summary>
    public int Code { get; } = code;
}
