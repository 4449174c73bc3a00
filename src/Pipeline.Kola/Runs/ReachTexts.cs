using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Runs;

/// <summary>Notes for the user of an interactive machine: how to leave it, and how to reach it from another terminal.</summary>
internal static class ReachTexts
{
    /// <summary>For a shell by ssh.</summary>
    /// <param name="access">The machine.</param>
    /// <param name="then">What happens when the shell ends.</param>
    public static List<string> Of(MachineAccess access, string then) =>
        [$"leave with 'exit' or Ctrl-D; {then}. Enter ~ . ends a shell that hangs", .. Others(access)];

    /// <summary>For a serial console.</summary>
    public static List<string> OfConsole(MachineAccess access) =>
        ["leave with Ctrl-]; the machine ends then", .. Others(access with { Serial = null })];

    private static IEnumerable<string> Others(MachineAccess access)
    {
        if (access.Ssh is { } ssh)
        {
            yield return $"ssh:     {ssh}";
        }

        yield return $"console: {new ToolCommand("tail", ["-f", access.Console])}";
        if (access.Serial is { } serial)
        {
            yield return $"serial:  {new ToolCommand("socat", ["-,raw,echo=0,escape=0x1d", $"UNIX-CONNECT:{serial}"])}";
        }

        if (access.Monitor is { } monitor)
        {
            yield return $"QMP:     {new ToolCommand("socat", ["-", $"UNIX-CONNECT:{monitor}"])}";
        }
    }
}
