using System.Text.RegularExpressions;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Recipes;

/// <summary>The live media of one architecture: an ISO, and kernel, initramfs and root file system for network boot.</summary>
/// <param name="Metal">The platform that live systems run on.</param>
/// <param name="Architecture">The architecture.</param>
internal sealed partial record LiveRecipe(Platform Metal, Architecture Architecture)
{
    /// <summary>What users ask for.</summary>
    public const string Name = "live";

    /// <summary>
    /// Kernel arguments of the ISO: without those that only a disk has, and with consoles left to the kernel, because nobody knows what a
    /// machine has that a disc is put into.
    /// </summary>
    /// <param name="volume">The ISO's volume id, by which its initramfs finds it.</param>
    public ValueList<string> KernelArguments(string volume) =>
        [
            "systemd.gpt_auto=0",
            .. Metal.ExtraArguments,
            $"coreos.liveiso={volume}",
            "ignition.firstboot",
            $"ignition.platform.id={Metal.IgnitionId}",
        ];

    /// <summary>Arguments that GRUB would read as something else than words of a line.</summary>
    public ValueList<string> Unfit => [.. Metal.ExtraArguments.Where(a => !Word().IsMatch(a))];

    /// <summary>One line: everything that decides bytes. Part of the input digest.</summary>
    public override string ToString() => $"{Name} {Architecture.Name} kargs='{string.Join(' ', KernelArguments("VOLUME"))}'";

    [GeneratedRegex(@"\A[A-Za-z0-9._,:=/@%+~-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
