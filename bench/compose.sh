#!/usr/bin/env bash
# Composes the container host cold, with one package more, and with nothing changed, against mmdebstrap installing the same packages.
# Limits: a cold compose is bound by xz decoding and dracut, a package more by dpkg --configure, nothing changed by process start.
# mmdebstrap makes its initramfs as Debian does, in the kernel's hook and again in dracut's trigger; a second row has it do so once (INITRD=No).
# Nothing is deleted while it runs, and each measurement starts after a pause: for 40 s after a deletion ext4 allocates inodes near deleted ones slowly.
. "$(dirname "$0")/lib.sh"
./build.sh --target=Compose --dryrun >/dev/null
manifest=manifests/container-host.yaml

variant() { # DIR: the manifests with one more package
  cp -a manifests "$1"
  sed -i '0,/^packages:/s//packages:\n  - tree/' "$1/container-host.yaml"
}

settle() { sync; sleep 45; }

lock_packages() { # WORKDIR → names, comma separated
  jq -r '.packages | to_entries | map("\(.key | split(":")[0])") | join(",")' "$1"/builds/latest/x86_64/manifest-lock.generated.x86_64.json
}

source_line() { # WORKDIR MIRROR SUITE: the repository the compose used, for apt
  echo "deb [signed-by=$root/manifests/keys/debian-archive-keyring.pgp] $(jq -r --arg id "$2" '.[$id]' "$1/cache/mirrors.json") $3 main"
}

mirrors() { # WORKDIR: the three repositories of the manifest, as apt's lines
  source_line "$1" debian trixie
  source_line "$1" debian trixie-updates
  source_line "$1" debian-security trixie-security
}

variant "$scratch/manifests"
for i in $(seq "$runs"); do
  work=$scratch/work.$i
  mkdir -p "$work"
  settle
  cpu ./pipeline compose -C "$work" "$manifest" >>"$scratch/cold"
  cpu ./pipeline compose -C "$work" "$manifest" >>"$scratch/same"
  settle
  cpu ./pipeline compose -C "$work" "$scratch/manifests/container-host.yaml" >>"$scratch/one"
  mapfile -t sources < <(mirrors "$work")
  for initramfs in twice once; do
    settle
    [ $initramfs = twice ] && environment=() || environment=(INITRD=No)
    cpu env "${environment[@]}" mmdebstrap --variant=custom --include="$(lock_packages "$work")" --skip=cleanup/apt trixie "$scratch/peer.$initramfs.$i" "${sources[@]}" >>"$scratch/$initramfs"
  done
done

peer=$(median 2 <"$scratch/twice")
row what 'wall s' 'CPU s' ratio target
row 'mmdebstrap, same packages' "$(median 1 <"$scratch/twice")" "$peer" 1.00 -
row 'mmdebstrap, one initramfs' "$(median 1 <"$scratch/once")" "$(median 2 <"$scratch/once")" "$(ratio "$(median 2 <"$scratch/once")" "$peer")" -
for what in 'cold:compose, cold:0.60' 'one:compose, one package more:0.45'; do
  IFS=: read -r file text target <<<"$what"
  own=$(median 2 <"$scratch/$file")
  row "$text" "$(median 1 <"$scratch/$file")" "$own" "$(ratio "$own" "$peer")" "$target"
done
row 'compose, nothing changed' "$(median 1 <"$scratch/same")" "$(median 2 <"$scratch/same")" '' '0.5 s'
for i in 1 2 3 4 5; do cpu ./pipeline --version >>"$scratch/version"; done
row 'pipeline --version' "$(median 1 <"$scratch/version")" "$(median 2 <"$scratch/version")" '' '0.15 s'
