using System.Globalization;
using System.Security;

namespace Pipeline.Images.Formats.Ova;

/// <summary>The disk that a description is about.</summary>
/// <param name="Facts">What the image is.</param>
/// <param name="File">Name of the disk's file.</param>
/// <param name="FileSize">Its size.</param>
/// <param name="Capacity">Size of the disk as the machine sees it.</param>
internal sealed record OvfDisk(DiskFacts Facts, string File, long FileSize, long Capacity);

/// <summary>Descriptions of virtual machines in OVF 1 (DMTF DSP0243).</summary>
internal static class OvfTexts
{
    private const long PowerCapacity = 120L << 30;

    /// <summary>For VMware: EFI, paravirtual SCSI, VMXNET3, and the properties through which Ignition gets its config.</summary>
    public static string VMware(OvfDisk disk) =>
        Machine(
            disk,
            new("<OperatingSystemSection ovf:id=\"101\" vmw:osType=\"other5xLinux64Guest\">", "vmx-17"),
            $"""
                  <Item>
                    <rasd:Address>0</rasd:Address>
                    <rasd:Description>SCSI controller</rasd:Description>
                    <rasd:ElementName>SCSI controller 0</rasd:ElementName>
                    <rasd:InstanceID>3</rasd:InstanceID>
                    <rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType>
                    <rasd:ResourceType>6</rasd:ResourceType>
                  </Item>
            {DiskAndNetwork("VmxNet3")}
                  <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/>
                  <vmw:Config ovf:required="false" vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="false"/>
                  <vmw:Config ovf:required="false" vmw:key="powerOpInfo.powerOffType" vmw:value="soft"/>
                  <vmw:Config ovf:required="false" vmw:key="powerOpInfo.resetType" vmw:value="soft"/>
                  <vmw:Config ovf:required="false" vmw:key="tools.syncTimeWithHost" vmw:value="false"/>

            """,
            Properties(disk),
            " ovf:transport=\"com.vmware.guestInfo\""
        );

    /// <summary>For VirtualBox: EFI, AHCI, a virtio network card.</summary>
    public static string VirtualBox(OvfDisk disk) =>
        Machine(
            disk,
            new("<OperatingSystemSection ovf:id=\"101\">", "virtualbox-2.2"),
            $"""
                  <Item>
                    <rasd:Address>0</rasd:Address>
                    <rasd:Caption>sataController0</rasd:Caption>
                    <rasd:Description>SATA controller</rasd:Description>
                    <rasd:ElementName>sataController0</rasd:ElementName>
                    <rasd:InstanceID>3</rasd:InstanceID>
                    <rasd:ResourceSubType>AHCI</rasd:ResourceSubType>
                    <rasd:ResourceType>20</rasd:ResourceType>
                  </Item>
            {DiskAndNetwork("virtio")}

            """,
            VirtualBoxMachine(disk),
            ""
        );

