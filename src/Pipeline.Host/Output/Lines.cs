using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Output;

/// <summary>Events as lines of text.</summary>
internal static class Lines
{
    private static readonly TimeSpan LongStep = TimeSpan.FromSeconds(5);

    /// <summary>The lasting line of an event, or <c>null</c> when it has none.</summary>
    public static string? Of(RunEvent happened, OpenSteps steps, bool colour) =>
        happened switch
        {
            StepEnded ended when steps.Find(ended.Id) is { } step => Of(ended, step),
            Noted note => Clean(steps.Find(note.Step)?.Inside + note.Text),
            Diagnosed problem => Of(problem.Diagnostic, colour),
            _ => null,
        };

    /// <summary>A diagnostic, red or yellow where colours are wanted.</summary>
    public static string Of(Diagnostic diagnostic, bool colour)
    {
        var text = Clean(diagnostic.ToString());
        return !colour ? text
            : diagnostic.Severity == Severity.Error ? $"\e[31m{text}\e[0m"
            : $"\e[33m{text}\e[0m";
    }

    /// <summary>The line that shows a running step.</summary>
    public static string Live(OpenStep step)
    {
        var text = $"{step.Margin}{step.Name}";
        var elapsed = Elapsed(step.Elapsed);
        if (step.Progress is not { } progress)
        {
            return OneLine($"{text} …{elapsed}");
        }

        var share = progress.Total > 0 ? $" {Percent(progress), 3}%" : "";
        return OneLine($"{text}{share}{Counted(progress)}{Rate(step.Rate, progress.Unit)}{elapsed} {progress.What}");
    }

    /// <summary>Only of steps that run for some seconds: short ones would flicker.</summary>
    private static string Elapsed(TimeSpan time) =>
        time < LongStep ? ""
        : time.TotalMinutes < 1 ? $" {(int)time.TotalSeconds} s"
        : string.Create(CultureInfo.InvariantCulture, $" {(int)time.TotalMinutes} min {time.Seconds:00} s");

    private static string Rate(double? rate, string unit) =>
        rate is not { } perSecond ? ""
        : unit == ProgressUnits.Bytes ? $", {ByteSize.FromBytes((long)perSecond)}/s"
        : string.Create(CultureInfo.InvariantCulture, $", {perSecond:0.0}/s");

    private static string Of(StepEnded ended, OpenStep step)
    {
        var outcome = (ended.Outcome, ended.Summary) switch
        {
            (StepOutcome.Stopped, { } reason) => $": {reason}",
            (StepOutcome.Stopped, null) => ": stopped",
            (StepOutcome.Failed, { } reason) => $": failed: {reason}",
            (StepOutcome.Failed, null) => ": failed",
            (_, { } summary) => $": {summary}",
            _ => "",
        };
        var seconds = ended.Seconds.ToString("0.0", CultureInfo.InvariantCulture);
        return Clean($"{step.Margin}{step.Name}{outcome} ({seconds} s)");
    }

    private static int Percent(StepProgressed progress) => (int)Math.Clamp(100.0 * progress.Done / progress.Total, 0, 100);

    private static string Counted(StepProgressed progress)
    {
        if (progress.Unit.Length == 0)
        {
            return "";
        }

        var bytes = progress.Unit == ProgressUnits.Bytes;
        var done = bytes ? ByteSize.FromBytes(Math.Max(0, progress.Done)).ToString() : Number(progress.Done);
        var total = bytes ? ByteSize.FromBytes(Math.Max(0, progress.Total)).ToString() : Number(progress.Total);
        return $" {done}{(progress.Total > 0 ? $" of {total}" : "")}{(bytes ? "" : $" {progress.Unit}")}";
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string OneLine(string text) => Clean(text.Replace('\t', ' ').Replace('\n', ' '));

    /// <summary>Before a line is cut to the terminal's width: half of a secret would not be recognised.</summary>
    private static string Clean(string text) => KnownSecrets.HideAll(TerminalText.Harmless(text));
}
