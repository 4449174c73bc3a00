using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Contracts;
using Pipeline.Releases.Documents;

namespace Pipeline.Releases.Desks;

/// <summary>What a check of documents found.</summary>
/// <param name="Differences">Between the files and what their publishers would print, in the order of the files.</param>
/// <param name="Problems">Of files that could not be read as that kind.</param>
public sealed record ContractAnswer(ValueList<ContractDifference> Differences, ValueList<Diagnostic> Problems);

/// <summary>Façade of <c>contract</c>: documents that other programs read.</summary>
public sealed class ContractDesk
{
    private readonly ReleaseServices _services;

    internal ContractDesk(ReleaseServices services) => _services = services;

    /// <summary>Names of the kinds of documents, in the order help lists them.</summary>
    public static ValueList<string> Kinds { get; } = ContractKind.All.Select(k => k.Name).ToValueList();

    /// <summary>Reads files, prints them in the style found and compares the bytes.</summary>
    /// <exception cref="PipelineException">PL5022 unknown kind (class 2).</exception>
    public async Task<ContractAnswer> CheckAsync(string kind, IEnumerable<string> files, CancellationToken cancellationToken)
    {
        var expected = ContractKind.Of(kind);
        var differences = new List<ContractDifference>();
        var problems = new List<Diagnostic>();
        foreach (var file in files)
        {
            try
            {
                var bytes = await DocumentFile.ReadBytesAsync(_services.FullPath(file), file, cancellationToken);
                differences.AddRange(ContractCheck.Run(expected, file, bytes));
            }
            catch (PipelineException e)
            {
                problems.AddRange(e.Diagnostics);
            }
        }

        return new(differences.ToValueList(), problems.ToValueList());
    }

    /// <summary>The JSON Schema (draft 7) of a kind.</summary>
    /// <exception cref="PipelineException">PL5022 unknown kind (class 2).</exception>
    public static string Schema(string kind) => ContractKind.Of(kind).Schema();
}
