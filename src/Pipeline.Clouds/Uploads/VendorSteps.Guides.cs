using System.Collections.Frozen;

namespace Pipeline.Clouds.Uploads;

// Commands of the vendors' own tools, as their manuals have them.
public static partial class VendorSteps
{
    private static readonly FrozenDictionary<string, Func<GuideFile, IEnumerable<string>>> Guides = new Dictionary<
        string,
        Func<GuideFile, IEnumerable<string>>
    >(StringComparer.Ordinal)
    {
        ["aliyun"] = f =>
            [
                .. f.Decompress,
                $"ossutil cp {f.PlainPath} oss://BUCKET/{f.Plain}",
                $"aliyun ecs ImportImage --RegionId REGION --ImageName {f.Image} --Architecture x86_64 --OSType linux \\",
                "  --Platform 'Others Linux' --DiskDeviceMapping.1.Format qcow2 --DiskDeviceMapping.1.OSSBucket BUCKET \\",
                $"  --DiskDeviceMapping.1.OSSObject {f.Plain}",
            ],
        ["applehv"] = f =>
            [
                .. f.Decompress,
                "# A machine on macOS, by vfkit:",
                "vfkit --cpus 2 --memory 2048 --bootloader efi,variable-store=efi-variables,create \\",
                $"  --device virtio-blk,path={f.Plain} --device virtio-net,nat --ignition CONFIG.ign",
            ],
        ["aws"] = f =>
            [
                $"# 'pipeline upload aws {f.Build}' does all of this without a bucket, and can be interrupted.",
                .. f.Decompress,
                $"aws s3 cp {f.PlainPath} s3://BUCKET/{f.Plain}",
                $"aws ec2 import-snapshot --description {f.Image} \\",
                $"  --disk-container 'Format=VMDK,UserBucket={{S3Bucket=BUCKET,S3Key={f.Plain}}}'",
                "aws ec2 describe-import-snapshot-tasks --import-task-ids IMPORT-TASK",
                $"aws ec2 register-image --name {f.Image} --architecture {(f.IsArm ? "arm64" : "x86_64")} \\",
                $"  --boot-mode {(f.IsArm ? "uefi" : "uefi-preferred")} --virtualization-type hvm --ena-support \\",
                "  --sriov-net-support simple --imds-support v2.0 --root-device-name /dev/xvda \\",
                "  --block-device-mappings 'DeviceName=/dev/xvda,Ebs={SnapshotId=SNAPSHOT,VolumeType=gp3,DeleteOnTermination=true}'",
            ],
        ["azure"] = f => Azure(f),
        ["azurestack"] = f => ["# After 'az cloud register' and 'az cloud set' for the hub:", .. Azure(f)],
        ["digitalocean"] = f =>
            [
                "# The service fetches the image itself: put the file on a server that it reaches.",
                $"doctl compute image create {f.Image} --region REGION --image-distribution Unknown --image-url https://SERVER/{f.Name}",
            ],
        ["exoscale"] = f =>
            [
                .. f.Decompress,
                "# The service fetches the image itself: put the plain file on a server that it reaches.",
                $"exo compute instance-template register {f.Image} https://SERVER/{f.Plain} \"$(md5sum {f.PlainPath} | cut -d' ' -f1)\" \\",
                "  --boot-mode legacy --disable-password --username core --zone ZONE",
            ],
        ["gcp"] = f =>
            [
                $"gcloud storage cp {f.Path} gs://BUCKET/{f.Name}",
                $"gcloud compute images create {f.Strict} --source-uri gs://BUCKET/{f.Name} \\",
                $"  --architecture {(f.IsArm ? "ARM64" : "X86_64")} --family {f.Product} \\",
                "  --guest-os-features UEFI_COMPATIBLE,VIRTIO_SCSI_MULTIQUEUE,GVNIC,IDPF"
                    + (f.IsArm ? "" : ",SEV_CAPABLE,SEV_SNP_CAPABLE,SEV_LIVE_MIGRATABLE_V2,TDX_CAPABLE"),
            ],
        ["hetzner"] = f =>
            [
                "# There are no uploads: the image is written to the disk of a server in rescue mode, and a snapshot is taken of it.",
                $"hcloud-upload-image upload --image-path {f.Path} --compression xz --architecture {(f.IsArm ? "arm" : "x86")} \\",
                $"  --description {f.Image} --labels os={f.Product}",
            ],
        ["hyperv"] = f =>
            [
                .. f.Decompress,
                "# On Windows, in PowerShell:",
                $"#   New-VM -Name {f.Product} -Generation 2 -MemoryStartupBytes 2GB -VHDPath {f.Plain} -SwitchName SWITCH",
                $"#   Set-VMFirmware -VMName {f.Product} -EnableSecureBoot Off",
                $"kvpctl {f.Product} add-ign CONFIG.ign",
            ],
        ["ibmcloud"] = f =>
            [
                .. f.Decompress,
                $"ibmcloud cos object-put --bucket BUCKET --key {f.Plain} --body {f.PlainPath} --region REGION",
                $"ibmcloud is image-create {f.Strict} --file cos://REGION/BUCKET/{f.Plain} \\",
                $"  --os-name fedora-coreos-stable-{(f.Arch == "s390x" ? "s390x" : "amd64")}",
            ],
        ["kubevirt"] = f =>
            [
                $"skopeo copy oci-archive:{f.Path} docker://REGISTRY/{f.Product}:{f.Build}",
                "kubectl apply -f - <<'EOF'",
                .. VirtualMachine(f),
                "EOF",
            ],
        ["metal"] = f => [$"coreos-installer install DISK --image-file {f.Path} --ignition-file CONFIG.ign --insecure"],
        ["nutanix"] = f =>
            [
                "# The service fetches the image itself: put the file on a server that it reaches.",
                $"acli image.create {f.Image} source_url=https://SERVER/{f.Name} container=CONTAINER image_type=kDiskImage",
            ],
        ["openstack"] = f =>
            [
                .. f.Decompress,
                $"openstack image create {f.Image} --file {f.PlainPath} --disk-format qcow2 --container-format bare --min-disk 10 \\",
                $"  --property architecture={f.Arch} --property os_type=linux --property hw_disk_bus=virtio --property hw_vif_model=virtio",
            ],
        ["oraclecloud"] = f =>
            [
                .. f.Decompress,
                $"oci os object put --bucket-name BUCKET --file {f.PlainPath} --name {f.Plain}",
                $"oci compute image import from-object --display-name {f.Image} --bucket-name BUCKET --name {f.Plain} \\",
                "  --namespace NAMESPACE --compartment-id COMPARTMENT --source-image-type QCOW2 --launch-mode PARAVIRTUALIZED",
            ],
        ["powervs"] = f =>
            [
                $"ibmcloud cos object-put --bucket BUCKET --key {f.Strict}.ova.gz --body {f.Path} --region REGION",
                $"ibmcloud pi image import {f.Strict} --bucket BUCKET --region REGION --image-file-name {f.Strict}.ova.gz \\",
                "  --os-type rhel --storage-tier tier3 --bucket-access public",
            ],
        ["proxmoxve"] = f =>
            [
                .. f.Decompress,
                $"qm create ID --name {f.Product} --memory 2048 --net0 virtio,bridge=vmbr0 --scsihw virtio-scsi-pci --serial0 socket",
                $"qm set ID --scsi0 STORAGE:0,import-from=\"$PWD\"/{f.Plain} --boot order=scsi0 --ide2 STORAGE:cloudinit",
            ],
        ["qemu"] = f => [.. f.Decompress, $"# '{"pipeline run"}' starts it, too.", .. Qemu(f)],
        ["virtualbox"] = f => [$"VBoxManage import {f.Path} --vsys 0 --vmname {f.Product}"],
        ["vmware"] = f => [$"govc import.ova -name {f.Product} {f.Path}", $"govc vm.power -on {f.Product}"],
        ["vultr"] = f =>
            [
                .. f.Decompress,
                "# The service fetches the image itself: put the plain file on a server that it reaches.",
                $"vultr-cli snapshot create-url --url https://SERVER/{f.Plain}",
            ],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static IEnumerable<string> Azure(GuideFile f) =>
        [
            .. f.Decompress,
            $"az storage blob upload --type page --account-name ACCOUNT --container-name CONTAINER --name {f.Plain} --file {f.PlainPath}",
            $"az sig image-definition create --resource-group GROUP --gallery-name GALLERY --gallery-image-definition {f.Product} \\",
            $"  --publisher PUBLISHER --offer {f.Product} --sku {f.Arch} --os-type Linux --hyper-v-generation V2 \\",
            $"  --architecture {(f.IsArm ? "Arm64" : "x64")} --features DiskControllerTypes=SCSI,NVMe",
            $"az sig image-version create --resource-group GROUP --gallery-name GALLERY --gallery-image-definition {f.Product} \\",
            $"  --gallery-image-version {ThreePart(f.Build)} --os-vhd-storage-account ACCOUNT \\",
            $"  --os-vhd-uri https://ACCOUNT.blob.core.windows.net/CONTAINER/{f.Plain}",
        ];

    /// <summary>Galleries take three numbers: the first, the second and the last of ours.</summary>
    private static string ThreePart(string build)
    {
        var numbers = build.Split('.');
        return numbers.Length == 4 ? $"{numbers[0]}.{numbers[1]}.{numbers[3].Trim("dev".ToCharArray())}" : build;
    }

    private static IEnumerable<string> Qemu(GuideFile f) =>
        [
            $"qemu-img create -f qcow2 -F qcow2 -b {f.PlainPath} {f.Product}.qcow2",
            $"qemu-system-{f.Arch} -m 2048 -nographic -drive if=virtio,file={f.Product}.qcow2 -nic user,model=virtio \\",
            "  -fw_cfg name=opt/com.coreos/config,file=CONFIG.ign",
        ];

    private static IEnumerable<string> VirtualMachine(GuideFile f) =>
        [
            "apiVersion: kubevirt.io/v1",
            "kind: VirtualMachine",
            $"metadata: {{name: {f.Strict}}}",
            "spec:",
            "  runStrategy: Always",
            "  template:",
            "    spec:",
            "      domain:",
            "        devices:",
            "          disks:",
            "          - {name: root, disk: {bus: virtio}}",
            "          - {name: config, disk: {bus: virtio}}",
            "          rng: {}",
            "        resources: {requests: {memory: 2Gi}}",
            "      volumes:",
            "      - name: root",
            $"        containerDisk: {{image: REGISTRY/{f.Product}:{f.Build}}}",
            "      - name: config",
            "        cloudInitConfigDrive: {userData: '{\"ignition\": {\"version\": \"3.4.0\"}}'}",
        ];
}
