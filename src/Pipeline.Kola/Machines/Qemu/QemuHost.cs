using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines.Guests;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>What the QEMU machines of one run share.</summary>
/// <param name="Tools">Starts QEMU and ssh.</param>
/// <param name="Time">Clock.</param>
/// <param name="Accelerator">What runs the guests.</param>
/// <param name="Key">Key for ssh.</param>
/// <param name="Scratch">A directory with a short path, for sockets.</param>
/// <param name="Disks">A directory with space, for disks and saved memory; emptied by the next run when this one is killed.</param>
internal sealed record QemuHost(IToolRunner Tools, TimeProvider Time, Accelerator Accelerator, SshKey Key, string Scratch, string Disks)
{
    private int _count;

    /// <summary>A fresh directory for sockets.</summary>
    public string NewDirectory() => New(Scratch);

    /// <summary>A fresh directory for disks.</summary>
    public string NewDiskDirectory() => New(Disks);

    /// <summary>How long a console may be silent before a boot counts as stuck.</summary>
    public TimeSpan Patience => Accelerator.Scale(TimeSpan.FromSeconds(30));

    private string New(string parent)
    {
        var path = Path.Combine(parent, Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
