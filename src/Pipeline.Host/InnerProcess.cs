using System.Globalization;

namespace Pipeline.Host;

/// <summary>What a process knows about the user namespace that it was started in.</summary>
internal static class InnerProcess
{
    /// <summary>Variable with the name of the id map.</summary>
    public const string MapVariable = "PIPELINE_NAMESPACE";

    /// <summary>Variable with the number of the process outside.</summary>
    public const string OuterVariable = "PIPELINE_NAMESPACE_OF";

    private const int KeyLength = 12;

    /// <summary>Whether this process was started inside.</summary>
    public static bool IsInside => MapKey is not null;

    /// <summary>Names the id map, <c>null</c> outside.</summary>
    public static string? MapKey =>
        Environment.GetEnvironmentVariable(MapVariable) is { Length: KeyLength } key && Libc.geteuid() == 0 ? key : null;

    /// <summary>The number of this process as people know it: inside, that of the process outside.</summary>
    public static int Id =>
        IsInside && int.TryParse(Environment.GetEnvironmentVariable(OuterVariable), CultureInfo.InvariantCulture, out var id)
            ? id
            : Environment.ProcessId;
}
