using System.Net;
using Pipeline.CloudEmulators.Faults;
using Pipeline.Model.Values;

namespace Pipeline.CloudEmulators;

/// <summary>Which cloud is emulated, where it listens and where it keeps what it is given.</summary>
public sealed record EmulatorOptions
{
    /// <summary>The providers that can be emulated.</summary>
    public static ValueList<string> Providers { get; } = ["aws"];

    /// <summary>A loopback address; port 0 for any free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Directory of images, disks and state; made when missing, used again by the next start.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The accounts that may sign requests; the first one also owns nothing of the others.</summary>
    public ValueList<EmulatedAccount> Accounts { get; init; } = [EmulatedAccount.Default];

    /// <summary>Faults from the start; <c>POST /_faults</c> adds more.</summary>
    public ValueList<FaultRule> Faults { get; init; } = [];

    /// <summary>Whether instances are real machines; otherwise they are said to run and nothing does.</summary>
    public bool Machines { get; init; } = true;

    /// <summary>Most memory of an instance in MiB, whatever its type promises.</summary>
    public int MostMemoryMiB { get; init; } = 2048;
}

/// <summary>An account and its only access key.</summary>
/// <param name="Id">Twelve digits.</param>
/// <param name="KeyId">Access key id.</param>
/// <param name="Secret">Secret of the key; of no worth outside of the emulator.</param>
public sealed record EmulatedAccount(string Id, string KeyId, string Secret)
{
    /// <summary>The account of an emulator that is told of none.</summary>
    public static EmulatedAccount Default { get; } = new("111122223333", "AKIAEMULATEDCLOUD001", "emulated-secret");
}
