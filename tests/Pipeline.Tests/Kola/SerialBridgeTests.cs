using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Kola.Machines;

namespace Pipeline.Tests.Kola;

/// <summary>A person's terminal on a serial console: both ways, over a reset, until they leave.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SerialBridgeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Pipe _typed = new();
    private readonly Pipe _shown = new();
    private readonly TaskCompletionSource _end = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Bytes_go_both_ways_also_after_a_reset_and_the_person_leaves(CancellationToken cancellationToken)
    {
        var bridge = Bridge(cancellationToken);

        using (var boot = await BootAsync(cancellationToken))
        {
            await boot.SendAsync("login: "u8.ToArray(), cancellationToken);
            Assert.That(await ShownAsync(7, cancellationToken), Is.EqualTo("login: "));
            await _typed.Writer.WriteAsync("core\x03"u8.ToArray(), cancellationToken);
            Assert.That(await ReceiveAsync(boot, 5, cancellationToken), Is.EqualTo("core\x03"));
        }

        using (var boot = await BootAsync(cancellationToken))
        {
            await boot.SendAsync("again"u8.ToArray(), cancellationToken);
            Assert.That(await ShownAsync(5, cancellationToken), Is.EqualTo("again"));
            await _typed.Writer.WriteAsync("ab\x1dignored"u8.ToArray(), cancellationToken);
            Assert.That(await ReceiveAsync(boot, 2, cancellationToken), Is.EqualTo("ab"));
            await bridge.WaitAsync(cancellationToken);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_machine_that_is_lost_to_a_test_stays_until_its_line_ends(CancellationToken cancellationToken)
    {
        var bridge = Bridge(cancellationToken);
        using (var boot = await BootAsync(cancellationToken))
        {
            // Accepted is not yet connected for the other side: shown is.
            await boot.SendAsync("boot"u8.ToArray(), cancellationToken);
            Assert.That(await ShownAsync(4, cancellationToken), Is.EqualTo("boot"));
            _end.SetException(new MachineFailedException("emergency shell"));
            await boot.SendAsync("sh# "u8.ToArray(), cancellationToken);
            Assert.That(await ShownAsync(4, cancellationToken), Is.EqualTo("sh# "));
            Assert.That(bridge.IsCompleted, Is.False);
            File.Delete(_directory.File("s"));
        }

        Assert.That(async () => await bridge.WaitAsync(cancellationToken), Throws.Nothing);
    }

    private Task Bridge(CancellationToken cancellationToken) =>
        new SerialBridge(_directory.File("s"), _typed.Reader.AsStream(), _shown.Writer.AsStream(), TimeProvider.System).RunAsync(
            _end.Task,
            cancellationToken
        );

    /// <summary>The machine's end of the line, as one boot opens it.</summary>
    private async Task<Socket> BootAsync(CancellationToken cancellationToken)
    {
        File.Delete(_directory.File("s"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_directory.File("s")));
        listener.Listen();
        return await listener.AcceptAsync(cancellationToken);
    }

    private async Task<string> ShownAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await _shown.Reader.AsStream(leaveOpen: true).ReadExactlyAsync(bytes, cancellationToken);
        return Encoding.UTF8.GetString(bytes);
    }

    private static async Task<string> ReceiveAsync(Socket socket, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await using var stream = new NetworkStream(socket);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return Encoding.UTF8.GetString(bytes);
    }
}
