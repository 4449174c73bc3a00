using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Images.Live.Initrds;
using Pipeline.TestKit.Live;

namespace Pipeline.Fuzz;

/// <summary>Live media: the images and each document in them.</summary>
internal static class LiveTargets
{
    private static readonly Lazy<ScratchDirectory> Scratch = new(() => new ScratchDirectory());

    /// <summary>A whole image: whatever it says, only bytes of its areas are changed.</summary>
    public static void Iso(byte[] bytes)
    {
        var path = Scratch.Value.Write("live.iso", bytes);
        FuzzTarget.Refusing(() =>
        {
            using var live = LiveIso.Open(path, "live.iso", CancellationToken.None);
            LiveMedia.Inspect(new(path, "live.iso"), CancellationToken.None);
            live.Change(i => i.Ignition = "{}"u8.ToArray());
            foreach (var change in live.Changes())
            {
                FuzzTarget.Promise(
                    change.Offset >= live.Image.Contents && change.Offset + change.Bytes.Length <= bytes.Length,
                    "changes are inside the image"
                );
            }
        });
    }

    /// <summary>An initramfs image.</summary>
    public static void Initrd(byte[] bytes) =>
        FuzzTarget.Refusing(() =>
        {
            var read = InitrdReader.Read("f", new MemoryStream(bytes, writable: false), 16 << 20, _ => true, CancellationToken.None);
            FuzzTarget.Promise(
                InitrdReader
                    .Read("f", new MemoryStream(read.ToBytes()), 256 << 20, _ => true, CancellationToken.None)
                    .Files.Keys.SequenceEqual(read.Files.Keys),
                "what is read can be written and read again"
            );
        });

    /// <summary>A document in an image that is good otherwise.</summary>
    public static void Document(string path, byte[] bytes) => Iso(LiveIsoFixture.Of("2023-07", files => files[path] = bytes).Bytes);
}
