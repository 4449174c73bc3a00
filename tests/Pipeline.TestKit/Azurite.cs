using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>
/// A local server of Azure blobs, in memory on loopback; from <c>tests/azurite</c> (<c>npm ci</c>). It dies with the test host.
/// </summary>
public sealed class Azurite : IAsyncDisposable
{
    /// <summary>The emulator's one account.</summary>
    public const string Account = "devstoreaccount1";

    /// <summary>The emulator's published key; no secret.</summary>
    public const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly IRunningTool _server;
    private readonly TemporaryDirectory _directory;

    private Azurite(IRunningTool server, TemporaryDirectory directory, Uri endpoint)
    {
        _server = server;
        _directory = directory;
        Endpoint = endpoint;
    }

    /// <summary>Where it answers, with the account in the path.</summary>
    public Uri Endpoint { get; }

    /// <summary>Starts one.</summary>
    /// <exception cref="PipelineException">Its npm packages are not installed.</exception>
    public static async Task<Azurite> StartAsync(CancellationToken cancellationToken)
    {
        var script = SourceTree.Path("tests/azurite/node_modules/azurite/dist/src/blob/main.js");
        if (!File.Exists(script))
        {
            throw new PipelineException(
                Diagnostic.Error(
                    "PL0302",
                    "'azurite' is not installed",
                    hint: "run 'npm ci --ignore-scripts' in tests/azurite",
                    exit: ExitClass.MissingTool
                )
            );
        }

        for (var tries = 1; ; tries++)
        {
            var directory = new TemporaryDirectory();
            var port = LoopbackPort.Free();
            string[] arguments =
            [
                script,
                "--silent",
                "--disableTelemetry",
                "--inMemoryPersistence",
                "--skipApiVersionCheck",
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                System.FormattableString.Invariant($"{port}"),
            ];
            var server = new ToolRunner().Start(
                new("node", [.. arguments]) { WorkingDirectory = directory.Path, MissingHint = "install the packages 'nodejs' and 'npm'" }
            );
            var azurite = new Azurite(server, directory, new($"http://127.0.0.1:{port}/{Account}"));
            try
            {
                await LoopbackPort.WaitAsync(azurite.Endpoint, server, cancellationToken);
                return azurite;
            }
            catch (InvalidOperationException) when (tries < 3)
            {
                await azurite.DisposeAsync();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }
}
