using System.Globalization;
using static Pipeline.Kola.Machines.Qemu.QemuOption;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>Writes QEMU's arguments for disks; pure.</summary>
internal static class QemuDisks
{
    /// <summary>Locally assigned (NAA 3), so that it is nobody's.</summary>
    private const ulong FirstWwn = 0x3000_0000_0000_0001;

    /// <summary>The arguments of all disks, the system disk first.</summary>
    /// <param name="shape">The machine's shape.</param>
    /// <param name="files">Their files.</param>
    public static IEnumerable<string> Arguments(MachineShape shape, MachineFiles files) =>
        shape.Disks.Prepend(shape.SystemDisk).Zip(files.Disks.Prepend(files.Disk)).SelectMany((d, i) => Disk(d.First, d.Second, i));

    private static IEnumerable<string> Disk(MachineDisk disk, string path, int index)
    {
        var id = index == 0 ? "disk" : $"disk{Text(index)}";
        var serial = disk.Serial ?? (index == 0 ? "primary-disk" : id);
        var common = $"drive={id},serial={Escape(serial)}{Sectors(disk.Sectors)}";
        if (disk.IsMultipath)
        {
            return Multipath(disk, path, index, id, common);
        }

        var drive = $"if=none,id={id},format=qcow2,cache=unsafe,discard=unmap,file={Escape(path)}";
        var boot = index == 0 ? ",bootindex=1" : "";
        return disk.Channel switch
        {
            DiskChannel.Nvme => ["-drive", drive, "-device", $"nvme,{common}{boot}"],
            DiskChannel.Scsi =>
            [
                "-drive",
                drive,
                "-device",
                $"virtio-scsi-pci,id=scsi-{id}",
                "-device",
                $"scsi-hd,bus=scsi-{id}.0,{common}{Wwn(disk.Wwn)}{boot}",
            ],
            _ => ["-drive", drive, "-device", $"virtio-blk-pci,{common}{boot}"],
        };
    }

    /// <summary>One node of the block layer behind two controllers: two paths to the same bytes.</summary>
    private static IEnumerable<string> Multipath(MachineDisk disk, string path, int index, string id, string common)
    {
        var wwn = Wwn(disk.Wwn ?? FirstWwn + (ulong)index);
        yield return "-blockdev";
        yield return $"driver=qcow2,node-name={id},discard=unmap,cache.no-flush=on,file.driver=file,file.filename={Escape(path)}";
        for (var way = 0; way < 2; way++)
        {
            yield return "-device";
            yield return $"virtio-scsi-pci,id=scsi-{id}-{Text(way)}";
            yield return "-device";
            yield return $"scsi-hd,bus=scsi-{id}-{Text(way)}.0,{common},share-rw=on,vendor=NVME,product=VirtualMultipath{wwn}"
                + (index == 0 ? $",bootindex={Text(way + 1)}" : "");
        }
    }

    private static string Sectors(DiskSectors sectors) =>
        sectors switch
        {
            DiskSectors.Bytes4096 => ",physical_block_size=4096,logical_block_size=4096",
            DiskSectors.Emulated512 => ",physical_block_size=4096,logical_block_size=512",
            _ => "",
        };

    private static string Wwn(ulong? wwn) => wwn is { } number ? string.Create(CultureInfo.InvariantCulture, $",wwn=0x{number:x16}") : "";
}
