using System.Globalization;
using System.Text.Json;
using Pipeline.Host.Net;
using Pipeline.TestKit;

namespace Pipeline.Tests.UpdateServer;

/// <summary>Machines of the kind that are in the field, walking through a year of releases over HTTP.</summary>
[TestFixture, Category(Tiers.System)]
public sealed class FleetTests
{
    private const int Machines = 10_000;
    private const string AgeIndex = "org.fedoraproject.coreos.releases.age_index";
    private static readonly string[] Arches = ["x86_64", "aarch64", "s390x"];

    [Test, CancelAfter(600_000)]
    public async Task Ten_thousand_machines_go_through_a_year_and_all_end_at_the_head(CancellationToken cancellationToken)
    {
        using var stream = new GraphStore();
        using var http = HttpStack.Create();
        var releases = Enumerable
            .Range(0, 26)
            .Select(i => (Version: Version(stream.Clock.Now.AddDays(14 * i)), Day: stream.Clock.Now.AddDays(14 * i)))
            .ToArray();
        stream.Release(releases[0].Version, Arches[..2]);
        stream.Mark(releases[0].Version, """{"rollout":{"start_percentage":1.0}}""");
        await stream.PublishAsync();
        await using var service = await stream.ServeAsync();
        var fleet = Enumerable.Range(0, Machines).Select(i => new Machine(i, Arches[i % 3], $"{i:x32}")).ToArray();
        foreach (var machine in fleet.Where(m => m.Arch != "s390x"))
        {
            machine.Install(releases[0].Version);
        }

        for (var r = 1; r < releases.Length; r++)
        {
            await PublishAsync(stream, releases, r);
            await service.RefreshAsync(cancellationToken);
            foreach (var machine in fleet.Where(m => m.Arch == "s390x" && r == 10))
            {
                machine.Install(releases[r].Version);
            }

            // Half way into the rollout: a fifth of the machines is on.
            stream.Clock.Now = releases[r].Day.AddHours(24);
            await WalkAsync(fleet.Where(m => (m.Number + r) % 5 == 0), service.Address, http, cancellationToken);
        }

        stream.Clock.Now = releases[^1].Day.AddDays(10);
        await WalkAsync(fleet, service.Address, http, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fleet.Select(m => m.Version).Distinct(), Is.EqualTo([releases[^1].Version]));
            Assert.That(
                fleet
                    .Where(m => m.Arch != "s390x")
                    .Select(m => m.Path.Contains(releases[6].Version) && m.Path.Contains(releases[18].Version)),
                Has.All.True,
                "nobody jumps over a barrier"
            );
            Assert.That(fleet.Count(m => m.Path.Contains(releases[13].Version)), Is.Zero, "nobody is led to the dead end");
            Assert.That(fleet.Count(m => m.Path.Contains(releases[9].Version)), Is.InRange(200, 700), "the pause kept most machines away");
        }
    }

    /// <summary>
    /// Every release rolls out over two days; 6 and 18 become barriers, 9 is paused at 30 %, 13 is a dead end, s390x comes with 10.
    /// </summary>
    private static async Task PublishAsync(GraphStore stream, (string Version, DateTimeOffset Day)[] releases, int r)
    {
        stream.Release(releases[r].Version, r < 10 ? Arches[..2] : Arches);
        for (var before = Math.Max(0, r - 1); before < r; before++)
        {
            stream.Mark(releases[before].Version, before is 6 or 18 ? """{"barrier":{"reason":"https://example.com/barrier"}}""" : "{}");
        }

        stream.Mark(
            releases[r].Version,
            r switch
            {
                9 => """{"rollout":{"start_percentage":0.3}}""",
                13 => """{"deadend":{"reason":"https://example.com/deadend"}}""",
                _ => GraphStore.Rollout(releases[r].Day, 2880),
            }
        );
        if (r == 14)
        {
            stream.Mark(releases[13].Version, """{"deadend":{"reason":"https://example.com/deadend"}}""");
        }

        await stream.PublishAsync();
    }

    private static Task WalkAsync(IEnumerable<Machine> fleet, Uri service, HttpClient http, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            fleet.Where(m => m.Version.Length > 0),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (machine, c) =>
            {
                for (var steps = 0; steps < 30 && await machine.StepAsync(service, http, c); steps++)
                {
                    // One update and reboot at a time, as in the field.
                }
            }
        );

    private static string Version(DateTimeOffset day) => string.Create(CultureInfo.InvariantCulture, $"43.{day.UtcDateTime:yyyyMMdd}.3.0");

    /// <summary>A client as it is in the field: finds itself by payload, takes the newest release it is offered, never goes back.</summary>
    private sealed class Machine(int number, string arch, string uuid)
    {
        public int Number => number;

        public string Arch => arch;

        public string Version { get; private set; } = "";

        public List<string> Path { get; } = [];

        public void Install(string version)
        {
            Version = version;
            Path.Add(version);
        }

        public async Task<bool> StepAsync(Uri service, HttpClient http, CancellationToken cancellationToken)
        {
            var query =
                $"v1/graph?basearch={arch}&stream=stable&os_version={Version}"
                + $"&os_checksum={GraphStore.Payload(Version, arch)}&group=default&node_uuid={uuid}&platform=metal";
            await using var body = await http.GetStreamAsync(new Uri(service, query), cancellationToken);
            using var graph = await JsonDocument.ParseAsync(body, default, cancellationToken);
            var nodes = graph.RootElement.GetProperty("nodes").EnumerateArray().ToArray();
            var here = Array.FindIndex(nodes, n => n.GetProperty("payload").GetString() == GraphStore.Payload(Version, arch));
            var next = graph
                .RootElement.GetProperty("edges")
                .EnumerateArray()
                .Where(e => e[0].GetInt32() == here)
                .Select(e => nodes[e[1].GetInt32()])
                .OrderByDescending(Age)
                .FirstOrDefault();
            if (next.ValueKind == JsonValueKind.Undefined || Age(next) <= Age(nodes[here]))
            {
                return false;
            }

            Install(next.GetProperty("version").GetString()!);
            return true;
        }

        private static int Age(JsonElement node) =>
            int.Parse(node.GetProperty("metadata").GetProperty(AgeIndex).GetString()!, CultureInfo.InvariantCulture);
    }
}
