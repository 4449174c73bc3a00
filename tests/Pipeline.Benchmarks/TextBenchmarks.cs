using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Benchmarks;

/// <summary>Our JSON nodes against the framework's on a document of the size of stream metadata.</summary>
[MemoryDiagnoser, ShortRunJob]
public class JsonTextBenchmarks
{
    private readonly byte[] _document = Encoding.UTF8.GetBytes(
        "{"
            + string.Join(
                ',',
                Enumerable
                    .Range(0, 800)
                    .Select(i =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"\"artifact-{i}\":{{\"location\":\"builds/{i}/x86_64/image.qcow2.xz\","
                                + $"\"sha256\":\"{i:x64}\",\"size\":{i * 4096L}}}"
                        )
                    )
            )
            + "}"
    );

    /// <summary>The framework's document: no spans of lines, no order guarantees, nothing to print back.</summary>
    [Benchmark(Baseline = true)]
    public int Framework()
    {
        using var document = System.Text.Json.JsonDocument.Parse(_document);
        return document.RootElement.EnumerateObject().Count();
    }

    /// <summary>Nodes with raw text and spans.</summary>
    [Benchmark]
    public int Nodes() => ((JsonTextObject)JsonText.Parse("d.json", _document, new DiagnosticBag())!).Members.Count;
}

/// <summary>Our YAML nodes against the bare event stream of the parser below them.</summary>
[MemoryDiagnoser, ShortRunJob]
public class YamlTextBenchmarks
{
    private readonly string _document = "packages:\n" + string.Concat(Enumerable.Range(0, 2000).Select(i => $"  - package-{i}\n"));

    /// <summary>Events only.</summary>
    [Benchmark(Baseline = true)]
    public int Events()
    {
        var parser = new YamlDotNet.Core.Parser(new StringReader(_document));
        var count = 0;
        while (parser.MoveNext())
        {
            count++;
        }

        return count;
    }

    /// <summary>Nodes with style and spans.</summary>
    [Benchmark]
    public int Nodes() => ((YamlMapping)YamlText.Parse("m.yaml", _document, new DiagnosticBag())!).Entries.Count;
}
