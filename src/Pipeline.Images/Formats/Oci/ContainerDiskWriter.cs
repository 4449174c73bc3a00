using System.Globalization;
using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats.Qcow2;
using Pipeline.Images.Packing;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Formats.Oci;

/// <summary>
/// A container disk of KubeVirt: an OCI archive with one layer that holds <c>/disk/NAME.qcow2</c>, owned by the user that runs QEMU there.
/// A blob's name is its digest, so the layer goes through a scratch file.
/// </summary>
internal sealed class ContainerDiskWriter : IDiskWriter
{
    private const int QemuUser = 107;
    private const int ReadOnly = 0b100_100_000;
    private const int Enterable = 0b101_101_000;
    private readonly Qcow2Writer _disk = new();

    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.OciArchive;

    /// <inheritdoc/>
    public StepTools Tools { get; } = Codecs.Tools(Compression.Gzip);

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        using var layer = FileImage.Nameless(target.ScratchFile);
        var plain = WriteLayer(disk, facts, layer, cancellationToken);
        var (size, digest) = layer.Finish();
        var config = Bytes(Config(facts, plain));
        var manifest = Bytes(Manifest(config, digest, size.Bytes));
        var index = Bytes(Index(facts, manifest));

        TarMembers.Add(target, "oci-layout", Bytes(Object(("imageLayoutVersion", String("1.0.0")))), facts.Epoch);
        TarMembers.Add(target, "index.json", index, facts.Epoch);
        target.Write(TarHeader.Of("blobs/", 0, facts.Epoch, mode: 0b111_101_101));
        target.Write(TarHeader.Of("blobs/sha256/", 0, facts.Epoch, mode: 0b111_101_101));
        TarMembers.Add(target, Blob(Digest.Of(manifest)), manifest, facts.Epoch);
        TarMembers.Add(target, Blob(Digest.Of(config)), config, facts.Epoch);
        target.Write(TarHeader.Of(Blob(digest), size.Bytes, facts.Epoch));
        target.Copy(layer.File, 0, size.Bytes, cancellationToken);
        TarMembers.End(target);
    }

    /// <summary>Writes the compressed layer; the digest of the plain one.</summary>
    private Digest WriteLayer(DiskView disk, DiskFacts facts, FileImage layer, CancellationToken cancellationToken)
    {
        using var packed = new CompressedImage(layer, new GzipCodec());
        using var member = new TarMember(packed, NameOf(facts), facts.Epoch);
        _disk.Write(disk, facts, member, cancellationToken);
        TarMembers.End(packed);
        return packed.Finish().Digest;
    }

    /// <summary>KubeVirt takes the one file in the directory, whatever its name; a tar member's is at most 100 bytes long.</summary>
    private static string NameOf(DiskFacts facts) =>
        $"disk/{facts.Product}-{facts.Version}-{facts.Artifact}.{facts.Architecture}.qcow2" is { Length: <= 100 } name
            ? name
            : "disk/disk.qcow2";

    private static JsonTextObject Config(DiskFacts facts, Digest plain) =>
        Object(
            ("created", String(Time(facts.Epoch))),
            ("architecture", String(PlatformOf(facts.Architecture))),
            ("os", String("linux")),
            (
                "config",
                Object(("Labels", Object(("version", String(facts.Version)), ("org.opencontainers.image.version", String(facts.Version)))))
            ),
            ("rootfs", Object(("type", String("layers")), ("diff_ids", new JsonTextArray([String(plain.ToString())])))),
            (
                "history",
                new JsonTextArray([
                    Object(("created", String(Time(facts.Epoch))), ("created_by", String($"{facts.Product} {facts.Version}"))),
                ])
            )
        );

    private static JsonTextObject Manifest(byte[] config, Digest layer, long size) =>
        Object(
            ("schemaVersion", Number(2)),
            ("mediaType", String("application/vnd.oci.image.manifest.v1+json")),
            ("config", Descriptor("application/vnd.oci.image.config.v1+json", Digest.Of(config), config.Length)),
            ("layers", new JsonTextArray([Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer, size)]))
        );

    private static JsonTextObject Index(DiskFacts facts, byte[] manifest)
    {
        var platform = Object(("architecture", String(PlatformOf(facts.Architecture))), ("os", String("linux")));
        var entry = Descriptor("application/vnd.oci.image.manifest.v1+json", Digest.Of(manifest), manifest.Length);
        return Object(
            ("schemaVersion", Number(2)),
            ("mediaType", String("application/vnd.oci.image.index.v1+json")),
            ("manifests", new JsonTextArray([entry.With("platform", platform)]))
        );
    }

    private static JsonTextObject Descriptor(string type, Digest digest, long size) =>
        Object(("mediaType", String(type)), ("digest", String(digest.ToString())), ("size", Number(size)));

    /// <summary>The architecture as OCI spells it.</summary>
    private static string PlatformOf(Architecture architecture) =>
        architecture.Name switch
        {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            var name => name,
        };

    private static string Blob(Digest digest) => $"blobs/sha256/{digest.Hex}";

    private static string Time(long epoch) =>
        DateTimeOffset.FromUnixTimeSeconds(epoch).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static byte[] Bytes(JsonTextNode node) => Encoding.UTF8.GetBytes(JsonTextWriter.Write(node, JsonStyle.Pretty));

    private static JsonTextObject Object(params (string Name, JsonTextNode Value)[] members) =>
        new(members.Select(m => new JsonTextMember(m.Name, m.Value)).ToValueList());

    private static JsonTextString String(string text) => new(text);

    private static JsonTextNumber Number(long value) => new(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Puts the header before the disk once it is known how long the disk's file is.</summary>
    private sealed class TarMember(ImageStream target, string name, long epoch) : ImageStream
    {
        private long _written;

        public override long Written => _written;

        public override string ScratchFile => target.ScratchFile;

        public override void Announce(long length)
        {
            base.Announce(length);
            target.Write(TarHeader.Of("disk/", 0, epoch, QemuUser, Enterable));
            target.Write(TarHeader.Of(name, length, epoch, QemuUser, ReadOnly));
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            target.Write(buffer);
            _written += buffer.Length;
        }

        public override void WriteZeros(long count)
        {
            target.WriteZeros(count);
            _written += count;
        }
    }
}
