using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Model.Values;

/// <summary>A machine architecture, spelled as RPM does; Debian's and OCI's spellings exist only at their edges.</summary>
public sealed record Architecture
{
    private Architecture(string name, string debian, string oci, string triplet)
    {
        Name = name;
        Debian = debian;
        Oci = oci;
        Triplet = triplet;
    }

    /// <summary>64-bit x86.</summary>
#pragma warning disable CA1707 // the architecture's own name
    public static Architecture X86_64 { get; } = new("x86_64", "amd64", "amd64", "x86_64-linux-gnu");
#pragma warning restore CA1707

    /// <summary>64-bit Arm.</summary>
    public static Architecture Aarch64 { get; } = new("aarch64", "arm64", "arm64", "aarch64-linux-gnu");

    /// <summary>64-bit little-endian POWER.</summary>
    public static Architecture Ppc64le { get; } = new("ppc64le", "ppc64el", "ppc64le", "powerpc64le-linux-gnu");

    /// <summary>IBM Z, the only big-endian one.</summary>
    public static Architecture S390x { get; } = new("s390x", "s390x", "s390x", "s390x-linux-gnu");

    /// <summary>All four, in the order documents list them.</summary>
    public static ValueList<Architecture> All { get; } = [X86_64, Aarch64, Ppc64le, S390x];

    /// <summary>Architectures that RPM knows and this program does not compose for.</summary>
    private static ValueList<string> OthersOfRpm { get; } =
    ["armhfp", "armv7hl", "i386", "i686", "loongarch64", "ppc64", "riscv64", "s390"];

    /// <summary>RPM's spelling, the one used everywhere inside.</summary>
    public string Name { get; }

    /// <summary>Debian's spelling, as in <c>Architecture:</c> fields.</summary>
    public string Debian { get; }

    /// <summary>Go's and OCI's spelling.</summary>
    public string Oci { get; }

    /// <summary>Debian's multiarch triplet.</summary>
    public string Triplet { get; }

    /// <summary>The architecture this process runs on.</summary>
    /// <exception cref="PlatformNotSupportedException">It is none of the four.</exception>
    public static Architecture Host =>
        RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => X86_64,
            System.Runtime.InteropServices.Architecture.Arm64 => Aarch64,
            System.Runtime.InteropServices.Architecture.Ppc64le => Ppc64le,
            System.Runtime.InteropServices.Architecture.S390x => S390x,
            var other => throw new PlatformNotSupportedException($"host architecture {other} is not supported"),
        };

    /// <summary>Reads any of the three spellings; case matters.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Architecture? architecture)
    {
        architecture = All.FirstOrDefault(a => a.Name == text || a.Debian == text || a.Oci == text);
        return architecture is not null;
    }

    /// <summary>
    /// Whether a text is an architecture as RPM spells it. Files may speak of more than this program composes for.
    /// </summary>
    public static bool IsName(string text) => All.Any(a => a.Name == text) || OthersOfRpm.Contains(text);

    /// <summary>What to write instead of a text that is no architecture as RPM spells it.</summary>
    public static string NameHint(string text) =>
        TryParse(text, out var known)
            ? $"say {known.Name}"
            : ClosestName.Hint(text, All.Select(a => a.Name), $"architectures are {string.Join(", ", All)}")!;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
