#!/usr/bin/env bash
# Composes a tree without a kernel for other architectures, twice: with programs of this machine standing in while packages are configured, and
# with everything emulated. Both must be the same commit; where they differ, every path that differs is listed and the script fails.
# The peer is mmdebstrap with the same packages. It needs an emulator that is registered for the whole machine: as root one is registered
# for as long as it runs.
#   bench/cross.sh [ARCH…]            default: aarch64 ppc64le s390x
#   SUITE=bookworm bench/cross.sh     another suite, where a mirror is out of step
#   INITRAMFS=1 bench/cross.sh        also composes minimal.yaml and reads the machine of every ELF file in its initramfs (slow: dracut is emulated)
# Limits: dpkg itself is always emulated, which bounds the first way; unpacking is native in both.
. "$(dirname "$0")/lib.sh"
./build.sh --target=Compose --arch=all --dryrun >/dev/null
[ $# -gt 0 ] || set -- aarch64 ppc64le s390x
suite=${SUITE:-trixie}
manifests=$scratch/manifests
cp -a manifests "$manifests"
cat >"$manifests/cross.yaml" <<'END'
schema: compose/v1
releasever: 13
automatic-version-prefix: "13"
variables: {suite: trixie}
repos: [debian, debian-updates, debian-security]
recommends: false
documentation: false
metadata: {name: cross}
ref: cross/${basearch}
packages:
  - usr-is-merged mawk gpg dbus
  - systemd systemd-sysv udev passwd login sudo
  - openssh-server iproute2 netbase ca-certificates curl
END

declare -A debian=([x86_64]=amd64 [aarch64]=arm64 [ppc64le]=ppc64el [s390x]=s390x)
declare -A machine=([x86_64]=3e00 [aarch64]=b700 [ppc64le]=1500 [s390x]=0016) # bytes 18 and 19 of an ELF file

commit_of() { jq -r '."ostree-commit"' "$1/builds/latest/$2/meta.json"; }

listing() { # WORK ARCH: mode, owner, size, digest and path of everything
  local repo=$1/listing
  mkdir -p "$repo"
  tar -xf "$1"/builds/latest/"$2"/*-ostree."$2".tar -C "$repo"
  ostree --repo="$repo" ls -RXC "$(commit_of "$1" "$2")" | awk '{ if ($1 ~ /^d/) { $5 = "-"; $6 = "-" } print }' | sort
}

# foreign_files WORK ARCH: fails when a file of the initramfs is an ELF file of another machine
foreign_files() {
  local repo=$1/listing tree=$1/initramfs file found=0 wrong=0
  mkdir -p "$repo" "$tree"
  tar -xf "$1"/builds/latest/"$2"/*-ostree."$2".tar -C "$repo"
  ostree --repo="$repo" cat "$(commit_of "$1" "$2")" "$(ostree --repo="$repo" ls -R "$(commit_of "$1" "$2")" /usr/lib/modules | awk '/initramfs.img$/ { print $NF }')" |
    { zstd -dcq 2>/dev/null || cat; } | (cd "$tree" && cpio -idm --quiet --no-absolute-filenames) || true
  while read -r file; do
    [ "$(head -c 4 "$file" | od -An -tx1 | tr -d ' ')" = 7f454c46 ] || continue
    found=$((found + 1))
    [ "$(od -An -tx1 -j18 -N2 "$file" | tr -d ' ')" = "${machine[$2]}" ] || { echo "$2: ${file#"$tree"} is of another machine" >&2; wrong=1; }
  done < <(find "$tree" -type f)
  echo "$2: $found ELF files in the initramfs"
  [ "$found" -gt 0 ] && [ "$wrong" = 0 ]
}

# peer_formats ARCH: registers an emulator for the machine unless there is one; fails where that is not possible
peer_formats() {
  local formats=/proc/sys/fs/binfmt_misc
  [ -e $formats/status ] || mount -t binfmt_misc binfmt_misc $formats 2>/dev/null || return 1
  grep -qs enabled $formats/qemu-"$1" && return 0
  local class='\x02\x01\x01' end mask='\xfe\xff\xff\xff'
  case $1 in
    aarch64) end='\x02\x00\xb7\x00' ;;
    ppc64le) end='\x02\x00\x15\x00' ;;
    s390x) class='\x02\x02\x01' end='\x00\x02\x00\x16' mask='\xff\xfe\xff\xff' ;;
    *) return 1 ;;
  esac
  local zeros='\x00\x00\x00\x00\x00\x00\x00\x00\x00'
  printf '%s' ":bench-$1:M:0:\\x7fELF$class$zeros$end:\\xff\\xff\\xff\\xff\\xff\\xff\\xff$zeros$mask:$(command -v "qemu-$1-static"):PF" >$formats/register
}

peer() { # WORK ARCH
  local mirrors=$1/cache/mirrors.json key=$root/manifests/keys/debian-archive-keyring.pgp
  local main security
  main=$(jq -r .debian "$mirrors") security=$(jq -r '."debian-security"' "$mirrors")
  mmdebstrap --variant=custom --arch="${debian[$2]}" --skip=cleanup/apt \
    --include="$(jq -r '.packages | keys | map(split(":")[0]) | join(",")' "$1"/builds/latest/"$2"/manifest-lock.generated."$2".json)" \
    "$suite" "$1/peer" "deb [signed-by=$key] $main $suite main" "deb [signed-by=$key] $main $suite-updates main" \
    "deb [signed-by=$key] $security $suite-security main"
}

failed=0
row what 'wall s' 'CPU s' 'x wall' target
for arch; do
  for i in $(seq "$runs"); do
    for way in standing-in emulated; do
      work=$scratch/$arch.$way.$i
      mkdir -p "$work"
      [ $way = emulated ] && option=(--plain-emulation) || option=()
      cpu ./pipeline compose -C "$work" --arch "$arch" --var "suite=$suite" "${option[@]}" "$manifests/cross.yaml" >>"$scratch/$arch.$way"
    done
  done
  a=$scratch/$arch.standing-in.1 b=$scratch/$arch.emulated.1
  if [ "$(commit_of "$a" "$arch")" = "$(commit_of "$b" "$arch")" ]; then
    echo "$arch: both ways give $(commit_of "$a" "$arch")"
  else
    failed=1
    echo "$arch: the two ways differ (< standing in, > emulated):"
    diff <(listing "$a" "$arch") <(listing "$b" "$arch") || true
  fi
  if peer_formats "$arch"; then
    for i in $(seq "$runs"); do
      rm -rf "$a/peer"
      cpu peer "$a" "$arch" >>"$scratch/$arch.peer"
    done
    [ ! -e /proc/sys/fs/binfmt_misc/bench-"$arch" ] || echo -1 >/proc/sys/fs/binfmt_misc/bench-"$arch"
    wall=$(median 1 <"$scratch/$arch.peer")
    row "mmdebstrap --arch=${debian[$arch]}" "$wall" "$(median 2 <"$scratch/$arch.peer")" 1.00 -
  else
    echo "bench: no emulator can be registered for the whole machine here; mmdebstrap is left out" >&2
    wall=''
  fi
  for way in standing-in emulated; do
    own=$(median 1 <"$scratch/$arch.$way")
    row "compose $arch, $way" "$own" "$(median 2 <"$scratch/$arch.$way")" "${wall:+$(ratio "$own" "${wall:-1}")}" "$([ $way = emulated ] || echo 0.25)"
  done
  if [ -n "${INITRAMFS:-}" ]; then
    work=$scratch/$arch.minimal
    mkdir -p "$work"
    ./pipeline compose -C "$work" --arch "$arch" --var "suite=$suite" manifests/minimal.yaml >"$scratch/last.log" 2>&1 || { tail -n 30 "$scratch/last.log" >&2; exit 1; }
    foreign_files "$work" "$arch" || failed=1
  fi
done
exit $failed
