using BenchmarkDotNet.Running;

namespace Pipeline.Benchmarks;

/// <summary><c>streams</c> for <c>bench/streams.sh</c>, which starts <c>peer [FILE]</c> for itself, otherwise <c>dotnet run -c Release --project tests/Pipeline.Benchmarks -- --filter '*'</c>.</summary>
internal static class EntryPoint
{
    private static async Task Main(string[] args)
    {
        if (args is ["streams", .. var parts])
        {
            await StreamsBench.RunAsync(parts);
            return;
        }

        if (args is ["peer", .. var body])
        {
            await ServeBench.PeerAsync(body.Length == 0 ? null : await File.ReadAllBytesAsync(body[0]));
            return;
        }

        BenchmarkSwitcher.FromAssembly(typeof(EntryPoint).Assembly).Run(args);
    }
}
