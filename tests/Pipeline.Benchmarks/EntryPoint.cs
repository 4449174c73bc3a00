using BenchmarkDotNet.Running;

namespace Pipeline.Benchmarks;

/// <summary><c>streams</c> for <c>bench/streams.sh</c>, otherwise <c>dotnet run -c Release --project tests/Pipeline.Benchmarks -- --filter '*'</c>.</summary>
internal static class EntryPoint
{
    private static async Task Main(string[] args)
    {
        if (args is ["streams", .. var parts])
        {
            await StreamsBench.RunAsync(parts);
            return;
        }

        BenchmarkSwitcher.FromAssembly(typeof(EntryPoint).Assembly).Run(args);
    }
}
