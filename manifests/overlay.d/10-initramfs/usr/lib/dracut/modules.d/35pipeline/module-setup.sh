#!/bin/bash
# The initramfs part of the OS: everything around Ignition's own units.

check() {
    return 255
}

depends() {
    echo systemd ignition ostree systemd-networkd
}

installkernel() {
    hostonly='' instmods qemu_fw_cfg
}

# Adds a unit of this module and makes TARGET require it.
install_unit() {
    local unit=$1 target=$2
    inst_simple "$moddir/$unit" "$systemdsystemunitdir/$unit"
    mkdir -p "$initdir$systemdsystemunitdir/$target.requires"
    ln_r "../$unit" "$systemdsystemunitdir/$target.requires/$unit"
}

install() {
    local stage config unit

    inst_multiple awk basename chmod cut dd dirname grep id ln mkdir modprobe mount mountpoint partx readlink realpath \
        resize2fs rm sed sfdisk sleep systemd-tmpfiles tr udevadm umount
    inst_multiple -o blockdev dumpe2fs e2fsck mkfs.ext4 mkfs.vfat mkswap sgdisk wipefs

    inst_script "$moddir/growroot" /usr/libexec/pipeline-growroot
    inst_script "$moddir/stateroot-var" /usr/libexec/pipeline-stateroot-var
    inst_script "$moddir/ignition-network" /usr/libexec/pipeline-ignition-network
    inst_script "$moddir/fork-point" /usr/libexec/pipeline-fork-point
    # Debian's Ignition always relabels. There is no policy here, so a program that does nothing stands in.
    inst_script "$moddir/setfiles" /usr/sbin/setfiles

    install_unit pipeline-growroot.service ignition-diskful.target
    install_unit pipeline-stateroot-var.service ignition-diskful.target
    install_unit pipeline-var-skeleton.service ignition-diskful.target
    install_unit pipeline-ignition-network.service ignition-complete.target

    for stage in fetch-offline fetch kargs disks mount files; do
        inst_simple "$moddir/console.conf" "$systemdsystemunitdir/ignition-$stage.service.d/10-console.conf"
    done
    inst_simple "$moddir/fork-point.conf" "$systemdsystemunitdir/ignition-fetch-offline.service.d/20-fork-point.conf"
    inst_simple "$moddir/selinux.conf" "$systemdsystemunitdir/ignition-files.service.d/20-selinux.conf"

    for config in /usr/lib/ignition/base.d/*.ign /usr/lib/ignition/base.platform.d/*/*.ign; do
        [[ -e "$dracutsysrootdir$config" ]] && inst_simple "$config"
    done

    # The network starts only when Ignition asks for it: most machines get their config without.
    for unit in systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service; do
        rm -f "$initdir"/{etc,usr/lib}/systemd/system/*.{wants,requires}/"$unit"
    done
    return 0
}
