using System.Globalization;
using System.Net;
using Pipeline.Host.Tools;

namespace Pipeline.CloudEmulators.Machines;

/// <summary>
/// The network of one instance: a namespace whose loopback carries 169.254.169.254. QEMU's user-mode network connects from inside it, so
/// the guest reaches the metadata service at its real address, and nothing else: no other instance, not this host, not the internet.
/// </summary>
/// <param name="Metadata">Socket of the metadata service.</param>
/// <param name="Ssh">Socket that leads to the guest's ssh.</param>
internal sealed record InstanceNamespace(string Metadata, string Ssh)
{
    /// <summary>Port inside the namespace that QEMU forwards to the guest's ssh.</summary>
    private const int SshPort = 2222;

    /// <summary>
    /// QEMU becomes process 1 of the namespace: when it ends, so does everything in it. Sockets are connected by two relays because they
    /// are outside of the namespace's network.
    /// </summary>
    private const string Script = """
        ip link set lo up && ip address add 169.254.169.254/32 dev lo || exit 1
        socat "UNIX-LISTEN:$2,fork,unlink-early" TCP:127.0.0.1:2222 </dev/null >/dev/null 2>&1 &
        socat TCP-LISTEN:80,bind=169.254.169.254,fork,reuseaddr "UNIX-CONNECT:$1" </dev/null >/dev/null 2>&1 &
        shift 2
        exec "$@"
        """;

    /// <summary>QEMU's user network: the guest gets exactly this address.</summary>
    public static string Network(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        var gateway = new IPAddress([bytes[0], bytes[1], bytes[2], 1]);
        var names = new IPAddress([bytes[0], bytes[1], bytes[2], 2]);
        var network = new IPAddress([bytes[0], bytes[1], bytes[2], 0]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"net={network}/24,host={gateway},dns={names},dhcpstart={address},ipv6=off,hostfwd=tcp:127.0.0.1:{SshPort}-:22"
        );
    }

    /// <summary>The call of QEMU inside the namespace.</summary>
    public ToolCommand Wrap(ToolCommand qemu) =>
        qemu with
        {
            Program = "unshare",
            Arguments =
            [
                "--user",
                "--map-root-user",
                "--net",
                "--pid",
                "--fork",
                "--kill-child=KILL",
                "--",
                "/bin/sh",
                "-c",
                Script,
                "sh",
                Metadata,
                Ssh,
                qemu.Program,
                .. qemu.Arguments,
            ],
        };
}
