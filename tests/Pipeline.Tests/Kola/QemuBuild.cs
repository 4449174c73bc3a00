using Pipeline.Host.Builds;
using Pipeline.Model.Contracts;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Kola;

/// <summary>A published build with an image for QEMU that holds nothing.</summary>
internal static class QemuBuild
{
    /// <summary>Its meta.json. The ref ends in the name of a stream, which means nothing.</summary>
    public static BuildMetaDocument Meta(string id) =>
        new()
        {
            Name = "os",
            BuildId = id,
            Ref = "debian/13/x86_64/testing",
            OstreeCommit = new('c', 64),
            OstreeVersion = id,
            OstreeTimestamp = "2026-09-01T00:00:00Z",
            Images = new([
                new(
                    "qemu",
                    new()
                    {
                        Path = "os.qcow2",
                        Sha256 = new('d', 64),
                        Size = 4,
                    }
                ),
            ]),
        };

    /// <summary>Publishes one, as the newest of a work directory.</summary>
    public static async Task<BuildStore> MakeAsync(string work, string id)
    {
        var staging = Directory.CreateDirectory(Path.Combine(work, "builds/.staging")).FullName;
        await File.WriteAllTextAsync(Path.Combine(staging, "meta.json"), Contract.Write(Meta(id), JsonStyles.Builds));
        await File.WriteAllBytesAsync(Path.Combine(staging, "os.qcow2"), [(byte)'Q', (byte)'F', (byte)'I', 0xfb]);
        var store = new BuildStore(new(work), TimeProvider.System);
        await store.PublishAsync(staging, id, Arch.X86_64, replace: false, _ => { }, CancellationToken.None);
        return store;
    }
}
