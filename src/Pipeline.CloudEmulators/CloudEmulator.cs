using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Pipeline.CloudEmulators.Aws;
using Pipeline.CloudEmulators.Faults;
using Pipeline.CloudEmulators.Machines;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.CloudEmulators;

/// <summary>
/// The APIs of a cloud on loopback. The façade of this project, which exists so that nothing of ASP.NET is loaded by any other verb.
/// </summary>
public sealed class CloudEmulator : IAsyncDisposable
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);
    private readonly KestrelServer _server;
    private readonly FileLock _lock;

    private CloudEmulator(KestrelServer server, AwsCloud cloud, FileLock held)
    {
        _server = server;
        Cloud = cloud;
        _lock = held;
        Address = new(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>The endpoint of every service.</summary>
    public Uri Address { get; }

    /// <summary>The provider, for tests that wait for what goes on behind answers.</summary>
    internal AwsCloud Cloud { get; }

    /// <summary>Opens the state, starts the machines that ran before, and listens.</summary>
    /// <param name="options">What, where and how.</param>
    /// <param name="tools">Starts machines and <c>qemu-img</c>.</param>
    /// <param name="time">The clock of signatures and delays.</param>
    /// <param name="reporter">Receives what fails behind an answer.</param>
    /// <param name="cancellationToken">Ends the starting.</param>
    /// <exception cref="PipelineException">PL7300, PL7301 the address; PL7302 the state; PL4001 QEMU runs no guest.</exception>
    public static async Task<CloudEmulator> StartAsync(
        EmulatorOptions options,
        IToolRunner tools,
        TimeProvider time,
        IReporter reporter,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(options.StateDirectory);
        IInstanceMachines machines = options.Machines
            ? await QemuInstanceMachines.CreateAsync(tools, time, options.StateDirectory, cancellationToken)
            : new NoMachines();
        return await StartAsync(options, machines, tools, time, reporter, cancellationToken);
    }

    /// <summary>As the other, with machines of the caller's choice.</summary>
    internal static async Task<CloudEmulator> StartAsync(
        EmulatorOptions options,
        IInstanceMachines machines,
        IToolRunner tools,
        TimeProvider time,
        IReporter reporter,
        CancellationToken cancellationToken
    )
    {
        if (!System.Net.IPAddress.IsLoopback(options.Listen.Address))
        {
            throw new PipelineException(EmulatorDiagnostics.NotLoopback(options.Listen.ToString()));
        }

        Directory.CreateDirectory(options.StateDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var held =
            await FileLock.TryAcquireAsync(Path.Combine(options.StateDirectory, "lock"), time, cancellationToken)
            ?? throw new PipelineException(EmulatorDiagnostics.StateInUse(options.StateDirectory));
        var faults = new FaultBook(options.Faults);
        AwsCloud? cloud = null;
        KestrelServer? server = null;
        try
        {
            cloud = await AwsCloud.StartAsync(options, machines, tools, time, reporter, faults, cancellationToken);
            server = Build(o => o.Listen(options.Listen));
            await server.StartAsync(new EmulatorEndpoint(cloud.AnswerAsync, faults), cancellationToken);
            return new(server, cloud, held);
        }
        catch (Exception e)
        {
            server?.Dispose();
            await (cloud?.DisposeAsync() ?? ValueTask.CompletedTask);
            held.Dispose();
            throw e is IOException ? new PipelineException(EmulatorDiagnostics.CannotListen(options.Listen.ToString(), e.Message), e) : e;
        }
    }

    /// <summary>Ends the machines and stops listening; the state is on the disk.</summary>
    public async ValueTask DisposeAsync()
    {
        using var drain = new CancellationTokenSource(Drain);
        await _server.StopAsync(drain.Token);
        _server.Dispose();
        await Cloud.DisposeAsync();
        _lock.Dispose();
    }

    /// <summary>Kestrel and nothing else: no host, no configuration from the environment, no logging, no routing.</summary>
    internal static KestrelServer Build(Action<KestrelServerOptions> listen)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.ConfigureEndpointDefaults(l => l.Protocols = HttpProtocols.Http1);
        kestrel.Limits.MaxConcurrentConnections = 1000;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        listen(kestrel);
        var sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        return new(Options.Create(kestrel), sockets, NullLoggerFactory.Instance);
    }
}
