using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>
/// Files that others may have put there are opened through <c>RegularFile</c>: .NET's own calls wait for ever at a FIFO. What is read by
/// them is listed here with its reason.
/// </summary>
[TestFixture]
public sealed partial class ForeignFileTests
{
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["Pipeline.Host/Archives/CommitArchiveReader.cs"] = "files that it unpacked itself",
        ["Pipeline.Host/Tools/ToolRunner.cs"] = "/dev/null and pipes",
        ["Pipeline.Host/Tools/ProcessTree.cs"] = "/proc",
        ["Pipeline.Host/Tools/Watchdog.cs"] = "/proc and pipes",
        ["Pipeline.Host/Sandbox/HostPlaces.cs"] = "/proc",
        ["Pipeline.Host/Tools/ToolFileCache.cs"] = "its own cache",
        ["Pipeline.Host/Tools/ToolFingerprint.cs"] = "programs of the machine",
        ["Pipeline.Host/Sandbox/GuestRunners.cs"] = "emulators of the machine, /proc",
        ["Pipeline.Host/Sandbox/WorkerClient.cs"] = "/dev/null and pipes",
        ["Pipeline.Host/Sandbox/IdMap.cs"] = "/etc/passwd, /etc/subuid",
        ["Pipeline.Host/Signing/GpgSigner.cs"] = "what gpg wrote for it",
        ["Pipeline.Host/Signing/SignatureCheck.cs"] = "what gpgv wrote for it",
        ["Pipeline.Cli/Doctor/HostChecks.cs"] = "/etc/subuid",
        ["Pipeline.Images/Boot/Grub/GrubLoader.cs"] = "modules of the machine, and its own image",
        ["Pipeline.Images/Boot/Grub/GrubPowerLoader.cs"] = "its own image",
        ["Pipeline.Images/Disks/DiskView.cs"] = "disks that were made here",
        ["Pipeline.Images/Disks/FileImage.cs"] = "the image that it makes",
        ["Pipeline.Images/Disks/Scratch.cs"] = "/proc and /sys",
        ["Pipeline.Images/Disks/SparseFile.cs"] = "disks that it made itself",
        ["Pipeline.Images/Filesystems/ExtInodes.cs"] = "disks that were made here",
        ["Pipeline.Images/Outputs/Workbench.cs"] = "/proc",
        ["Pipeline.Compose/Fetching/ContentStore.cs"] = "what it wrote itself",
        ["Pipeline.Compose/Layers/LayerObjects.cs"] = "objects that it makes",
        ["Pipeline.Host/Files/AtomicFile.cs"] = "a name of its own making, opened for both ways, which blocks on nothing",
        ["Pipeline.Host/Files/RegularFile.cs"] = "this is it",
        ["Pipeline.Host/Net/Objects/LocalPartUpload.cs"] = "uploads that it makes, below a lock",
        ["Pipeline.Compose/Layers/LayerStore.cs"] = "the content store",
        ["Pipeline.Kola/Checks/ConsoleFollower.cs"] = "a console that QEMU writes",
        ["Pipeline.Kola/Checks/JournalScanner.cs"] = "a journal that is written by the run",
        ["Pipeline.Kola/Machines/Guests/SshKey.cs"] = "a key that it made itself",
        ["Pipeline.Kola/Machines/Qemu/AcceleratorProbe.cs"] = "/proc",
        ["Pipeline.CloudEmulators/Aws/SnapshotFiles.cs"] = "its own state",
        ["Pipeline.CloudEmulators/Aws/S3Service.cs"] = "its own state",
        ["Pipeline.CloudEmulators/Aws/Ec2Imports.cs"] = "its own state",
        ["Pipeline.CloudEmulators/Aws/Ec2Runner.cs"] = "consoles that QEMU writes into its own state",
        ["Pipeline.Kola/Machines/Qemu/QemuSavedStore.cs"] = "/proc",
        ["Pipeline.Kola/Runs/MachineBudget.cs"] = "/proc",
    };

    [Test]
    public void Only_these_are_opened_by_ordinary_calls()
    {
        var root = SourceTree.Path("src");
        var found = Directory
            .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && OrdinaryCall().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(root, f))
            .Order(StringComparer.Ordinal)
            .ToArray();

        Assert.That(found, Is.EqualTo(Allowed.Keys.Order(StringComparer.Ordinal)));
    }

    [GeneratedRegex(@"\bFile\.(ReadAll\w+|ReadLines|OpenRead|OpenText|OpenHandle)\(|FileMode\.Open\b", RegexOptions.CultureInvariant)]
    private static partial Regex OrdinaryCall();
}
