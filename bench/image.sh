#!/usr/bin/env bash
# Makes the qcow2 of a commit, against ostree, mke2fs and qemu-img by hand from the same archive; then a second platform, and nothing changed.
# The build is the latest of PIPELINE_BENCH_WORK (default: this checkout, composing it first when there is none).
# Limits: reading and writing the content three times (checkout, file system, qcow2). By hand nothing is fixed afterwards (times, immutable
# flag), verified, hashed or synced to the disk; we do all four.
. "$(dirname "$0")/lib.sh"
from=${PIPELINE_BENCH_WORK:-$root}
[ -e "$from/builds/latest" ] || ./pipeline -C "$from" compose manifests/minimal.yaml >/dev/null
build=$(readlink "$from/builds/latest")
archive=$(echo "$from/builds/$build/x86_64/"*-ostree.x86_64.tar)

by_hand() { # DIR
  local s=$1/sysroot repo=$1/repo modules=(part_gpt part_msdos ext2 search search_label search_fs_file configfile normal linux echo test true sleep loadenv minicmd ls cat gzio serial terminal reboot halt)
  export OSTREE_SYSROOT_DEBUG=mutable-deployments OSTREE_SYSROOT_OPTS=skip-sync
  mkdir -p "$repo" "$s"
  tar -C "$repo" -xf "$archive"
  ref=$(cd "$repo/refs/heads" && find . -type f | cut -c3-)
  ostree admin init-fs --modern "$s"
  ostree --repo="$s/ostree/repo" config set core.fsync false
  ostree --repo="$s/ostree/repo" config set sysroot.bootloader none
  ostree admin os-init debian --sysroot="$s"
  ostree --repo="$s/ostree/repo" pull-local "$repo" "$ref"
  ostree admin deploy --sysroot="$s" --os=debian --karg=root=LABEL=root --karg=rw "$ref"
  tree=$(echo "$s"/ostree/deploy/debian/deploy/*.0)
  mv "$s/boot" "$1/boot"
  mkdir "$s/boot" "$1/boot/grub"
  cp "$tree"/usr/lib/pipeline/grub/{static.cfg,grubenv} "$1/boot/grub/"
  kib=$(($(du -sk "$s" | cut -f1) + 700 * 1024))
  truncate -s 10G "$1/disk.raw"
  sfdisk -q "$1/disk.raw" <<TABLE
label: gpt
start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649
size=127MiB, type=U
size=384MiB, type=L
size=${kib}KiB, type=L
TABLE
  grub-mkimage -O i386-pc -p /grub -c "$tree/usr/lib/pipeline/grub/early.cfg" -o "$1/core.img" biosdisk "${modules[@]}"
  grub-mkimage -O x86_64-efi -p /grub -c "$tree/usr/lib/pipeline/grub/early.cfg" -o "$1/BOOTX64.EFI" "${modules[@]}" fat efi_gop all_video
  mformat -F -i "$1/disk.raw@@2M" -T $((127 * 2048)) -h 16 -s 63 ::
  mmd -i "$1/disk.raw@@2M" ::EFI ::EFI/BOOT
  mcopy -i "$1/disk.raw@@2M" "$1/BOOTX64.EFI" ::EFI/BOOT/BOOTX64.EFI
  mke2fs -q -t ext4 -d "$1/boot" -E offset=$((129 << 20)) "$1/disk.raw" $((384 * 1024))k
  mke2fs -q -t ext4 -d "$s" -E offset=$((513 << 20)) "$1/disk.raw" "${kib}k"
  qemu-img convert -O qcow2 "$1/disk.raw" "$1/disk.qcow2"
}
export -f by_hand
export archive

for i in $(seq "$runs"); do
  work=$scratch/work
  rm -rf "$work" "$scratch/peer"
  mkdir -p "$work/builds" "$scratch/peer"
  cp -a "$from/builds/builds.json" "$from/builds/latest" "$work/builds/"
  mkdir -p "$work/builds/$build/x86_64"
  cp -a "$archive" "$from/builds/$build/x86_64/meta.json" "$work/builds/$build/x86_64/"
  cpu bash -euc 'by_hand "$1"' - "$scratch/peer" >>"$scratch/peer.times"
  cpu ./pipeline -C "$work" images --platform qemu >>"$scratch/first"
  cpu ./pipeline -C "$work" images --platform openstack >>"$scratch/second"
  cpu ./pipeline -C "$work" images --platform qemu >>"$scratch/same"
done

line() { printf '%-34s %9s %9s %11s %10s %7s\n' "$@"; }

wall=$(median 1 <"$scratch/peer.times")
peer=$(median 2 <"$scratch/peer.times")
line what 'wall s' 'CPU s' 'wall ratio' 'CPU ratio' target
line "by hand" "$wall" "$peer" 1.00 1.00 -
for what in 'first:images, qemu:1.15' 'second:images, a second platform:-' 'same:images, nothing changed:-'; do
  IFS=: read -r file text target <<<"$what"
  own_wall=$(median 1 <"$scratch/$file")
  own=$(median 2 <"$scratch/$file")
  line "$text" "$own_wall" "$own" "$(ratio "$own_wall" "$wall")" "$(ratio "$own" "$peer")" "$target"
done
