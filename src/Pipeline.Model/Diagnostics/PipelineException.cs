namespace Pipeline.Model.Diagnostics;

/// <summary>The one exception of the toolchain: work that cannot go on, with everything a person needs to act.</summary>
public sealed class PipelineException : Exception
{
    /// <summary>Fails with all of <paramref name="diagnostics"/>; at least one must be an error.</summary>
    public PipelineException(IEnumerable<Diagnostic> diagnostics, Exception? inner = null)
        : this(diagnostics.ToArray(), inner) { }

    /// <summary>Fails with one error.</summary>
    public PipelineException(Diagnostic diagnostic, Exception? inner = null)
        : this([diagnostic], inner) { }

    private PipelineException(Diagnostic[] diagnostics, Exception? inner)
        : base(string.Join('\n', diagnostics.Select(d => d.ToString())), inner) => Diagnostics = diagnostics;

    /// <summary>All problems found, in the order they were found.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>The exit class: a refusal outranks everything, then the first error's class.</summary>
    public ExitClass Exit
    {
        get
        {
            var errors = Diagnostics.Where(d => d.Severity == Severity.Error).ToArray();
            return errors.Any(d => d.Exit == ExitClass.Refused) ? ExitClass.Refused
                : errors.Length == 0 ? ExitClass.WorkFailed
                : errors[0].Exit;
        }
    }
}
