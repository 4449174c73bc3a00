using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Plans;

namespace Pipeline.Releases.Documents;

/// <summary>Documents in local files: bounded reading, and atomic edits under a lock.</summary>
internal static class DocumentFile
{
    /// <summary>Reads and checks a document.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="shown">The path as the user typed it.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="PipelineException">Missing, too large, not JSON or not such a document (class 2), with every problem.</exception>
    public static async Task<Document<T>> ReadAsync<T>(string path, string shown, CancellationToken cancellationToken)
        where T : ContractRecord => Parse<T>(shown, await ReadBytesAsync(path, shown, cancellationToken));

    /// <summary>Reads a whole file of at most <see cref="TextLimits.MaxLength"/> bytes.</summary>
    /// <exception cref="PipelineException">PL5020 missing, PL5021 not a regular file or too large (class 2).</exception>
    public static async Task<byte[]> ReadBytesAsync(string path, string shown, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
        {
            throw new PipelineException(DocumentDiagnostics.Directory(shown));
        }

        try
        {
            await using var stream = RegularFile.OpenNamed(path);
            return await stream.ReadAtMostAsync(TextLimits.Default.MaxLength, cancellationToken)
                ?? throw new PipelineException(DocumentDiagnostics.NotADocument(shown));
        }
        catch (FileNotFoundException)
        {
            throw new PipelineException(DocumentDiagnostics.NoFile(shown));
        }
        catch (PipelineException e)
        {
            throw new PipelineException([DocumentDiagnostics.NotADocument(shown)], e);
        }
    }

    /// <summary>Reads a document from memory.</summary>
    /// <exception cref="PipelineException">Not JSON or not such a document (class 2), with every problem.</exception>
    public static Document<T> Parse<T>(string shown, ReadOnlyMemory<byte> utf8)
        where T : ContractRecord
    {
        var problems = new DiagnosticBag();
        var document = Contract.Read<T>(shown, utf8, problems);
        if (problems.HasErrors)
        {
            var root = JsonText.Parse(shown, utf8, new DiagnosticBag());
            throw new PipelineException(DocumentKinds.Explain(shown, root, typeof(T), problems));
        }

        return document ?? throw new PipelineException(ContractDiagnostics.NoDocument(shown, typeof(T).Name));
    }

    /// <summary>Plans a change of a document and gives the plan to <paramref name="sink"/>, both under a lock on its directory.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="shown">The path as the user typed it.</param>
    /// <param name="fresh">What to start from when the file does not exist or is empty; <c>null</c> to refuse then.</param>
    /// <param name="edit">Makes the new document, printed in the style found; called once, under the lock.</param>
    /// <param name="sink">Writes the file, or only shows the change.</param>
    /// <param name="cancellationToken">Cancels before the write.</param>
    /// <param name="beside">What else is written when the document changes, before it; receives the document as it was.</param>
    /// <returns>The text before and after.</returns>
    public static async Task<DocumentChange<T>> EditAsync<T>(
        string path,
        string shown,
        Document<T>? fresh,
        Func<T, T> edit,
        IPlanSink sink,
        CancellationToken cancellationToken,
        Func<Document<T>, IEnumerable<PlanStep>>? beside = null
    )
        where T : ContractRecord
    {
        var target = RealFile(path);
        var directory = Path.GetDirectoryName(target)!;
        if (fresh is not null && sink.Applies)
        {
            Directory.CreateDirectory(directory);
        }
        else if (!Directory.Exists(directory))
        {
            throw new PipelineException(DocumentDiagnostics.NoFile(shown));
        }

        using var held = await DirectoryLock.AcquireAsync(directory, cancellationToken);
        var exists = File.Exists(target) && (fresh is null || new FileInfo(target).Length > 0);
        var bytes = exists || fresh is null ? await ReadBytesAsync(target, shown, cancellationToken) : [];
        var document = exists || fresh is null ? Parse<T>(shown, bytes) : fresh;
        var edited = document with { Value = edit(document.Value) };
        var change = new DocumentChange<T>(shown, Encoding.UTF8.GetString(bytes), edited.Print(), edited.Value);
        var before = File.Exists(target) ? Digest.Of(bytes).Hex : null;
        PlanStep[] steps = change.Changed
            ? [.. beside?.Invoke(document) ?? [], new WriteFile(target, before, Encoding.UTF8.GetBytes(change.After))]
            : [];
        await sink.RunAsync(Plan.Of("edit", steps), cancellationToken);
        return change;
    }

    /// <summary>The file behind a symlink: replacing the link itself would cut it from its target.</summary>
    private static string RealFile(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
}

/// <summary>What an edit did.</summary>
/// <param name="Shown">The file as the user typed it.</param>
/// <param name="Before">The text before; empty for a new file.</param>
/// <param name="After">The text after.</param>
/// <param name="Value">The document after.</param>
internal sealed record DocumentChange<T>(string Shown, string Before, string After, T Value)
{
    /// <summary>Whether the texts differ.</summary>
    public bool Changed => Before != After;

    /// <summary>A unified diff; empty when nothing changed.</summary>
    public string Diff => TextDiff.Unified(Shown, Before, After);
}
