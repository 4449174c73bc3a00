using System.Diagnostics;
using System.Globalization;
using System.Text;
using Amazon.Runtime;
using Amazon.S3.Model;
using Pipeline.Clouds.Stores;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;
using Pipeline.TestKit;

namespace Pipeline.Benchmarks;

/// <summary><c>bench/streams.sh</c>: stream tools against peers in the same run. Medians; prints a table, asserts nothing.</summary>
internal static class StreamsBench
{
    internal static readonly int Runs = Number("RUNS", 5);

    public static async Task RunAsync(string[] parts)
    {
        Console.WriteLine($"{"what", -34} {"ours", 14} {"peer", 14} {"ratio", 8}");
        if (parts.Length == 0 || parts.Contains("graph"))
        {
            Graph();
        }

        if (parts.Length == 0 || parts.Contains("serve"))
        {
            await ServeBench.RunAsync();
        }

        if (parts.Length == 0 || parts.Contains("push"))
        {
            await PushAsync();
        }
    }

    /// <summary>
    /// 500 releases, 4 architectures, 2 schemes: built and printed; the peer only copies the printed bytes through the JSON reader.
    /// </summary>
    private static void Graph()
    {
        var (index, updates) = Documents(500);
        var release = DocumentFile.Parse<ReleaseIndex>("releases.json", Encoding.UTF8.GetBytes(index)).Value;
        var rollouts = DocumentFile.Parse<UpdatesDocument>("updates.json", Encoding.UTF8.GetBytes(updates)).Value;
        var scopes = (from a in Architecture.All from oci in (bool[])[false, true] select new GraphScope(a.Name, oci)).ToArray();
        string[] Build() => [.. scopes.Select(s => GraphBuilder.Print(GraphBuilder.Build(release, rollouts, s)))];
        var printed = Build().Select(Encoding.UTF8.GetBytes).ToArray();
        var ours = Median(() => Cpu(() => Build()));
        var peer = Median(() => Cpu(() => Array.ForEach(printed, p => System.Text.Json.JsonDocument.Parse(p).Dispose())));
        Row(
            "graph build 500 × 4 × 2 (CPU)",
            $"{ours * 1000:0.0} ms",
            $"{peer * 1000:0.0} ms",
            ours / peer,
            "peer: System.Text.Json reads the result"
        );
    }

    private static async Task PushAsync()
    {
        var size = ByteSize.FromMiB(Number("BENCH_PUSH_MIB", 2048));
        using var directory = new TemporaryDirectory("/var/tmp");
        var file = directory.File("disk.raw");
        var digest = MakeFile(file, size);
        var ours = new List<double>();
        var peer = new List<double>();
        for (var i = 0; i < Runs; i++)
        {
            ours.Add(
                await WithBucketAsync(async s3 =>
                {
                    using var store = new ReliableObjectStore(s3, Retry.Default, TimeSpan.FromMinutes(2), TimeProvider.System);
                    await new ObjectTransfer(store, TransferOptions.Default, TimeProvider.System).UploadAsync(
                        "disk.raw",
                        file,
                        digest,
                        ObjectHeaders.Immutable,
                        null,
                        CancellationToken.None
                    );
                })
            );
            peer.Add(await WithBucketAsync(s3 => BareAsync(s3, file, size)));
        }

        Row(
            $"push {size} to radosgw (wall)",
            $"{Middle(ours):0.00} s",
            $"{Middle(peer):0.00} s",
            Middle(ours) / Middle(peer),
            "peer: the same parts by a bare parallel loop"
        );
    }

