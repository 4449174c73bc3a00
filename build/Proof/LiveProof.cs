using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>
/// Live media in machines: each boots until a unit of its Ignition config says how the system is. The console's log and the last screen are
/// kept beside the records. Emulated, with one processor, because guests get a patched kernel there only.
/// </summary>
/// <param name="bench">What the part works with.</param>
/// <param name="media">The directory with the live artifacts of a build.</param>
internal sealed class LiveProof(ProofBench bench, string media)
{
    private const string Marker = "LIVE-PROOF ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private static readonly IReadOnlyDictionary<string, string> Plain = new Dictionary<string, string>();

    private static readonly string Report = """
        #!/bin/bash
        state=$(systemctl is-system-running --wait)
        failed=$(systemctl --failed --no-legend --plain | cut -d ' ' -f 1 | paste -sd ,)
        echo "LIVE-PROOF state=$state failed=$failed root=$(findmnt -no FSTYPE /sysroot) etc=$(findmnt -no FSTYPE /etc)" \
          "var=$(findmnt -no FSTYPE /var) host=$(hostname) deployed=$(ostree admin status | grep -c '^\* ') " > /dev/ttyS0
        sleep 5
        """.ReplaceLineEndings("\n");

    private const string Unit = "[Service]\nExecStart=/bin/bash /etc/live-proof.sh\n[Install]\nWantedBy=multi-user.target\n";

    /// <summary>Makes the ISO and the files of network boot that report, and boots them all.</summary>
    /// <returns>One figure per boot.</returns>
    /// <exception cref="PipelineException">PL0316 a system did not come up, or is not as it should be.</exception>
    public async Task<ValueList<ProofFigure>> RunAsync(CancellationToken cancellationToken)
    {
        var config = Path.Combine(bench.Directory, "live.ign");
        await File.WriteAllTextAsync(config, Config(), cancellationToken);
        var iso = Path.Combine(bench.Directory, "live.iso");
        await VerbAsync(
            ["iso", "kargs", "modify", Artifact("live-iso"), "-a", "console=tty0", "-a", "console=ttyS0,115200n8", "-o", iso],
            cancellationToken
        );
        await VerbAsync(["iso", "ignition", "embed", "-i", config, iso], cancellationToken);
        var server = await NetworkAsync(config, cancellationToken);
        var variables = Path.Combine(bench.Directory, "variables.fd");
        File.Copy("/usr/share/OVMF/OVMF_VARS_4M.fd", variables, overwrite: true);
        (string Name, ValueList<string> Machine)[] boots =
        [
            ("live-cd", ["-machine", "pc", "-nic", "none", "-cdrom", iso]),
            ("live-disk", ["-machine", "pc", "-nic", "none", "-drive", $"file={iso},if=virtio,format=raw,snapshot=on"]),
            (
                "live-uefi",
                [
                    "-machine",
                    "q35",
                    "-nic",
                    "none",
                    "-drive",
                    "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
                    "-drive",
                    $"if=pflash,format=raw,file={variables}",
                    "-cdrom",
                    iso,
                ]
            ),
            (
                "live-pxe",
                ["-machine", "pc", "-netdev", $"user,id=net,tftp={server},bootfile=boot.ipxe", "-device", "virtio-net-pci,netdev=net"]
            ),
        ];
        var figures = new List<ProofFigure>();
        foreach (var (name, machine) in boots)
        {
            figures.Add(new(name, await BootAsync(name, machine, cancellationToken)));
        }

        return [.. figures];
    }

    /// <summary>A directory as a boot server has it: our files, the snippet, and the config as one more initrd of the script.</summary>
    private async Task<string> NetworkAsync(string config, CancellationToken cancellationToken)
    {
        const string address = "tftp://10.0.2.2";
        var server = Directory.CreateDirectory(Path.Combine(bench.Directory, "tftp")).FullName;
        foreach (var name in (string[])["live-kernel", "live-initramfs", "live-rootfs"])
        {
            File.Copy(Artifact(name), Path.Combine(server, Path.GetFileName(Artifact(name))));
        }

        await VerbAsync(["pxe", "ignition", "wrap", "-i", config, "-o", Path.Combine(server, "config.img")], cancellationToken);
        ValueList<string> snippet =
        [
            "pxe",
            "snippet",
            "-C",
            Path.Combine(bench.Directory, "os"),
            "--url",
            address,
            "-a",
            "initrd=config.img",
            "-a",
            "console=tty0",
            "-a",
            "console=ttyS0,115200n8",
        ];
        var script = await VerbAsync(snippet, cancellationToken);
        script = script.Replace("\nboot\n", $"\ninitrd {address}/config.img\nboot\n", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(server, "boot.ipxe"), script, cancellationToken);
        return server;
    }

