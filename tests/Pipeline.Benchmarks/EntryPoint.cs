using BenchmarkDotNet.Running;

namespace Pipeline.Benchmarks;

/// <summary>
/// <c>streams</c> (which starts <c>peer [FILE]</c> for itself) and <c>provisioning</c> for their scripts in <c>bench/</c>, otherwise
/// <c>dotnet run -c Release --project tests/Pipeline.Benchmarks -- --filter '*'</c>.
/// </summary>
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

        if (args is ["provisioning"])
        {
            ProvisioningBench.Run();
            return;
        }

        BenchmarkSwitcher.FromAssembly(typeof(EntryPoint).Assembly).Run(args);
    }
}
