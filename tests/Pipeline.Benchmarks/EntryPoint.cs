using BenchmarkDotNet.Running;

namespace Pipeline.Benchmarks;

/// <summary><c>dotnet run -c Release --project tests/Pipeline.Benchmarks -- --filter '*'</c>.</summary>
internal static class EntryPoint
{
    private static void Main(string[] args) => BenchmarkSwitcher.FromAssembly(typeof(EntryPoint).Assembly).Run(args);
}
