using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Boot.Grub;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>The boot loaders there are, one per architecture.</summary>
internal static class BootLoaders
{
    /// <summary>Every boot loader.</summary>
    public static ValueList<IBootLoader> All(IToolRunner tools) =>
        [new GrubLoader(tools), new GrubArmLoader(tools), new GrubPowerLoader(tools)];
}
