using System.Buffers.Binary;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using static Pipeline.Kola.Machines.Qemu.QemuOption;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>
/// Gives a machine kernel arguments by changing the files on the boot partition of its own disk. The partition is copied out, edited with
/// debugfs, and the blocks that changed are written back: no mount, no root, no machine.
/// </summary>
/// <param name="tools">Starts qemu-img, qemu-io and debugfs.</param>
/// <param name="scratch">A directory for the time of the work, with room for the partition twice.</param>
internal sealed class QemuBootFiles(IToolRunner tools, string scratch)
{
    /// <summary>Written back in pieces of this size.</summary>
    private const int Piece = 64 * 1024;

    /// <summary>What boots from a partition is small; more is not ours.</summary>
    private const long LargestPartition = 2L * 1024 * 1024 * 1024;

    private const int LargestFile = 1024 * 1024;
    private const int TableBytes = 64 * 1024;
    private const string Menu = "/loader/grub.cfg";
    private const string Entries = "/loader/entries";
    private const string FirstBoot = "/ignition.firstboot";

    /// <summary>Changes the disk when the shape asks for arguments.</summary>
    /// <param name="disk">A qcow2 file of the machine's own.</param>
    /// <param name="shape">The machine's shape.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="MachineFailedException">The disk does not boot as ours do.</exception>
    public async Task EditAsync(string disk, MachineShape shape, CancellationToken cancellationToken)
    {
        if (shape.KernelArguments.Count == 0 && shape.FirstBootArguments.Count == 0)
        {
            return;
        }

        Directory.CreateDirectory(scratch);
        var table = Path.Combine(scratch, "table");
        await CopyAsync(disk, 0, TableBytes, table, cancellationToken);
        var (offset, length) = BootPartition(RegularFile.Read(table));
        var partition = Path.Combine(scratch, "boot");
        await CopyAsync(disk, offset, length, partition, cancellationToken);
        var before = Path.Combine(scratch, "before");
        File.Copy(partition, before);
        await ChangeAsync(partition, shape, cancellationToken);
        await WriteBackAsync(disk, offset, before, partition, cancellationToken);
        Directory.Delete(scratch, recursive: true);
    }

    /// <summary>Where the partition called <c>boot</c> is, by the GUID partition table (UEFI 2.10, §5.3).</summary>
    /// <param name="table">The first bytes of the disk.</param>
    /// <returns>Offset and length in bytes.</returns>
    /// <exception cref="MachineFailedException">There is no such table or partition.</exception>
    internal static (long Offset, long Length) BootPartition(ReadOnlySpan<byte> table)
    {
        foreach (var sector in (int[])[512, 4096])
        {
            if (table.Length < 2 * sector || !table[sector..].StartsWith("EFI PART"u8))
            {
                continue;
            }

            var header = table[sector..];
            var entries = BinaryPrimitives.ReadUInt64LittleEndian(header[72..]);
            var (count, size) = (
                BinaryPrimitives.ReadUInt32LittleEndian(header[80..]),
                BinaryPrimitives.ReadUInt32LittleEndian(header[84..])
            );
            for (ulong i = 0; entries < 16 && size is >= 128 and <= 4096 && i < Math.Min(count, 256); i++)
            {
                var at = (entries * (ulong)sector) + (i * size);
                if (at + size > (ulong)table.Length)
                {
                    break;
                }

                var entry = table[(int)at..];
                var (first, last) = (
                    BinaryPrimitives.ReadInt64LittleEndian(entry[32..]),
                    BinaryPrimitives.ReadInt64LittleEndian(entry[40..])
                );
                if (Encoding.Unicode.GetString(entry[56..128]).TrimEnd('\0') == "boot" && first > 0 && last >= first)
                {
                    return last - first < LargestPartition / sector && last < long.MaxValue / sector
                        ? (first * sector, (last - first + 1) * sector)
                        : throw new MachineFailedException("the image's partition 'boot' is too large to be one of ours");
                }
            }
        }

        throw new MachineFailedException("the image has no partition 'boot' with kernel arguments to change");
    }

    /// <summary>A menu or boot entry with arguments at the end of each kernel's line.</summary>
    /// <param name="text">Of <c>grub.cfg</c> or of an entry of the Boot Loader Specification.</param>
    /// <param name="key">What begins the line: <c>linux</c> or <c>options</c>.</param>
    /// <param name="arguments">What is added.</param>
    internal static string Append(string text, string key, string arguments) =>
        string.Join(
            '\n',
            text.Split('\n').Select(l => l.TrimStart().StartsWith(key + " ", StringComparison.Ordinal) ? $"{l} {arguments}" : l)
        );

