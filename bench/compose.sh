#!/usr/bin/env bash
# Composes the container host against the same packages by hand: the tree alone; the tree with one initramfs, a commit and its archive; one
# package more; nothing changed.
# The peer is mmdebstrap with INITRD=No, which makes no initramfs; where one is compared, dracut makes it once, then ostree and tar follow.
# mkosi is no peer here: Debian 12 has one that cannot build trixie.
# A row of the tree alone ends our compose when its packages are configured. Contents for the commit that are compressed beside the scripts
# count there too, so the row is a little worse than the truth.
# Limits: a cold compose is bound by xz decoding and dpkg --configure, a package more by dpkg --configure, nothing changed by process start.
# Nothing is deleted while it runs, and each measurement starts after a pause: for 40 s after a deletion ext4 allocates inodes near deleted ones slowly.
. "$(dirname "$0")/lib.sh"
./build.sh --target=Compose --dryrun >/dev/null
manifest=manifests/container-host.yaml

variant() { # DIR: the manifests with one more package
  cp -a manifests "$1"
  sed -i '0,/^packages:/s//packages:\n  - tree/' "$1/container-host.yaml"
}

settle() { sync; sleep "${SETTLE:-45}"; }

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

tree_only() { # WORKDIR: ends when the packages are configured
  local line pid
  mkfifo "$1.progress"
  ./pipeline compose -C "$1" "$manifest" --progress plain 2>"$1.progress" &
  pid=$!
  exec 8<"$1.progress"
  while read -r -u 8 line && [[ $line != 'configure packages'* ]]; do :; done
  kill -TERM "$pid"
  cat <&8 >/dev/null
  exec 8<&-
  wait "$pid" || true
  [[ $line == 'configure packages'* ]]
}

peer_tree() { # DIR PACKAGES
  env INITRD=No mmdebstrap --variant=custom --include="$2" --skip=cleanup/apt trixie "$1" "${sources[@]}"
}

peer_build() { # DIR PACKAGES: everything that a compose does, by hand
  local kernel
  mkdir "$1"
  peer_tree "$1/tree" "$2"
  kernel=$(ls "$1/tree/usr/lib/modules")
  rm -rf "$1"/tree/dev/*
  bwrap --bind "$1/tree" / --proc /proc --dev /dev --tmpfs /tmp --tmpfs /run --setenv PATH /usr/sbin:/usr/bin \
    dracut --force --no-hostonly --reproducible --kver "$kernel" "/boot/initrd.img-$kernel"
  rm -rf "$1"/tree/dev/*
  ostree --repo="$1/repo" init --mode=archive
  ostree --repo="$1/repo" commit --branch=os --tree=dir="$1/tree"
  tar -C "$1/repo" -cf "$1/commit.tar" .
}

variant "$scratch/manifests"
for i in $(seq "$runs"); do
  work=$scratch/work.$i
  mkdir -p "$work"
  settle
  cpu ./pipeline compose -C "$work" "$manifest" --timings "$scratch/cold.trace.json" >>"$scratch/cold"
  cpu ./pipeline compose -C "$work" "$manifest" >>"$scratch/same"
  settle
  cpu ./pipeline compose -C "$work" "$scratch/manifests/container-host.yaml" >>"$scratch/one"
  mapfile -t sources < <(mirrors "$work")
  packages=$(lock_packages "$work")
  mkdir -p "$scratch/tree.$i"
  settle
  cpu tree_only "$scratch/tree.$i" >>"$scratch/tree"
  settle
  cpu peer_tree "$scratch/peer.tree.$i" "$packages" >>"$scratch/peer.tree"
  settle
  cpu peer_build "$scratch/peer.build.$i" "$packages" >>"$scratch/peer.build"
done

line() { # TEXT FILE PEER CPU-TARGET WALL-TARGET
  local wall own
  wall=$(median 1 <"$scratch/$2") own=$(median 2 <"$scratch/$2")
  printf '%-44s %8s %8s' "$1" "$wall" "$own"
  if [ -n "$3" ]; then
    printf ' %9s %9s %14s' "$(ratio "$wall" "$(median 1 <"$scratch/$3")")" "$(ratio "$own" "$(median 2 <"$scratch/$3")")" "$4"
  fi
  printf '\n'
}

printf '%-44s %8s %8s %9s %9s %14s\n' what 'wall s' 'CPU s' 'wall ×' 'CPU ×' 'goal wall, CPU'
line 'mmdebstrap, tree only' peer.tree peer.tree -
line 'compose, tree only' tree peer.tree '0.45, 0.45'
line 'mmdebstrap + dracut + ostree + tar' peer.build peer.build -
line 'compose, cold' cold peer.build '0.45, 0.50'
line 'compose, one package more' one peer.build '0.30, 0.30'
line 'compose, nothing changed (goal: 0.2 s wall)' same ''
for i in 1 2 3 4 5; do cpu ./pipeline --version >>"$scratch/version"; done
line 'pipeline --version (goal: 0.15 s wall)' version ''
mkdir -p artifacts
cp "$scratch/cold.trace.json" artifacts/compose.trace.json
echo 'what the last cold compose did when: artifacts/compose.trace.json, for chrome://tracing'
