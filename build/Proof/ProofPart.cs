using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>One long proof: what it shows, and how it is made.</summary>
/// <param name="Name">Its name for <c>--only</c>; also the name of its log and record.</param>
/// <param name="Shows">What is known once it passed, as one sentence.</param>
/// <param name="Inputs">Files and directories of the checkout that its answer depends on.</param>
/// <param name="RunAsync">Makes it; returns the figures for the report, throws when the proof fails.</param>
internal sealed record ProofPart(
    string Name,
    string Shows,
    ValueList<string> Inputs,
    Func<ProofBench, CancellationToken, Task<ValueList<ProofFigure>>> RunAsync
);

/// <summary>One figure of the report.</summary>
/// <param name="Name">What was measured or made, for example <c>commit</c>.</param>
/// <param name="Value">The value as text, with its unit.</param>
internal sealed record ProofFigure(string Name, string Value);

/// <summary>How a part ended.</summary>
internal enum ProofOutcome
{
    /// <summary>It ran, and what it shows is so.</summary>
    Passed,

    /// <summary>It ran, and something is not so; the log says what.</summary>
    Failed,
}

/// <summary>What is kept of a part: <c>artifacts/proof/NAME.json</c>. A passed record with the current digest replaces a run.</summary>
/// <param name="Name">The part.</param>
/// <param name="Shows">What it shows.</param>
/// <param name="Digest">Digest of its inputs, 64 hexadecimal digits.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Finished">When it ended, UTC.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Problem">Why it failed; <c>null</c> when it passed.</param>
/// <param name="Figures">Its figures.</param>
internal sealed record ProofRecord(
    string Name,
    string Shows,
    string Digest,
    ProofOutcome Outcome,
    DateTimeOffset Finished,
    double Seconds,
    string? Problem,
    IReadOnlyList<ProofFigure> Figures
);
