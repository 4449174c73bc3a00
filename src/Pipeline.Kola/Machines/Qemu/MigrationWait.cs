using System.Globalization;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>
/// Waits for QEMU to write or read a machine's memory, for a limited time: QEMU reports no error when the other end of the pipe neither
/// moves nor closes.
/// </summary>
internal sealed class MigrationWait
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private readonly string _work;
    private readonly long _start;

    private MigrationWait(TimeProvider time, TimeSpan limit, string work)
    {
        _time = time;
        _limit = limit;
        _work = work;
        _start = time.GetTimestamp();
    }

    /// <summary>Starts to count.</summary>
    /// <param name="host">Its patience and its clock.</param>
    /// <param name="shape">Its memory: 8 MiB a second are the least.</param>
    /// <param name="work">What is waited for, for the message.</param>
    public static MigrationWait Of(QemuHost host, MachineShape shape, string work) =>
        new(host.Time, (host.Patience * 2) + TimeSpan.FromSeconds(shape.MemoryMiB / 8), work);

    /// <summary>A moment.</summary>
    /// <exception cref="MachineFailedException">The time is up.</exception>
    public Task PauseAsync(CancellationToken cancellationToken) =>
        _time.GetElapsedTime(_start) > _limit
            ? throw new MachineFailedException(
                string.Create(CultureInfo.InvariantCulture, $"{_work} did not end within {_limit.TotalSeconds:0} s")
            )
            : Task.Delay(Beat, _time, cancellationToken);
}
