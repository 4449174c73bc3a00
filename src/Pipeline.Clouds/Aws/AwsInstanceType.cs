using Pipeline.Clouds.Instances;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Aws;

/// <summary>An instance type that is chosen when none is named.</summary>
/// <param name="Name">EC2's name.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Cpus">Virtual CPUs.</param>
/// <param name="MemoryMiB">Memory.</param>
/// <param name="Nics">Most network interfaces.</param>
internal sealed record AwsInstanceType(string Name, Architecture Architecture, int Cpus, int MemoryMiB, int Nics)
{
    /// <summary>Cheapest first; all start from UEFI.</summary>
    private static readonly ValueList<AwsInstanceType> Types =
    [
        new("t3.micro", Architecture.X86_64, 2, 1 << 10, 2),
        new("t3.small", Architecture.X86_64, 2, 2 << 10, 3),
        new("t3.medium", Architecture.X86_64, 2, 4 << 10, 3),
        new("m6i.large", Architecture.X86_64, 2, 8 << 10, 3),
        new("m6i.xlarge", Architecture.X86_64, 4, 16 << 10, 4),
        new("m6i.2xlarge", Architecture.X86_64, 8, 32 << 10, 4),
        new("m6i.4xlarge", Architecture.X86_64, 16, 64 << 10, 8),
        new("t4g.micro", Architecture.Aarch64, 2, 1 << 10, 2),
        new("t4g.small", Architecture.Aarch64, 2, 2 << 10, 3),
        new("t4g.medium", Architecture.Aarch64, 2, 4 << 10, 3),
        new("m6g.large", Architecture.Aarch64, 2, 8 << 10, 3),
        new("m6g.xlarge", Architecture.Aarch64, 4, 16 << 10, 4),
        new("m6g.2xlarge", Architecture.Aarch64, 8, 32 << 10, 4),
        new("m6g.4xlarge", Architecture.Aarch64, 16, 64 << 10, 8),
    ];

    /// <summary>The cheapest that fits; <c>null</c> when none does.</summary>
    public static AwsInstanceType? Of(CloudInstanceShape shape) =>
        Types.FirstOrDefault(t =>
            t.Architecture == shape.Architecture && t.Cpus >= shape.Cpus && t.MemoryMiB >= shape.MemoryMiB && t.Nics >= shape.Nics
        );
}
