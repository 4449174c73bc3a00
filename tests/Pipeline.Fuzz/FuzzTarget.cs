using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Fuzz;

/// <summary>One parser of foreign bytes. A finding is an exception that is not a refusal, an endless run, or a broken promise.</summary>
/// <param name="Name">As typed; also the folder of its corpus.</param>
/// <param name="Project">The assembly that is instrumented, without <c>Pipeline.</c>.</param>
/// <param name="Seeds">Inputs to start from, made of the project's own test data.</param>
/// <param name="Run">Parses once.</param>
internal sealed record FuzzTarget(string Name, string Project, Func<IEnumerable<byte[]>> Seeds, Action<byte[]> Run)
{
    /// <summary>Where inputs are kept that reach code which no other reaches, and every input that was once a finding.</summary>
    public string Corpus => SourceTree.Path($"tests/Pipeline.Fuzz/Corpus/{Name}");

    /// <summary>Seeds and corpus.</summary>
    public IEnumerable<byte[]> Inputs() =>
        Directory.Exists(Corpus)
            ? Seeds().Concat(Directory.EnumerateFiles(Corpus).Order(StringComparer.Ordinal).Select(File.ReadAllBytes))
            : Seeds();

    /// <summary>A target for a parser of text; bytes that are not UTF-8 become U+FFFD, as everywhere in the program.</summary>
    public static FuzzTarget OfText(string name, string project, Func<IEnumerable<byte[]>> seeds, Action<string, DiagnosticBag> run) =>
        new(name, project, seeds, bytes => run(Encoding.UTF8.GetString(bytes), new DiagnosticBag()));

    /// <summary>Runs a parser that refuses with an exception.</summary>
    public static void Refusing(Action parse)
    {
        try
        {
            parse();
        }
        catch (PipelineException e) when (e.Diagnostics.All(d => d.Code != "PL0000")) { }
    }

    /// <summary>Fails when a parser breaks a promise.</summary>
    public static void Promise(bool kept, string what)
    {
        if (!kept)
        {
            throw new InvalidOperationException(what);
        }
    }
}
