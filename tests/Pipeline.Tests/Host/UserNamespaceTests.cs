using Microsoft.Win32.SafeHandles;
using Pipeline.Host;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host;

[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All)]
public sealed class UserNamespaceTests
{
    private static readonly bool IsRoot = Libc.geteuid() == 0;

    [Test, CancelAfter(60_000)]
    public async Task Root_inside_is_nobody_outside(CancellationToken cancellationToken)
    {
        var (map, warnings) = await MapAsync([], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(map[1], Is.EqualTo(IsRoot ? $"{IdMap.Shift}" : $"{Libc.geteuid()}"));
            Assert.That(warnings, Is.Empty);
        }
    }

    /// <summary>The kernel shows sysfs under no other ids.</summary>
    [Test, CancelAfter(60_000)]
    public async Task Where_a_place_cannot_be_shown_with_shifted_ids_root_stays_root_and_a_warning_says_so(
        CancellationToken cancellationToken
    )
    {
        var (map, warnings) = await MapAsync([new("/sys/kernel", IsWritable: false)], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(map[1], Is.EqualTo($"{Libc.geteuid()}"));
            Assert.That(warnings, Is.EqualTo(IsRoot ? new[] { "PL0358" } : []));
        }
    }

    /// <summary>The first line of <c>/proc/self/uid_map</c> inside, and the codes of the warnings.</summary>
    private static async Task<(string[] Map, List<string> Warnings)> MapAsync(
        IReadOnlyList<HostPlace> places,
        CancellationToken cancellationToken
    )
    {
        var warnings = new List<string>();
        var (read, write) = ToolRunner.Pipe();
        using var text = new StreamReader(new FileStream(read, FileAccess.Read));
        NamespaceProcess process;
        using (write)
        using (var nothing = File.OpenHandle("/dev/null"))
        using (var error = new SafeFileHandle(2, ownsHandle: false))
        {
            process = await UserNamespace.StartAsync(
                new ToolRunner(),
                ["/bin/cat", "/proc/self/uid_map"],
                new Dictionary<int, SafeFileHandle>
                {
                    [0] = nothing,
                    [1] = write,
                    [2] = error,
                },
                places,
                d => warnings.Add(d.Code),
                cancellationToken
            );
        }

        var map = await text.ReadToEndAsync(cancellationToken);
        Assert.That((await process.Completion).Code, Is.Zero);
        return (map.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), warnings);
    }
}
