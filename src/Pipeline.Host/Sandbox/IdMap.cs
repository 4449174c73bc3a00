using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>Which ids outside are 0 to 65535 inside.</summary>
/// <param name="Users">Ranges of user ids.</param>
/// <param name="Groups">Ranges of group ids.</param>
/// <param name="Kind">Who may write it, and how files look on disk.</param>
internal sealed record IdMap(ValueList<IdRange> Users, ValueList<IdRange> Groups, IdMapKind Kind)
{
    /// <summary>
    /// Where the ids of root's namespace start outside: no account, no range of <c>/etc/subuid</c> and no container of systemd lies between
    /// it and 2³¹ (https://systemd.io/UIDS-GIDS).
    /// </summary>
    public const uint Shift = 0x70000000;

    private static readonly ValueList<IdRange> Identity = [new(0, 0, UserNamespace.Ids)];

    /// <summary>
    /// 12 hex digits that differ when files look different on disk. The shift does not show there (<see cref="HostPlaces"/>).
    /// </summary>
    public string Key =>
        Kind == IdMapKind.Shifted
            ? Digest.Of($"{Text(Identity)}/{Text(Identity)}").Hex[..12]
            : Digest.Of($"{Text(Users)}/{Text(Groups)}").Hex[..12];

    /// <summary>The maps for the user this process runs as, the best first.</summary>
    /// <exception cref="PipelineException">PL0351: an ordinary user without subordinate ids.</exception>
    public static IReadOnlyList<IdMap> OfThisUser()
    {
        var user = Libc.geteuid();
        if (user == 0)
        {
            IdMap identity = new(Identity, Identity, IdMapKind.Identity);
            ValueList<IdRange> shifted = [new(0, Shift, UserNamespace.Ids)];
            return Has(File.ReadAllText("/proc/self/uid_map"), Shift) && Has(File.ReadAllText("/proc/self/gid_map"), Shift)
                ? [new(shifted, shifted, IdMapKind.Shifted), identity]
                : [identity];
        }

        return
        [
            new(
                [new(0, user, 1), new(1, Subordinate("/etc/subuid", File.ReadAllText("/etc/passwd"), user), UserNamespace.Ids - 1)],
                [
                    new(0, Libc.getegid(), 1),
                    new(1, Subordinate("/etc/subgid", File.ReadAllText("/etc/passwd"), user), UserNamespace.Ids - 1),
                ],
                IdMapKind.Subordinate
            ),
        ];
    }

    /// <summary>Whether 65536 ids from <paramref name="start"/> exist here; in a container there may be few.</summary>
    /// <param name="map">The text of <c>/proc/self/uid_map</c>.</param>
    /// <param name="start">The first of them.</param>
    internal static bool Has(string map, uint start) =>
        map.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l =>
                l.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray()
            )
            .Any(r => r[0] <= start && start + UserNamespace.Ids <= r[0] + r[2]);

    /// <summary>
    /// The start of the first range of at least 65535 ids that <paramref name="file"/> gives the user, by name or number.
    /// </summary>
    internal static uint Subordinate(string file, string passwd, uint user)
    {
        var number = user.ToString(CultureInfo.InvariantCulture);
        var name = passwd.Split('\n').Select(l => l.Split(':')).FirstOrDefault(f => f.Length > 2 && f[2] == number)?[0];
        foreach (var field in (File.Exists(file) ? File.ReadAllLines(file) : []).Select(l => l.Split(':')))
        {
            if (
                field.Length == 3
                && (field[0] == name || field[0] == number)
                && uint.TryParse(field[1], out var start)
                && uint.TryParse(field[2], out var count)
                && count >= UserNamespace.Ids - 1
            )
            {
                return start;
            }
        }

        throw new PipelineException(
            Diagnostic.Error(
                "PL0351",
                $"user {name ?? number} has no range of {UserNamespace.Ids} subordinate ids in {file}",
                exit: ExitClass.MissingTool,
                hint: SubordinateIds.AddLine(name ?? number)
            )
        );
    }

    /// <summary>Writes the map of process <paramref name="id"/>, which waits in its new namespace.</summary>
    public async Task WriteAsync(IToolRunner tools, int id, CancellationToken cancellationToken)
    {
        if (Kind != IdMapKind.Subordinate)
        {
            try
            {
                await File.WriteAllTextAsync($"/proc/{id}/uid_map", Text(Users), cancellationToken);
                await File.WriteAllTextAsync($"/proc/{id}/gid_map", Text(Groups), cancellationToken);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new PipelineException(
                    Diagnostic.Error(
                        "PL0352",
                        $"cannot map ids into a user namespace: {e.Message}",
                        exit: ExitClass.MissingTool,
                        hint: $"this root owns fewer than {UserNamespace.Ids} ids (see /proc/self/uid_map); give its container more"
                    ),
                    e
                );
            }
        }

        foreach (var (program, ranges) in ((string, ValueList<IdRange>)[])[("newuidmap", Users), ("newgidmap", Groups)])
        {
            await tools.RunAsync(
                new(program, [$"{id}", .. ranges.SelectMany(r => new[] { $"{r.Inside}", $"{r.Outside}", $"{r.Count}" })]),
                cancellationToken
            );
        }
    }

    private static string Text(ValueList<IdRange> ranges) => string.Concat(ranges.Select(r => $"{r.Inside} {r.Outside} {r.Count}\n"));
}

/// <summary>One line of an id map.</summary>
/// <param name="Inside">First id inside.</param>
/// <param name="Outside">First id outside.</param>
/// <param name="Count">How many.</param>
internal readonly record struct IdRange(uint Inside, uint Outside, uint Count);

/// <summary>The kinds of maps.</summary>
internal enum IdMapKind
{
    /// <summary>An ordinary user and its subordinate ids; newuidmap writes it.</summary>
    Subordinate,

    /// <summary>Root is nobody of this machine inside; files keep their owners on disk.</summary>
    Shifted,

    /// <summary>Root stays root.</summary>
    Identity,
}
