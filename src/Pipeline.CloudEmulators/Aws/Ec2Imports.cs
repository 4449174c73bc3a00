using System.Buffers.Binary;
using System.Globalization;
using System.Xml.Linq;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>EC2's import of disk files from S3 as snapshots; <c>qemu-img</c> reads the formats.</summary>
/// <param name="store">The state, for the end of an import.</param>
/// <param name="files">The bytes of snapshots.</param>
/// <param name="buckets">S3.</param>
/// <param name="tools">Starts <c>qemu-img</c>.</param>
/// <param name="reporter">Receives failures.</param>
internal sealed class Ec2Imports(AwsStore store, SnapshotFiles files, S3Buckets buckets, IToolRunner tools, IReporter reporter)
{
    private const long GiB = 1024L * 1024 * 1024;

    public IEnumerable<XElement> Import(Ec2Call call)
    {
        if (call.Repeated("ImportSnapshot") is { } made)
        {
            return Print(call, call.Here.Imports[made]);
        }

        var disk = call.Query.Under("DiskContainer");
        var format = disk.Get("Format").ToUpperInvariant();
        if (format is not ("VMDK" or "VHD" or "RAW"))
        {
            throw AwsRefusal.BadValue("Format", format);
        }

        var (bucket, key) = (disk.Under("UserBucket").Get("S3Bucket"), disk.Under("UserBucket").Get("S3Key"));
        if (buckets.Find(bucket, key) is not { } path)
        {
            throw new AwsRefusal("InvalidParameter", $"The given S3 object is invalid: s3://{bucket}/{key}");
        }

        call.Dry();
        var task = new Ec2ImportTask
        {
            Id = Ec2Call.NewId("import-snap"),
            Owner = call.Caller.Account,
            Description = call.Query.Find("Description"),
            Format = format,
            Bucket = bucket,
            Key = key,
            State = "active",
            Message = "pending",
            Bytes = new FileInfo(path).Length,
            Tags = call.Query.Tags("import-snapshot-task"),
            Created = call.Now,
            Visible = call.Visible,
            Ready = call.Ready,
        };
        call.Here.Imports[task.Id] = task;
        call.Remember("ImportSnapshot", task.Id);
        call.Afterwards.Add(() => ConvertAsync(call.Caller.Region, task, path));
        return Print(call, task);
    }

    public static IEnumerable<XElement> Describe(Ec2Call call)
    {
        var ids = call.Query.List("ImportTaskId");
        var tasks = call.Here.Imports.Values.Where(t => t.Owner == call.Caller.Account && call.Sees(t)).ToArray();
        if (ids.FirstOrDefault(i => tasks.All(t => t.Id != i)) is { } missing)
        {
            throw new AwsRefusal("InvalidConversionTaskId.Malformed", $"The import task '{missing}' does not exist");
        }

        var found = Ec2Filter.Apply(
            tasks.Where(t => ids.Count == 0 || ids.Contains(t.Id)),
            call.Query.Filters,
            t => t.Tags,
            (_, _) => null
        );
        return call.Page(found, "importSnapshotTaskSet", t => new("item", Print(call, t)));
    }

    /// <summary>Goes on with imports that an earlier process began.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var active = await store.WithAsync(
            s => s.Regions.SelectMany(r => r.Value.Imports.Values.Where(t => t.State == "active").Select(t => (r.Key, t))).ToArray(),
            cancellationToken
        );
        foreach (var (region, task) in active)
        {
            await ConvertAsync(region, task, buckets.Find(task.Bucket, task.Key) ?? "");
        }
    }

    private async Task ConvertAsync(string region, Ec2ImportTask task, string path)
    {
        var id = Ec2Call.NewId("snap");
        var failure = "";
        var size = 0;
        try
        {
            size = await ConvertAsync(task.Format, path, id);
        }
        catch (Exception e) when (e is PipelineException or IOException)
        {
            failure = e is PipelineException p ? p.Diagnostics[0].Message : e.Message;
            files.Delete(id);
            reporter.Report(EmulatorDiagnostics.ImportFailed(task.Id, failure));
        }

        await store.WithAsync(
            s =>
            {
                var here = s.In(region);
                here.Imports[task.Id] =
                    failure.Length > 0
                        ? task with
                        {
                            State = "deleted",
                            Message = "ClientError: " + failure,
                        }
                        : task with
                        {
                            State = "completed",
                            Message = null,
                            SnapshotId = id,
                        };
                if (failure.Length == 0)
                {
                    here.Snapshots[id] = Made(task, id, size);
                }

                return true;
            },
            CancellationToken.None
        );
    }

    private static Ec2Snapshot Made(Ec2ImportTask task, string id, int size) =>
        new()
        {
            Id = id,
            Owner = task.Owner,
            Description = $"Created by AWS-VMImport service for {task.Id}",
            VolumeSize = size,
            State = "completed",
            Data = id,
            Created = task.Created,
            Visible = task.Visible,
            Ready = task.Ready,
        };

    private async Task<int> ConvertAsync(string format, string path, string id)
    {
        if (format == "VMDK" && !IsPlainVmdk(path))
        {
            throw new IOException("Disk validation failed: not a stream optimized or sparse VMDK in one file");
        }

        files.Create(id, 1);
        var driver = format switch
        {
            "VMDK" => "vmdk",
            "VHD" => "vpc",
            _ => "raw",
        };
        var command = new ToolCommand("qemu-img", ["convert", "-f", driver, "-O", "raw", path, files.Raw(id)])
        {
            MissingHint = "apt-get install qemu-utils",
        };
        await tools.RunAsync(command, CancellationToken.None);
        var size = (int)((new FileInfo(files.Raw(id)).Length + GiB - 1) / GiB);
        await files.AdoptAsync(id, size, CancellationToken.None);
        return size;
    }

    /// <summary>
    /// Whether all bytes are in this file. A descriptor may name other files of this host, and qemu-img would read those: a header without
    /// a capacity leads to such a descriptor, and so does a file that begins with one.
    /// </summary>
    internal static bool IsPlainVmdk(string path)
    {
        var header = new byte[20];
        using var file = File.OpenHandle(path);
        return RandomAccess.Read(file, header, 0) == header.Length
            && header.AsSpan(0, 4).SequenceEqual("KDMV"u8)
            && BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(12)) > 0;
    }

    private static IEnumerable<XElement> Print(Ec2Call call, Ec2ImportTask task)
    {
        var done = task.State == "completed" && call.Now >= task.Ready;
        var state = task.State == "completed" && !done ? "active" : task.State;
        return new[]
        {
            Text("importTaskId", task.Id),
            Text("description", task.Description),
            new XElement(
                "snapshotTaskDetail",
                Text("description", task.Description),
                new XElement("diskImageSize", task.Bytes.ToString("0.0", CultureInfo.InvariantCulture)),
                Text("format", task.Format),
                Text("progress", done ? null : "19"),
                Text("snapshotId", done ? task.SnapshotId : null),
                Text("status", state),
                Text("statusMessage", done ? null : task.Message),
                new XElement("userBucket", Text("s3Bucket", task.Bucket), Text("s3Key", task.Key))
            ),
            Tags(task.Tags),
        }.OfType<XElement>();
    }
}
