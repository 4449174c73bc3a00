namespace Pipeline.Tests.Architecture;

/// <summary>
/// The seams of the toolchain: interfaces with their implementations, a fake and a contract that all of them pass. A new implementation
/// or a new interface fails here until it has a row, because each is one more thing to learn.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class SeamTests
{
    private static readonly Seam[] Seams =
    [
        new("IToolRunner", "ToolRunner", "RecordingToolRunner", "ToolRunnerContract"),
        new("IPackageFamily", "DebFamily RpmFamily", "FakeFamily", "PackageFamilyContract`1"),
        new("IImageOutput", "DiskOutput LiveOutput", "FakeImageOutput", "ImageOutputContract"),
        new("IBootLoader", "GrubArmLoader GrubLoader GrubPowerLoader", "FakeBootLoader", "BootLoaderContract"),
        new(
            "IDiskWriter",
            "CompressedQcow2Writer ContainerDiskWriter GcpTarWriter OvaWriter PowerOvaWriter Qcow2Writer RawWriter VhdWriter"
                + " VhdxWriter VmdkWriter",
            "FakeDiskWriter",
            "DiskWriterContract"
        ),
        new("IMachineProvider", "CloudMachines QemuMachines", "FakeMachineProvider", "MachineContract"),
        new("IMachine", "CloudMachine QemuMachine", "FakeMachine", "MachineContract"),
        new("IGuest", "AgentGuest SshGuest", "FakeGuest", "MachineContract"),
        new(
            "IObjectStore",
            "AzureObjectStore HttpObjectStore LocalObjectStore ReliableObjectStore S3ObjectStore",
            "FaultyObjectStore",
            "ObjectStoreContract"
        ),
        new("ICloudImages", "AwsImages", "FakeCloudImages", "CloudImageContract"),
        new("ICloudInstances", "AwsInstances", "FakeCloudInstances", "CloudInstanceContract"),
        new("ISigner", "ExternalSigner GpgSigner", "FakeSigner", "SignerContract"),
    ];

    /// <summary>Interfaces that are parts of a seam or cut a project inside, each with its reason.</summary>
    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal)
    {
        ["IRunningTool"] = "a started program of IToolRunner",
        ["IPartUpload"] = "an upload of IObjectStore",
        ["ISavedMachine"] = "a stopped machine of IMachineProvider",
        ["IPackageReader"] = "the part of IPackageFamily that layers see",
        ["IIndexFormat"] = "the part of IPackageFamily that the solver sees",
        ["IMergeRules"] = "the part of IPackageFamily that trees see",
        ["IHostMirrors"] = "the part of IPackageFamily that knows the host's own mirrors",
        ["IBlockCodec"] = "the formats of a compressed image; the formats' own programs read what each writes",
        ["IStreamedOutput"] = "an image output that is compressed while it is written",
        ["IImageSource"] = "what an image output reads, so that outputs do not know builds",
        ["ILiveSystemMaker"] = "what live media are made of, so that the tests of media need no commit that boots",
        ["ILocalFiles"] = "files for Provisioning, which touches none itself",
        ["IReporter"] = "the event stream as code writes it",
        ["IStep"] = "a step of IReporter",
        ["IRendering"] = "the event stream as people and programs read it: terminal, plain lines, JSON lines, quiet, worker",
        ["IEmulatedProvider"] = "the APIs of one provider behind the emulator's listener",
        ["IInstanceMachines"] = "what runs an emulated cloud's instances: machines, or nothing for work on the API alone",
        ["IInstanceMachine"] = "a running machine of IInstanceMachines",
        ["IPlanSink"] = "where a plan goes: preview or applier",
    };

    private static readonly Type[] Tests =
    [
        .. SourceProjects.Load("Pipeline.TestKit").GetTypes(),
        .. SourceProjects.Load("Pipeline.Tests").GetTypes(),
    ];

    [TestCaseSource(nameof(Seams))]
    public void A_seam_has_just_these_implementations_a_fake_and_a_contract(Seam seam)
    {
        var type = SourceProjects.Types.Single(t => t.IsInterface && t.Name == seam.Interface);
        var real = SourceProjects.Types.Where(t => !t.IsInterface && !t.IsNested && type.IsAssignableFrom(t)).Select(t => t.Name);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(real, Is.EquivalentTo(seam.Implementations.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
            Assert.That(Tests.Where(t => t.Name == seam.Fake).Any(type.IsAssignableFrom), "there is no such fake");
            Assert.That(Tests.Any(t => t.Name == seam.Contract), "there is no such contract");
        }
    }

    [Test]
    public void Every_interface_is_a_seam_or_has_a_reason()
    {
        var all = SourceProjects.Types.Where(t => t.IsInterface && !t.IsNested).Select(t => t.Name);

        Assert.That(all, Is.EquivalentTo(Seams.Select(s => s.Interface).Concat(Others.Keys)));
    }
}

/// <summary>A row.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Implementations">All that implement it in <c>src/</c>, by name.</param>
/// <param name="Fake">The fake of TestKit.</param>
/// <param name="Contract">The tests that each of them passes.</param>
public sealed record Seam(string Interface, string Implementations, string Fake, string Contract)
{
    /// <inheritdoc/>
    public override string ToString() => Interface;
}
