using Pipeline.Model.Values;

namespace Pipeline.Model.Platforms;

/// <summary>
/// All platforms, in the order release metadata lists them. Recipes, consoles, release metadata and uploads read this table: a platform
/// is one row here and nothing elsewhere.
/// </summary>
public sealed partial record PlatformTable
{
    /// <summary>The platform whose images QEMU boots on a host of one's own.</summary>
    public const string Qemu = "qemu";

    /// <summary>The platform that images are made for and tests run on unless another is asked for.</summary>
    public const string Default = Qemu;

    /// <summary>Takes the rows in their order.</summary>
    /// <exception cref="ArgumentException">A platform or an artifact occurs twice, or an architecture has two console rows.</exception>
    public PlatformTable(IEnumerable<Platform> platforms)
    {
        Platforms = platforms.ToValueList();
        RefuseTwice(Platforms.Select(p => p.Name), "platform");
        RefuseTwice(Platforms.SelectMany(p => p.Artifacts).Select(a => a.Name), "artifact");
        foreach (var platform in Platforms)
        {
            RefuseTwice(platform.Consoles.Select(c => c.Architecture.Name), $"console of '{platform.Name}' on");
        }
    }

    /// <summary>The rows.</summary>
    public ValueList<Platform> Platforms { get; }

    /// <summary>Every artifact with its platform, in table order.</summary>
    public IEnumerable<(Platform Platform, PlatformArtifact Artifact)> EachArtifact() =>
        Platforms.SelectMany(p => p.Artifacts.Select(a => (p, a)));

    /// <summary>The platform called <paramref name="name"/>, or <c>null</c>.</summary>
    public Platform? Find(string name) => Platforms.FirstOrDefault(p => p.Name == name);

    /// <summary>The platform that <paramref name="target"/> takes images for, or <c>null</c>.</summary>
    public Platform? Find(UploadTarget target) => Platforms.FirstOrDefault(p => p.Upload == target);

    /// <summary>The platform that an artifact of meta.json belongs to, or <c>null</c>: <c>metal4k</c> belongs to <c>metal</c>.</summary>
    public Platform? OfArtifact(string artifact) => Platforms.FirstOrDefault(p => p.Artifacts.Any(a => a.Name == artifact));

    /// <summary>The table with one more row at its end.</summary>
    public PlatformTable With(Platform platform) => new([.. Platforms, platform]);

    /// <summary>The table with what files beside a manifest say of sizes and kernel arguments.</summary>
    /// <remarks>
    /// A size counts for disks that have the usual one, and for others when it is larger; disks sized by their content stay.
    /// </remarks>
    public PlatformTable With(ImageSettings settings) =>
        new(
            Platforms.Select(p =>
                p with
                {
                    ExtraArguments = settings.ExtraKernelArguments,
                    Consoles =
                    [
                        .. p.Consoles.Where(c => !settings.ConsoleArchitectures.Contains(c.Architecture)),
                        .. settings
                            .Consoles.Where(c => c.Platform == p.Name)
                            .Select(c => new ConsoleArguments(c.Architecture, c.Arguments)),
                    ],
                    Artifacts =
                    [
                        .. p.Artifacts.Select(a =>
                            a.Disk is { DiskSize: { } size } disk
                            && settings.DiskSize is { } wanted
                            && (size == CloudDisk || size.Bytes < wanted.Bytes)
                                ? a with
                                {
                                    Disk = disk with { DiskSize = wanted },
                                }
                                : a
                        ),
                    ],
                }
            )
        );

    private static void RefuseTwice(IEnumerable<string> names, string what)
    {
        var twice = names.CountBy(n => n).FirstOrDefault(n => n.Value > 1).Key;
        if (twice is not null)
        {
            throw new ArgumentException($"{what} '{twice}' is in the table twice");
        }
    }
}
