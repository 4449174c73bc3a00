using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.TestKit;

/// <summary>
/// A real S3 server of our own: Ceph's gateway over a monitor and one in-memory storage daemon, all in one temporary directory on
/// loopback, up in about two seconds. The processes die with the test host.
/// </summary>
public sealed class RadosGateway : IAsyncDisposable
{
    /// <summary>Access key of the one user.</summary>
    public const string AccessKey = "PIPELINETEST";

    /// <summary>Secret key of the one user.</summary>
    public const string SecretKey = "pipelinetestsecret";

    private const string Cluster = "11111111-2222-3333-4444-555555555555";
    private const string Hint = "install the packages 'radosgw', 'ceph-osd' and 'ceph-mon'";
    private readonly ToolRunner _tools = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly List<IRunningTool> _running = [];

    private RadosGateway() { }

    /// <summary>Where it answers.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Starts one; ports that were taken in the meantime are tried again with others.</summary>
    public static async Task<RadosGateway> StartAsync(CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var gateway = new RadosGateway();
            try
            {
                await gateway.UpAsync(cancellationToken);
                return gateway;
            }
            catch (Exception e) when (tries < 3 && e is InvalidOperationException or TimeoutException)
            {
                await gateway.DisposeAsync();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var tool in Enumerable.Reverse(_running))
        {
            await tool.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task UpAsync(CancellationToken cancellationToken)
    {
        var monitor = LoopbackPort.Free();
        Endpoint = new($"http://127.0.0.1:{LoopbackPort.Free()}");
        foreach (var name in (string[])["log", "run", "crash", "mon.a", "osd.0", "rgw"])
        {
            Directory.CreateDirectory(_directory.File(name));
        }

        await File.WriteAllTextAsync(
            _directory.File("ceph.conf"),
            Configuration(_directory.Path, monitor, Endpoint.Port),
            cancellationToken
        );
        await RunAsync(
            "monmaptool",
            ["--create", "--clobber", "--fsid", Cluster, "--addv", "a", $"[v2:127.0.0.1:{monitor}]", "monmap"],
            cancellationToken
        );
        // The keys and the map with the one daemon are there from the start, so nothing has to ask the monitor for them.
        await RunAsync(
            "ceph-authtool",
            ["--create-keyring", "keyring", "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"],
            cancellationToken
        );
        await RunAsync(
            "ceph-authtool",
            ["keyring", "--gen-key", "-n", "client.rgw", "--cap", "mon", "allow *", "--cap", "osd", "allow *"],
            cancellationToken
        );
        await RunAsync(
            "ceph-authtool",
            ["keyring", "--gen-key", "-n", "osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"],
            cancellationToken
        );
        await RunAsync("osdmaptool", ["--createsimple", "1", "--clobber", "osdmap"], cancellationToken);
        await RunAsync(
            "ceph-mon",
            ["-c", "ceph.conf", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring", "--osdmap", "osdmap"],
            cancellationToken
        );
        Start("ceph-mon", ["-c", "ceph.conf", "-f", "-i", "a"]);
        await RunAsync(
            "ceph-osd",
            ["-c", "ceph.conf", "-i", "0", "--mkfs", "--osd-uuid", "22222222-2222-3333-4444-555555555555"],
            cancellationToken
        );
        Start("ceph-osd", ["-c", "ceph.conf", "-f", "-i", "0"]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        try
        {
            await RunAsync(
                "radosgw-admin",
                [
                    "-c",
                    "ceph.conf",
                    "-n",
                    "client.rgw",
                    "user",
                    "create",
                    "--uid=test",
                    "--display-name=test",
                    $"--access-key={AccessKey}",
                    $"--secret-key={SecretKey}",
                ],
                limit.Token
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("the cluster does not come up");
        }

        await LoopbackPort.WaitAsync(Endpoint, Start("radosgw", ["-c", "ceph.conf", "-n", "client.rgw", "-f"]), cancellationToken);
    }

    private ToolCommand Command(string program, string[] arguments) =>
        new(program, [.. arguments]) { WorkingDirectory = _directory.Path, MissingHint = Hint };

    private Task<ToolResult> RunAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        _tools.RunAsync(Command(program, arguments), cancellationToken);

    private IRunningTool Start(string program, string[] arguments)
    {
        var tool = _tools.Start(Command(program, arguments));
        _running.Add(tool);
        return tool;
    }

    private static string Configuration(string directory, int monitor, int gateway) =>
        $"""
            [global]
            fsid = {Cluster}
            mon host = [v2:127.0.0.1:{monitor}]
            mon initial members = a
            auth cluster required = cephx
            auth service required = cephx
            auth client required = cephx
            keyring = {directory}/keyring
            run dir = {directory}/run
            admin socket = {directory}/run/$name.asok
            pid file = {directory}/run/$name.pid
            log file = {directory}/log/$name.log
            mon cluster log file = {directory}/log/cluster.log
            crash dir = {directory}/crash
            setuser match path =
            ms bind ipv4 = true
            public addr = 127.0.0.1
            cluster addr = 127.0.0.1
            osd pool default size = 1
            osd pool default min size = 1
            osd pool default pg num = 1
            osd pool default pgp num = 1
            osd pool default pg autoscale mode = off
            osd crush chooseleaf type = 0
            osd crush update on start = false
            osd heartbeat grace = 3600
            osd objectstore = memstore
            memstore device bytes = 8589934592
            mon allow pool size one = true
            mon max pg per osd = 1000
            mon data avail warn = 0
            mon data avail crit = 0
            paxos propose interval = 0.05
            paxos min wait = 0.01
            [mon.a]
            mon data = {directory}/mon.a
            [osd.0]
            osd data = {directory}/osd.0
            [client.rgw]
            rgw data = {directory}/rgw
            rgw frontends = beast endpoint=127.0.0.1:{gateway}
            rgw enable usage log = false
            rgw enable ops log = false
            rgw crypt require ssl = false
            rgw multipart min part size = 1024
            rgw thread pool size = 64
            debug rgw = 0/0
            debug osd = 0/0
            debug mon = 0/0

            """;
}
