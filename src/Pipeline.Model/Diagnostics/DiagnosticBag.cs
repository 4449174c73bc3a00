namespace Pipeline.Model.Diagnostics;

/// <summary>Collects problems so that a user sees all of them at once. Not thread-safe: one bag per reader.</summary>
public sealed class DiagnosticBag
{
    /// <summary>Hostile input could produce a problem per byte; past this many only the count is kept.</summary>
    public const int Limit = 200;

    private readonly List<Diagnostic> _items = [];
    private int _dropped;
    private bool _droppedError;

    /// <summary>
    /// The problems so far, in the order found, at most <see cref="Limit"/> plus one that counts the rest: a warning, unless an error is
    /// among them.
    /// </summary>
    public IReadOnlyList<Diagnostic> Items => _dropped == 0 ? _items : [.. _items, Rest()];

    /// <summary>Whether any problem is an error.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Adds a problem. When there are too many, an error takes the place of the last warning.</summary>
    public void Add(Diagnostic diagnostic)
    {
        var isError = diagnostic.Severity == Severity.Error;
        HasErrors |= isError;
        if (_items.Count < Limit)
        {
            _items.Add(diagnostic);
            return;
        }

        _dropped++;
        var last = isError ? _items.FindLastIndex(d => d.Severity != Severity.Error) : -1;
        if (last >= 0)
        {
            _items.RemoveAt(last);
            _items.Add(diagnostic);
        }
        else
        {
            _droppedError |= isError;
        }
    }

    /// <summary>Adds an error of class <see cref="ExitClass.BadInput"/>.</summary>
    public void Error(string code, string message, SourceSpan? span = null, string? hint = null, string? path = null) =>
        Add(Diagnostic.Error(code, message, span, hint, ExitClass.BadInput, path));

    /// <summary>Adds a warning.</summary>
    public void Warning(string code, string message, SourceSpan? span = null, string? hint = null, string? path = null) =>
        Add(Diagnostic.Warning(code, message, span, hint, path));

    /// <summary>Throws every problem found when at least one is an error.</summary>
    /// <exception cref="PipelineException">At least one error was added.</exception>
    public void ThrowIfErrors()
    {
        if (HasErrors)
        {
            throw new PipelineException(Items);
        }
    }

    private Diagnostic Rest()
    {
        var message = _dropped == 1 ? "one more problem is not shown" : $"{_dropped} more problems are not shown";
        return _droppedError ? Diagnostic.Error("PL0001", message) : Diagnostic.Warning("PL0001", message);
    }
}