    /// <summary>For Power Virtual Server: one volume of 120 GiB, into which the disk is written.</summary>
    public static string Power(OvfDisk disk) =>
        $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
              <ovf:References>
                <ovf:File href="{Text(disk.File)}" id="file1" size="{Number(disk.FileSize)}"/>
              </ovf:References>
              <ovf:DiskSection>
                <ovf:Info>Disks of the machine</ovf:Info>
                <ovf:Disk capacity="{Number(
                Math.Max(PowerCapacity, disk.Capacity)
            )}" capacityAllocationUnits="byte" diskId="disk1" fileRef="file1"/>
              </ovf:DiskSection>
              <ovf:VirtualSystemCollection>
                <ovf:VirtualSystem ovf:id="vs0">
                  <ovf:Name>{Text(Name(disk))}</ovf:Name>
                  <ovf:Info>{Text(Title(disk))}</ovf:Info>
                  <ovf:ProductSection>
                    <ovf:Info/>
                    <ovf:Product>{Text(disk.Facts.Product)}</ovf:Product>
                    <ovf:Version>{Text(disk.Facts.Version)}</ovf:Version>
                  </ovf:ProductSection>
                  <ovf:OperatingSystemSection ovf:id="79">
                    <ovf:Info/>
                    <ovf:Description>Linux</ovf:Description>
                    <ns0:architecture xmlns:ns0="ibmpvc">{disk.Facts.Architecture}</ns0:architecture>
                  </ovf:OperatingSystemSection>
                  <ovf:VirtualHardwareSection>
                    <ovf:Info>Storage resources</ovf:Info>
                    <ovf:Item>
                      <rasd:Description xmlns:rasd="{Resources}">Volume for the OS</rasd:Description>
                      <rasd:ElementName xmlns:rasd="{Resources}">{Text(disk.File)}</rasd:ElementName>
                      <rasd:HostResource xmlns:rasd="{Resources}">ovf:/disk/disk1</rasd:HostResource>
                      <rasd:InstanceID xmlns:rasd="{Resources}">1</rasd:InstanceID>
                      <rasd:ResourceType xmlns:rasd="{Resources}">17</rasd:ResourceType>
                      <ns1:boot xmlns:ns1="ibmpvc">True</ns1:boot>
                    </ovf:Item>
                  </ovf:VirtualHardwareSection>
                </ovf:VirtualSystem>
              </ovf:VirtualSystemCollection>
            </ovf:Envelope>

            """;

    private const string Resources = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData";

    private const string Settings = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData";

    private const string DiskFormat = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

    private static string Machine(OvfDisk disk, MachineKind kind, string hardware, string more, string transport) =>
        $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
                      xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
                      xmlns:rasd="{Resources}"
                      xmlns:vssd="{Settings}"
                      xmlns:vmw="http://www.vmware.com/schema/ovf"
                      xmlns:vbox="http://www.virtualbox.org/ovf/machine">
              <References>
                <File ovf:href="{Text(disk.File)}" ovf:id="file1" ovf:size="{Number(disk.FileSize)}"/>
              </References>
              <DiskSection>
                <Info>Disks of the machine</Info>
                <Disk ovf:capacity="{Number(disk.Capacity)}" ovf:capacityAllocationUnits="byte" ovf:diskId="vmdisk1" ovf:fileRef="file1"
                      ovf:format="{DiskFormat}" vbox:uuid="{disk.Facts.Id("disk")}"/>
              </DiskSection>
              <NetworkSection>
                <Info>Networks of the machine</Info>
                <Network ovf:name="VM Network">
                  <Description>The network of the machine</Description>
                </Network>
              </NetworkSection>
              <VirtualSystem ovf:id="{Text(disk.Facts.Product)}">
                <Info>A virtual machine</Info>
                <Name>{Text(Name(disk))}</Name>
                {kind.System}
                  <Info>The guest operating system</Info>
                  <Description>Linux, 64 bits</Description>
                </OperatingSystemSection>
                <VirtualHardwareSection{transport}>
                  <Info>2 processors, 4096 MiB of memory</Info>
                  <System>
                    <vssd:ElementName>Virtual hardware</vssd:ElementName>
                    <vssd:InstanceID>0</vssd:InstanceID>
                    <vssd:VirtualSystemIdentifier>{Text(disk.Facts.Product)}</vssd:VirtualSystemIdentifier>
                    <vssd:VirtualSystemType>{kind.Hardware}</vssd:VirtualSystemType>
                  </System>
                  <Item>
                    <rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits>
                    <rasd:Description>Number of processors</rasd:Description>
                    <rasd:ElementName>2 processors</rasd:ElementName>
                    <rasd:InstanceID>1</rasd:InstanceID>
                    <rasd:ResourceType>3</rasd:ResourceType>
                    <rasd:VirtualQuantity>2</rasd:VirtualQuantity>
                  </Item>
                  <Item>
                    <rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
                    <rasd:Description>Memory</rasd:Description>
                    <rasd:ElementName>4096 MiB of memory</rasd:ElementName>
                    <rasd:InstanceID>2</rasd:InstanceID>
                    <rasd:ResourceType>4</rasd:ResourceType>
                    <rasd:VirtualQuantity>4096</rasd:VirtualQuantity>
                  </Item>
            {hardware}    </VirtualHardwareSection>
            {more}  </VirtualSystem>
            </Envelope>

            """;

    private static string DiskAndNetwork(string card) =>
        $"""
                  <Item>
                    <rasd:AddressOnParent>0</rasd:AddressOnParent>
                    <rasd:ElementName>Disk 0</rasd:ElementName>
                    <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>
                    <rasd:InstanceID>4</rasd:InstanceID>
                    <rasd:Parent>3</rasd:Parent>
                    <rasd:ResourceType>17</rasd:ResourceType>
                  </Item>
                  <Item>
                    <rasd:AddressOnParent>7</rasd:AddressOnParent>
                    <rasd:AutomaticAllocation>true</rasd:AutomaticAllocation>
                    <rasd:Connection>VM Network</rasd:Connection>
                    <rasd:ElementName>Network adapter 0</rasd:ElementName>
                    <rasd:InstanceID>5</rasd:InstanceID>
                    <rasd:ResourceSubType>{card}</rasd:ResourceSubType>
                    <rasd:ResourceType>10</rasd:ResourceType>
                  </Item>
            """;

    private static string Properties(OvfDisk disk) =>
        $"""
                <ProductSection>
                  <Info>{Text(Title(disk))}</Info>
                  <Product>{Text(disk.Facts.Product)}</Product>
                  <Version>{Text(disk.Facts.Version)}</Version>
                  <FullVersion>{Text(disk.Facts.Version)}</FullVersion>
                  <Property ovf:key="guestinfo.ignition.config.data" ovf:type="string" ovf:userConfigurable="true" ovf:value="">
                    <Label>Ignition config</Label>
                    <Description>Ignition config, encoded as the next property says</Description>
                  </Property>
                  <Property ovf:key="guestinfo.ignition.config.data.encoding" ovf:type="string" ovf:userConfigurable="true" ovf:value="">
                    <Label>Encoding of the Ignition config</Label>
                    <Description>base64, gzip+base64, or empty</Description>
                  </Property>
                </ProductSection>

            """;

    private static string VirtualBoxMachine(OvfDisk disk) =>
        $$"""
                <vbox:Machine ovf:required="false" version="1.12-linux" uuid="{{{disk.Facts.Id("machine")}}}" name="{{Text(Name(disk))}}"
                              OSType="Linux_64" snapshotFolder="Snapshots">
                  <ovf:Info>The machine as VirtualBox keeps it</ovf:Info>
                  <Hardware>
                    <CPU count="2"><PAE enabled="true"/><LongMode enabled="true"/></CPU>
                    <Memory RAMSize="4096"/>
                    <Firmware type="EFI"/>
                    <Boot><Order position="1" device="HardDisk"/></Boot>
                    <Display controller="VMSVGA" VRAMSize="16"/>
                    <BIOS><IOAPIC enabled="true"/></BIOS>
                    <Network><Adapter slot="0" enabled="true" type="virtio"><NAT/></Adapter></Network>
                    <RTC localOrUTC="UTC"/>
                  </Hardware>
                  <StorageControllers>
                    <StorageController name="AHCI" type="AHCI" PortCount="1" useHostIOCache="false" Bootable="true">
                      <AttachedDevice type="HardDisk" hotpluggable="false" port="0" device="0">
                        <Image uuid="{{{disk.Facts.Id("disk")}}}"/>
                      </AttachedDevice>
                    </StorageController>
                  </StorageControllers>
                </vbox:Machine>

            """;

    private static string Name(OvfDisk disk) => $"{disk.Facts.Product}-{disk.Facts.Version}";

    private static string Title(OvfDisk disk) => $"{disk.Facts.Product} {disk.Facts.Version}";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(string value) => SecurityElement.Escape(value);

    /// <summary>What differs between two makers of machines.</summary>
    /// <param name="System">How the section about the OS begins.</param>
    /// <param name="Hardware">Version of the virtual hardware.</param>
    private sealed record MachineKind(string System, string Hardware);
}
