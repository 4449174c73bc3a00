using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>
/// Finds out what can run guests here by running one: a 64 KiB ROM that counts to 2^27 and then writes to the debug-exit port.
/// A /dev/kvm that exists proves nothing (nested hosts abort on the first MSR). The answer is kept until the host boots again.
/// </summary>
/// <param name="tools">Starts QEMU.</param>
/// <param name="time">Clock for the speed.</param>
internal sealed class AcceleratorProbe(IToolRunner tools, TimeProvider time)
{
    /// <summary>The ROM below is code of this architecture.</summary>
    private static readonly QemuArchitecture Guest = QemuArchitecture.Find(Architecture.X86_64)!;

    /// <summary>What the guest writes (0x10) as QEMU turns it into an exit code.</summary>
    public const int GuestRan = (0x10 << 1) | 1;

    /// <summary>Seconds the guest takes under KVM on current hardware, QEMU's start included.</summary>
    private const double KvmSeconds = 0.25;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>The accelerator to use.</summary>
    /// <param name="cacheFile">Where the answer is kept.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    public async Task<Accelerator> FindAsync(string cacheFile, CancellationToken cancellationToken)
    {
        var key = Key();
        if (Load(cacheFile, key) is { } known)
        {
            return known;
        }

        var found = await ProbeAsync(cancellationToken);
        var node = new JsonTextObject([
            new("key", new JsonTextString(key)),
            new("kvm", new JsonTextBool(found.Kvm)),
            new("slowness", new JsonTextNumber(found.Slowness.ToString("0.00", CultureInfo.InvariantCulture))),
            new("why", new JsonTextString(found.Why)),
        ]);
        await AtomicFile.WriteAsync(cacheFile, JsonTextWriter.Write(node, JsonStyle.Pretty), cancellationToken);
        return found;
    }

    /// <summary>The ROM: at its start the loop, at 0xfff0 (the reset vector) a jump to it.</summary>
    internal static byte[] Rom()
    {
        byte[] code =
        [
            0x66,
            0xb9,
            0x00,
            0x00,
            0x00,
            0x08, // mov ecx, 2^27
            0x66,
            0x49,
            0x75,
            0xfc, // dec ecx; jnz back
            0xb0,
            0x10,
            0xe6,
            0xf4, // mov al, 0x10; out 0xf4, al
            0xf4,
            0xeb,
            0xfd, // hlt; jmp back
        ];
        var rom = new byte[0x10000];
        Array.Fill(rom, (byte)0xf4);
        code.CopyTo(rom, 0);
        rom[0xfff0] = 0xe9; // jmp near 0000
        rom[0xfff1] = 0x0d;
        rom[0xfff2] = 0x00;
        return rom;
    }

    private async Task<Accelerator> ProbeAsync(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var rom = directory.File("probe.rom");
        await File.WriteAllBytesAsync(rom, Rom(), cancellationToken);
        var why = "/dev/kvm does not exist";
        if (File.Exists("/dev/kvm"))
        {
            var (ran, seconds, problem) = await RunAsync(rom, Accelerator.Arguments(kvm: true, Guest), cancellationToken);
            if (ran)
            {
                return new(true, Slowness(seconds), "");
            }

            why = $"KVM cannot run a guest ({problem})";
        }

        var (works, translated, failure) = await RunAsync(rom, Accelerator.Arguments(kvm: false, Guest), cancellationToken);
        return works ? new(false, Slowness(translated), why) : throw new PipelineException(KolaDiagnostics.NoGuest(failure));
    }

    private static double Slowness(double seconds) => Math.Clamp(Math.Round(seconds / KvmSeconds, 2), 1, 20);

    private async Task<(bool Ran, double Seconds, string Problem)> RunAsync(
        string rom,
        string[] accelerator,
        CancellationToken cancellationToken
    )
    {
        var start = time.GetTimestamp();
        await using var guest = tools.Start(
            new ToolCommand(
                Guest.Program,
                [
                    "-machine",
                    Guest.BiosMachine,
                    .. accelerator,
                    "-m",
                    "1",
                    "-nodefaults",
                    "-no-user-config",
                    "-display",
                    "none",
                    "-bios",
                    rom,
                    "-device",
                    "isa-debug-exit,iobase=0xf4,iosize=1",
                ]
            )
            {
                MissingHint = KolaDiagnostics.QemuHint,
            }
        );
        try
        {
            var result = await guest.Completion.WaitAsync(Limit, time, cancellationToken);
            var lines = result.ErrorTail.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var problem = lines.Length > 0 ? lines[0] : $"exit code {result.ExitCode}";
            return (result.ExitCode == GuestRan, time.GetElapsedTime(start).TotalSeconds, problem);
        }
        catch (TimeoutException)
        {
            return (false, Limit.TotalSeconds, $"it did not end within {Limit.TotalSeconds:0} s");
        }
    }

    /// <summary>The answer holds for one boot of the host, one QEMU and one user's rights.</summary>
    private string Key()
    {
        var boot = File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";
        var program = tools.Find(Guest.Program);
        var file = program is null ? null : new FileInfo(program);
        return string.Create(CultureInfo.InvariantCulture, $"{boot} {Environment.UserName} {file?.Length} {file?.LastWriteTimeUtc:O}");
    }

    private static Accelerator? Load(string cacheFile, string key)
    {
        if (
            !File.Exists(cacheFile)
            || new FileInfo(cacheFile).Length > 64 * 1024
            || JsonText.Parse(cacheFile, RegularFile.Read(cacheFile), new DiagnosticBag()) is not JsonTextObject root
        )
        {
            return null;
        }

        return
            root.Find("key") is JsonTextString k
            && k.Value == key
            && root.Find("kvm") is JsonTextBool kvm
            && root.Find("slowness") is JsonTextNumber number
            && double.TryParse(number.Raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var slowness)
            && slowness is >= 1 and <= 20
            && root.Find("why") is JsonTextString why
            ? new(kvm.Value, slowness, why.Value)
            : null;
    }
}
