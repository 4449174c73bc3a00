using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Recipes;

/// <summary>All that differs between disk images of one architecture: a disk artifact of the platform table.</summary>
/// <param name="Platform">The platform.</param>
/// <param name="Name">The artifact, as in options, file names and <c>images</c> of meta.json.</param>
/// <param name="Image">How the platform table says it is made.</param>
/// <param name="Architecture">One of the image's architectures.</param>
internal sealed record DiskRecipe(Platform Platform, string Name, DiskImage Image, Architecture Architecture)
{
    /// <summary>Kernel arguments of the platform.</summary>
    public ValueList<string> KernelArguments => Platform.KernelArgumentsOn(Architecture);

    /// <summary>One line: everything that decides bytes, in a fixed order. Part of the input digest and of the golden table.</summary>
    public override string ToString() =>
        string.Join(
            ' ',
            Name,
            Architecture.Name,
            $"id={Platform.IgnitionId}",
            $"format={Image.Format.ToString().ToLowerInvariant()}",
            $"suffix={Image.Suffix}",
            $"compress={Image.Compression.ToString().ToLowerInvariant()}",
            $"sector={Image.SectorSize}",
            $"disk={(Image.DiskSize is { } size ? size.ToString() : "content")}",
            $"kargs='{string.Join(' ', KernelArguments)}'"
        );
}
