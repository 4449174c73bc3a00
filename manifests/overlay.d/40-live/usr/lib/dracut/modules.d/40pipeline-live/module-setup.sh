#!/bin/bash
# Live media: the root file system is a read-only image, /etc and /var are writable in memory. Nothing of it does anything
# unless the image builder's /etc/coreos-live-initramfs is there.

check() {
    return 255
}

depends() {
    echo systemd ignition ostree pipeline
}

installkernel() {
    hostonly='' instmods loop squashfs overlay isofs cdrom sr_mod sd_mod '=drivers/usb/storage' '=drivers/usb/host'
}

install() {
    inst_multiple cat cp curl cut losetup ln mkdir modprobe mount rm sed sha256sum sleep split tail udevadm umount
    # Debian's rules for labels of discs and disks.
    inst_rules 60-block.rules 60-cdrom_id.rules 60-persistent-storage.rules

    inst_script "$moddir/is-live-image" /usr/bin/is-live-image
    inst_script "$moddir/rootfs" /usr/libexec/pipeline-live-rootfs
    inst_script "$moddir/prepare" /usr/libexec/pipeline-live-prepare
    inst_script "$moddir/live-generator" "$systemdutildir/system-generators/pipeline-live-generator"
    inst_simple "$moddir/pipeline-live-rootfs.service" "$systemdsystemunitdir/pipeline-live-rootfs.service"
    inst_hook cmdline 20 "$moddir/no-root.sh"

    # Where media carry their Ignition config. Ignition takes a config that is not there for none.
    mkdir -p "$initdir/usr/lib/ignition"
    ln -sfn /config.ign "$initdir/usr/lib/ignition/user.ign"
}
