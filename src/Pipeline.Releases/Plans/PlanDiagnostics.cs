using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Plans;

/// <summary>Texts of problems with plans, PL6110–PL6119.</summary>
internal static class PlanDiagnostics
{
    /// <summary>Something is not what it was when the plan was made.</summary>
    public static Diagnostic Changed(string what) =>
        Diagnostic.Error(
            "PL6110",
            $"{what} changed since the plan was made",
            hint: "nothing more was done; run the command again to plan from what is there now",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>What an earlier run did is not there any more.</summary>
    public static Diagnostic Undone(string what) =>
        Diagnostic.Error(
            "PL6111",
            $"{what} was made by the interrupted run and is not there any more",
            hint: "run the command again to plan from what is there now",
            exit: ExitClass.OutsideWorld
        );

    /// <summary>Not a journal.</summary>
    public static Diagnostic NoJournal(string file) =>
        Diagnostic.Error("PL6112", $"'{file}' is not the journal of a plan", hint: "delete it and run the command again");
}