    private async Task<string> BootAsync(string name, ValueList<string> machine, CancellationToken cancellationToken)
    {
        using var sockets = new TemporaryDirectory(); // short paths
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Patience);
        var console = Path.Combine(bench.Root, "artifacts", "proof", $"{name}.console.log");
        var screen = Path.Combine(bench.Root, "artifacts", "proof", $"{name}.png");
        File.Delete(console);
        string[] arguments =
        [
            .. (string[])["-accel", "tcg", "-cpu", "Nehalem", "-smp", "1", "-m", "2560", "-no-reboot"],
            .. (string[])["-display", "none", "-vga", "std", "-serial", $"file:{console}"],
            .. (string[])["-monitor", $"unix:{sockets.File("m")},server=on,wait=off"],
            .. machine,
        ];
        var running = bench.RunAsync("qemu-system-x86_64", [.. arguments], Plain, stop.Token);
        try
        {
            var line = await ReportedAsync(console, running, stop.Token);
            await MonitorAsync(sockets.File("m"), $"screendump {screen} -f png\nquit\n", stop.Token);
            await running;
            return Judge(name, line);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(name, $"did not come up within {Patience.TotalMinutes:0} minutes");
        }
        finally
        {
            await stop.CancelAsync();
            await running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for the line of the report.</summary>
    private static async Task<string> ReportedAsync(string console, Task running, CancellationToken cancellationToken)
    {
        while (true)
        {
            var text = File.Exists(console) ? Encoding.UTF8.GetString(RegularFile.Read(console)) : "";
            var at = text.LastIndexOf(Marker, StringComparison.Ordinal);
            var end = at < 0 ? -1 : text.IndexOf('\n', at);
            if (end > at)
            {
                return text[(at + Marker.Length)..end].Trim();
            }

            if (running.IsCompleted)
            {
                await running;
                return "the machine stopped";
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }

    private static async Task MonitorAsync(string socket, string commands, CancellationToken cancellationToken)
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
        await client.SendAsync(Encoding.ASCII.GetBytes(commands), cancellationToken);
        var answer = new byte[4096];
        while (await client.ReceiveAsync(answer, cancellationToken) > 0) { } // until it is gone
    }

    private static string Judge(string name, string line)
    {
        const string wanted = "state=running failed= root=squashfs etc=overlay var=tmpfs host=live-proof deployed=1";
        return line == wanted ? line : throw Failed(name, $"says '{line}', not '{wanted}'");
    }

    private static PipelineException Failed(string name, string what) =>
        new(Diagnostic.Error("PL0316", $"the machine '{name}' {what}", hint: $"see artifacts/proof/{name}.console.log"));

    private Task<string> VerbAsync(ValueList<string> arguments, CancellationToken cancellationToken) =>
        bench.RunAsync("./pipeline", arguments, Plain, cancellationToken);

    private string Artifact(string name) =>
        Directory.EnumerateFiles(media, string.Create(CultureInfo.InvariantCulture, $"*-{name}.x86_64*")).Single();

    /// <summary>A config that names the machine and reports.</summary>
    private static string Config() =>
        JsonSerializer.Serialize(
            new
            {
                ignition = new { version = "3.3.0" },
                storage = new
                {
                    files = new[]
                    {
                        new { path = "/etc/hostname", contents = new { source = "data:,live-proof" } },
                        new { path = "/etc/live-proof.sh", contents = new { source = $"data:;base64,{Base64(Report)}" } },
                    },
                },
                systemd = new
                {
                    units = new[]
                    {
                        new
                        {
                            name = "live-proof.service",
                            enabled = true,
                            contents = Unit,
                        },
                    },
                },
            }
        );

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
