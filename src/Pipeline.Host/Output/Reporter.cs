using System.Globalization;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>How the story is drawn.</summary>
public enum ReporterStyle
{
    /// <summary>A live line on a terminal, replaced as work goes on.</summary>
    Terminal,

    /// <summary>Plain lines, for CI logs and files.</summary>
    Plain,

    /// <summary>Nothing but errors.</summary>
    Quiet,
}

/// <summary>Writes the story of a run to one text writer. Safe for use from several threads.</summary>
/// <param name="writer">Standard error.</param>
/// <param name="style">Chosen by <see cref="Detect"/> unless the user says otherwise.</param>
/// <param name="time">Clock for durations.</param>
/// <param name="colour">Whether to colour; never when NO_COLOR is set.</param>
public sealed class Reporter(TextWriter writer, ReporterStyle style, TimeProvider time, bool colour = false) : IReporter
{
    private readonly Lock _gate = new();
    private long _lastDraw;
    private bool _live;
    private int _depth;

    /// <summary>Terminal when standard error is one and CI is not set; else plain.</summary>
    public static ReporterStyle Detect(bool errorIsTerminal, string? ci) =>
        errorIsTerminal && string.IsNullOrEmpty(ci) ? ReporterStyle.Terminal : ReporterStyle.Plain;

    /// <inheritdoc/>
    public IStep Step(string name)
    {
        lock (_gate)
        {
            if (style == ReporterStyle.Terminal)
            {
                Draw($"{Indent()}{name} …");
            }

            return new RunningStep(this, name, _depth++, time.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    public void Note(string text)
    {
        if (style != ReporterStyle.Quiet)
        {
            Line($"{Indent()}{text}");
        }
    }

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic)
    {
        if (style == ReporterStyle.Quiet && diagnostic.Severity != Severity.Error)
        {
            return;
        }

        var text = diagnostic.ToString();
        Line(
            !colour ? text
            : diagnostic.Severity == Severity.Error ? $"\e[31m{text}\e[0m"
            : $"\e[33m{text}\e[0m"
        );
    }

    private string Indent() => new(' ', Math.Max(0, _depth) * 2);

    private void Line(string text)
    {
        lock (_gate)
        {
            Erase();
            writer.WriteLine(text);
            writer.Flush();
        }
    }

    private void Draw(string text)
    {
        Erase();
        writer.Write(text.Length > 110 ? text[..110] : text);
        writer.Flush();
        _live = true;
        _lastDraw = time.GetTimestamp();
    }

    private void Erase()
    {
        if (_live)
        {
            writer.Write("\r\e[K");
            _live = false;
        }
    }

    private void Progress(RunningStep step, long done, long total, string what)
    {
        lock (_gate)
        {
            if (style != ReporterStyle.Terminal || time.GetElapsedTime(_lastDraw) < TimeSpan.FromMilliseconds(100))
            {
                return;
            }

            var share = total > 0 ? string.Create(CultureInfo.InvariantCulture, $" {done * 100 / total, 3}%") : "";
            Draw($"{new string(' ', step.Depth * 2)}{step.Name}{share} {what}");
        }
    }

    private void End(RunningStep step)
    {
        var elapsed = time.GetElapsedTime(step.Start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        lock (_gate)
        {
            _depth = step.Depth;
            if (style != ReporterStyle.Quiet)
            {
                Line($"{new string(' ', step.Depth * 2)}{step.Name}{(step.Remark is null ? "" : $": {step.Remark}")} ({elapsed} s)");
            }
        }
    }

    private sealed class RunningStep(Reporter owner, string name, int depth, long start) : IStep
    {
        private int _ended;

        public string Name => name;

        public int Depth => depth;

        public long Start => start;

        public string? Remark { get; private set; }

        public void Progress(long done, long total, string what) => owner.Progress(this, done, total, what);

        public void Summary(string text) => Remark = text;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                owner.End(this);
            }
        }
    }
}