    /// <summary>The same parts, four at a time, and nothing else: no digest, no claim, no check, no retry.</summary>
    private static async Task BareAsync(S3ObjectStore s3, string file, ByteSize size)
    {
        var part = TransferOptions.Default.PartSize.Bytes;
        var upload = await s3.Client.InitiateMultipartUploadAsync(s3.Bucket, "disk.raw");
        using var handle = File.OpenHandle(file);
        var tags = new PartETag[(size.Bytes + part - 1) / part];
        await Parallel.ForAsync(
            0,
            tags.Length,
            new ParallelOptions { MaxDegreeOfParallelism = TransferOptions.Default.Parallel },
            async (n, c) =>
            {
                var buffer = new byte[Math.Min(part, size.Bytes - (n * part))];
                await RandomAccess.ReadAsync(handle, buffer, n * part, c);
                using var stream = new MemoryStream(buffer);
                var answer = await s3.Client.UploadPartAsync(
                    new()
                    {
                        BucketName = s3.Bucket,
                        Key = "disk.raw",
                        UploadId = upload.UploadId,
                        PartNumber = n + 1,
                        InputStream = stream,
                    },
                    c
                );
                tags[n] = new(n + 1, answer.ETag);
            }
        );
        await s3.Client.CompleteMultipartUploadAsync(
            new()
            {
                BucketName = s3.Bucket,
                Key = "disk.raw",
                UploadId = upload.UploadId,
                PartETags = [.. tags],
            }
        );
    }

    /// <summary>A fresh server each time: deleted objects would keep its memory for hours.</summary>
    private static async Task<double> WithBucketAsync(Func<S3ObjectStore, Task> push)
    {
        await using var gateway = await RadosGateway.StartAsync(CancellationToken.None);
        using var s3 = S3ObjectStore.Open(
            StoreAddress.Parse($"s3://bench?endpoint={gateway.Endpoint}", "/"),
            new BasicAWSCredentials(RadosGateway.AccessKey, RadosGateway.SecretKey),
            TimeProvider.System
        );
        await s3.Client.PutBucketAsync(s3.Bucket);
        var start = Stopwatch.GetTimestamp();
        await push(s3);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Arches(Func<string, string> one) => string.Join(',', Architecture.All.Select(a => one(a.Name)));

    private static string Release(string version)
    {
        var commits = Arches(a => $$"""{"architecture":"{{a}}","checksum":"{{Digest.Of(version + a).Hex}}"}""");
        var images = Arches(a =>
            $$"""{"image":"example.com/os:stable","digest-ref":"example.com/os@{{Digest.Of(version + a)}}","architecture":"{{a}}"}"""
        );
        return $$"""{"commits":[{{commits}}],"oci-images":[{{images}}]"""
            + $$""","version":"{{version}}","metadata":"https://example.com/{{version}}/release.json"}""";
    }

    internal static (string Index, string Updates) Documents(int count)
    {
        var day = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var versions = Enumerable
            .Range(0, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"43.{day.AddDays(i).UtcDateTime:yyyyMMdd}.3.0"))
            .ToArray();
        var releases = versions.Select(Release);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var updates = versions
            .Select(
                (v, i) =>
                    i == count - 1
                        ? Update(v, $$$"""{"rollout":{"start_epoch":{{{now - 86_400}}},"start_percentage":0.0,"duration_minutes":2880}}""")
                    : i == count - 2 ? Update(v, """{"rollout":{"start_percentage":1.0}}""")
                    : i % 7 == 3 ? Update(v, """{"barrier":{"reason":"https://example.com/barrier"}}""")
                    : null
            )
            .Where(u => u is not null);
        return (
            $$"""{"releases":[{{string.Join(',', releases)}}],"metadata":{"last-modified":"2026-01-01T00:00:00Z"},"stream":"stable"}""",
            $$"""{"stream":"stable","metadata":{"last-modified":"2026-01-01T00:00:00Z"},"releases":[{{string.Join(',', updates)}}]}"""
        );

        static string Update(string version, string metadata) => $$"""{"version":"{{version}}","metadata":{{metadata}}}""";
    }

    private static Digest MakeFile(string path, ByteSize size)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var file = File.Create(path);
        var block = System.Security.Cryptography.RandomNumberGenerator.GetBytes(1024 * 1024);
        for (long done = 0; done < size.Bytes; done += block.Length)
        {
            BitConverter.TryWriteBytes(block, done);
            file.Write(block);
            hash.AppendData(block);
        }

        return Digest.FromHash(hash.GetHashAndReset());
    }

    private static double Cpu(Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static double Median(Func<double> measure)
    {
        measure();
        return Middle([.. Enumerable.Range(0, Runs).Select(_ => measure())]);
    }

    internal static double Middle(List<double> values) => values.Order().ElementAt(values.Count / 2);

    internal static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    internal static void Row(string what, string ours, string peer, double ratio, string note) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what, -34} {ours, 14} {peer, 14} {ratio, 8:0.00}  {note}"));
}
