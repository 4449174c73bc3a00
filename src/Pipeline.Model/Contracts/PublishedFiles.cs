namespace Pipeline.Model.Contracts;

/// <summary>The files of one format: a disk, or the three files of a network boot.</summary>
/// <typeparam name="TFile">The document's own record of a file.</typeparam>
public abstract record FormatFiles<TFile> : ContractRecord
    where TFile : PublishedFile
{
    /// <summary>A disk image or ISO.</summary>
    [Member("disk")]
    public TFile? Disk { get; init; }

    /// <summary>Network boot: the kernel.</summary>
    [Member("kernel")]
    public TFile? Kernel { get; init; }

    /// <summary>Network boot: the initramfs.</summary>
    [Member("initramfs")]
    public TFile? Initramfs { get; init; }

    /// <summary>Network boot: the root file system.</summary>
    [Member("rootfs")]
    public TFile? Rootfs { get; init; }
}

/// <summary>One file that can be downloaded; documents differ in how they write the sum of what is inside.</summary>
public abstract record PublishedFile : ContractRecord
{
    /// <summary>URL.</summary>
    [Member("location")]
    public required string Location { get; init; }

    /// <summary>URL of the detached signature; empty when unsigned.</summary>
    [Member("signature")]
    public string? Signature { get; init; }

    /// <summary>sha256 of the file.</summary>
    [Member("sha256", Pattern = Patterns.Sha256, Expected = Patterns.Sha256Text)]
    public required string Sha256 { get; init; }
}
