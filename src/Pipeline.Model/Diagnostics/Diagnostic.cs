namespace Pipeline.Model.Diagnostics;

/// <summary>One problem or remark, made to be acted on.</summary>
/// <param name="Code">Stable code <c>PLnnnn</c>, unique per kind of problem.</param>
/// <param name="Severity">Only <see cref="Diagnostics.Severity.Error"/> stops the work.</param>
/// <param name="Message">What is wrong: lower case, no full stop, quotes around user text.</param>
/// <param name="Span">Where; <c>null</c> when the problem has no place in a file.</param>
/// <param name="Hint">What to do next, if possible a command; <c>null</c> when the message says it already.</param>
/// <param name="Exit">The exit class when this is the worst error of a run.</param>
/// <param name="Path">Logical place in the document (JSON pointer or <c>storage.files.0.path</c>); <c>null</c> when there is none.</param>
public sealed record Diagnostic(
    string Code,
    Severity Severity,
    string Message,
    SourceSpan? Span = null,
    string? Hint = null,
    ExitClass Exit = ExitClass.BadInput,
    string? Path = null
)
{
    /// <summary>An error of class <paramref name="exit"/>.</summary>
    public static Diagnostic Error(
        string code,
        string message,
        SourceSpan? span = null,
        string? hint = null,
        ExitClass exit = ExitClass.BadInput,
        string? path = null
    ) => new(code, Severity.Error, message, span, hint, exit, path);

    /// <summary>A warning; it never changes the exit code by itself.</summary>
    public static Diagnostic Warning(string code, string message, SourceSpan? span = null, string? hint = null, string? path = null) =>
        new(code, Severity.Warning, message, span, hint, ExitClass.Done, path);

    /// <summary>
    /// The two-line text form: <c>file:line:col: error PL0103: message</c> and an indented hint. It quotes what came from outside, and
    /// nothing in that may steer a terminal: control characters other than line feeds and tabs show as <c>?</c>.
    /// </summary>
    public override string ToString()
    {
        var level = Severity switch
        {
            Severity.Error => "error",
            Severity.Warning => "warning",
            _ => "note",
        };
        var place = Span is null ? "" : $"{Span}: ";
        var path = Path is null ? "" : $" (at {Path})";
        var hint = Hint is null ? "" : $"\n  hint: {Hint.Replace("\n", "\n        ", StringComparison.Ordinal)}";
        var text = $"{place}{level} {Code}: {Message}{path}{hint}";
        return text.Any(IsUnprintable) ? string.Concat(text.Select(c => IsUnprintable(c) ? '?' : c)) : text;
    }

    private static bool IsUnprintable(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
