using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class QemuCommandLineTests
{
    private static readonly Accelerator Tcg = new(false, 4, "no KVM");
    private static readonly MachineFiles Files = new("/s/disk.qcow2", "/out/console.txt", "/s/q", "/out/ignition.json", null, null);
    private static readonly QemuArchitecture X86 = QemuArchitecture.Find(Pipeline.Model.Values.Architecture.X86_64)!;
    private static readonly MachineShape Options = new() { Architecture = X86.Architecture };

    [Test]
    public void A_BIOS_machine_with_Ignition() => Check("bios", Options, Tcg, Files);

    [Test]
    public void A_UEFI_machine_has_its_own_variables() =>
        Check(
            "uefi",
            Options with
            {
                Firmware = MachineFirmware.Uefi,
                MemoryMiB = 2048,
            },
            Tcg,
            Files with
            {
                Code = "/fw/CODE.fd",
                Variables = "/s/vars.fd",
                Ignition = null,
            }
        );

    [Test]
    public void KVM_gets_the_CPU_of_the_host() => Check("kvm", Options, new(true, 1, ""), Files);

    [Test]
    public void A_fork_starts_from_the_saved_state_and_stays_stopped() => Check("fork", Options, Tcg, Files with { State = "/s/sta'te" });

    [Test]
    public void Further_disks_and_interfaces_and_the_agents_port() =>
        Check(
            "devices",
            Options with
            {
                Nics = 2,
                Cpus = 4,
                Disks = [new() { Size = ByteSize.FromGiB(1) }, new() { Size = ByteSize.FromGiB(1) }],
            },
            Tcg,
            Files with
            {
                Agent = "/s/a",
                Disks = ["/s/disk-1.qcow2", "/s/disk-2.qcow2"],
            }
        );

    [Test]
    public void Disks_of_every_kind() =>
        Check(
            "disks",
            Options with
            {
                SystemDisk = new() { IsMultipath = true, Channel = DiskChannel.Scsi },
                Disks =
                [
                    new() { Sectors = DiskSectors.Bytes4096 },
                    new()
                    {
                        Sectors = DiskSectors.Emulated512,
                        Channel = DiskChannel.Nvme,
                        Serial = "a,b",
                    },
                    new() { Channel = DiskChannel.Scsi, Wwn = 0x30000000000000aa },
                    new() { Channel = DiskChannel.Scsi, IsMultipath = true },
                ],
            },
            Tcg,
            Files with
            {
                Disks = ["/s/1", "/s/2", "/s/3", "/s/4"],
            }
        );

    [Test]
    public void Two_NUMA_nodes_share_memory_and_processors() => Check("numa", Options with { Numa = true, MemoryMiB = 1025 }, Tcg, Files);

    [Test]
    public void A_machine_for_a_person_has_ways_in_and_ports() =>
        Check("attended", Options with { Ports = [new(8080, 80), new(2222, 22)] }, Tcg, Files with { Serial = "/s/c", Monitor = "/s/m" });

    [Test]
    public void Commas_in_paths_do_not_end_an_option()
    {
        var line = QemuCommandLine.Arguments("m", Options, X86, Tcg, Files with { Disk = "/a,readonly=on/disk" });

        Assert.That(line, Has.Some.EndsWith("file=/a,,readonly=on/disk"));
    }

    [TestCase("  TCP[HOST_FORWARD]  12       127.0.0.1 41273       10.0.2.15    22     0     0\r\n", ExpectedResult = 41273)]
    [TestCase(
        "  TCP[HOST_FORWARD]  12       127.0.0.1  2222       10.0.2.15    22     0     0\r\n"
            + "  TCP[HOST_FORWARD]  12       127.0.0.1  8080       10.0.2.15    80     0     0\r\n"
            + "  TCP[HOST_FORWARD]  12       127.0.0.1 41273       10.0.2.15    22     0     0\r\n",
        ExpectedResult = 41273
    )]
    public int The_forwarded_port_is_read_from_the_monitor(string row) =>
        Emulator.ForwardedPort(
            "VLAN -1 (net):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n" + row,
            [new(2222, 22)]
        );

    [TestCase("")]
    [TestCase("  TCP[HOST_FORWARD]  12       127.0.0.1  2222       10.0.2.15    22     0     0")]
    [TestCase("  TCP[HOST_FORWARD]  12       127.0.0.1 99999       10.0.2.15    22     0     0")]
    [TestCase("  TCP[ESTABLISHED]  12       127.0.0.1 41273       10.0.2.15    22     0     0")]
    public void A_table_without_a_port_is_a_failure(string table) =>
        Assert.That(() => Emulator.ForwardedPort(table, [new(2222, 22)]), Throws.TypeOf<MachineFailedException>());

    private static void Check(string name, MachineShape options, Accelerator accelerator, MachineFiles files) =>
        Golden.Check(
            $"Kola/qemu-{name}.txt",
            string.Join('\n', QemuCommandLine.Arguments("machine", options, X86, accelerator, files)) + "\n"
        );
}