    private async Task ChangeAsync(string partition, MachineShape shape, CancellationToken cancellationToken)
    {
        if (shape.FirstBootArguments.Count > 0)
        {
            // GRUB sources the file and appends the variable to the arguments.
            var text = $"set ignition_network_kcmdline={ShellWord.Quote(string.Join(' ', shape.FirstBootArguments))}\n";
            await PutAsync(partition, FirstBoot, text, cancellationToken);
        }

        if (shape.KernelArguments.Count == 0)
        {
            return;
        }

        foreach (var name in await NamesAsync(partition, cancellationToken))
        {
            var entry = await GetAsync(partition, $"{Entries}/{name}", cancellationToken);
            await PutAsync(
                partition,
                $"{Entries}/{name}",
                Append(entry, "options", string.Join(' ', shape.KernelArguments)),
                cancellationToken
            );
        }

        var menu = await GetAsync(partition, Menu, cancellationToken);
        await PutAsync(
            partition,
            Menu,
            Append(menu, "linux", string.Join(' ', shape.KernelArguments.Select(ShellWord.Quote))),
            cancellationToken
        );
    }

    /// <summary>The boot entries; their names are ours to refuse, because they become commands of debugfs.</summary>
    private async Task<IReadOnlyList<string>> NamesAsync(string partition, CancellationToken cancellationToken)
    {
        var listing = await DebugAsync(partition, $"ls -p {Entries}/", cancellationToken);
        var names = listing
            .Split('\n')
            .Select(l => l.Split('/'))
            .Where(f => f.Length > 5 && f[5].EndsWith(".conf", StringComparison.Ordinal))
            .Select(f => f[5])
            .ToArray();
        return names.Length > 0 && names.All(n => n.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            ? names
            : throw new MachineFailedException("the image's partition 'boot' has no boot entries to change");
    }

    private Task<string> GetAsync(string partition, string path, CancellationToken cancellationToken) =>
        DebugAsync(partition, $"cat {path}", cancellationToken);

    private async Task PutAsync(string partition, string path, string text, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        await File.WriteAllTextAsync(Path.Combine(scratch, "new"), text, cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(scratch, "script"),
            // 'write' takes its second word for a name in the working directory, whatever is in it.
            // 'cd' follows a link only on the way, so the directory is named by its dot.
            $"cd {Path.GetDirectoryName(path)}/.\nrm {name}\nwrite new {name}\n"
                + $"set_inode_field {name} mode 0100644\nset_inode_field {name} uid 0\nset_inode_field {name} gid 0\n",
            cancellationToken
        );
        await RunAsync(new("debugfs", ["-w", "-f", "script", Path.GetFileName(partition)]), cancellationToken);
        if (await GetAsync(partition, path, cancellationToken) != text)
        {
            throw new MachineFailedException($"the image's '{path}' cannot be changed"); // debugfs exits with 0 whatever happens
        }
    }

    private async Task<string> DebugAsync(string partition, string command, CancellationToken cancellationToken) =>
        (
            await RunAsync(new("debugfs", ["-R", command, Path.GetFileName(partition)]) { OutputLimit = LargestFile }, cancellationToken)
        ).Text;

    private async Task CopyAsync(string disk, long offset, long length, string to, CancellationToken cancellationToken) =>
        await RunAsync(
            new(
                "qemu-img",
                [
                    "convert",
                    "--image-opts",
                    "-O",
                    "raw",
                    $"driver=raw,offset={Text(offset)},size={Text(length)},file.driver=qcow2,file.file.driver=file,file.file.filename="
                        + Escape(disk),
                    to,
                ]
            ),
            cancellationToken
        );

    /// <summary>Writes the pieces that differ, all in one call.</summary>
    private async Task WriteBackAsync(string disk, long offset, string before, string after, CancellationToken cancellationToken)
    {
        var commands = new List<string>();
        await using (var old = RegularFile.OpenStream(before))
        await using (var changed = RegularFile.OpenStream(after))
        {
            var (one, other) = (new byte[Piece], new byte[Piece]);
            for (long at = 0; ; at += Piece)
            {
                var length = await changed.ReadAtLeastAsync(other, Piece, throwOnEndOfStream: false, cancellationToken);
                await old.ReadAtLeastAsync(one, Piece, throwOnEndOfStream: false, cancellationToken);
                if (length == 0)
                {
                    break;
                }

                if (!one.AsSpan(0, length).SequenceEqual(other.AsSpan(0, length)))
                {
                    var name = $"piece-{Text(commands.Count / 2)}";
                    await File.WriteAllBytesAsync(Path.Combine(scratch, name), other[..length], cancellationToken);
                    commands.AddRange(["-c", $"write -q -s {name} {Text(offset + at)} {Text(length)}"]);
                }
            }
        }

        await RunAsync(new("qemu-io", ["-f", "qcow2", .. commands, disk]), cancellationToken);
    }

    private async Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await tools.RunAsync(
                command with
                {
                    WorkingDirectory = scratch,
                    MissingHint = KolaDiagnostics.QemuHint,
                },
                cancellationToken
            );
        }
        catch (PipelineException e) when (e.Exit == ExitClass.WorkFailed)
        {
            throw new MachineFailedException(
                $"kernel arguments cannot be given: {string.Join("; ", e.Diagnostics.Select(d => d.Message))}"
            );
        }
    }
}
