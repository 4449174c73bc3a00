#!/usr/bin/env bash
# Butane to Ignition: `pipeline butane` from start to finish for one config, for a config of 1 000 files and for a tree of 1 000 files, against
# `pipeline --version` (the start of the program); then 1 000 configs in a running process against the bare parsers of YAML and JSON (QUICK=1: not).
. "$(dirname "$0")/lib.sh"
./pipeline --version >/dev/null
mkdir -p "$scratch/files/tree"
for i in $(seq 1000); do printf 'key = value %s\nanother = line\n' "$i" >"$scratch/files/tree/$i.conf"; done
printf 'variant: fcos\nversion: 1.5.0\npasswd:\n  users:\n    - name: core\n      ssh_authorized_keys: [ssh-ed25519 AAAA core]\n' >"$scratch/one.bu"
printf 'variant: fcos\nversion: 1.5.0\nstorage:\n  trees:\n    - local: tree\n      path: /etc/app\n' >"$scratch/tree.bu"
{
  printf 'variant: fcos\nversion: 1.5.0\nstorage:\n  files:\n'
  for i in $(seq 1000); do printf '    - path: /etc/app/%s\n      mode: 0644\n      contents:\n        inline: "key = value %s"\n' "$i" "$i"; done
} >"$scratch/many.bu"
for i in $(seq "$runs"); do
  cpu ./pipeline --version >>"$scratch/version"
  for what in one many tree; do cpu ./pipeline butane --files-dir "$scratch/files" --output "$scratch/$what.ign" "$scratch/$what.bu" >>"$scratch/$what"; done
done
base=$(median 2 <"$scratch/version")
row what 'wall s' 'CPU s' ratio target
row 'pipeline --version' "$(median 1 <"$scratch/version")" "$base" 1.00 -
for what in 'one:pipeline butane, one config' 'many:1 000 inline files' 'tree:a tree of 1 000 files'; do
  own=$(median 2 <"$scratch/${what%%:*}")
  row "${what#*:}" "$(median 1 <"$scratch/${what%%:*}")" "$own" "$(ratio "$own" "$base")" -
done
[ -z "${QUICK:-}" ] || exit 0
dotnet build tests/Pipeline.Benchmarks -c Release -nologo -v q -clp:NoSummary -p:ErrorOnDuplicatePublishOutputFiles=false >&2
dotnet artifacts/bin/Pipeline.Benchmarks/release/Pipeline.Benchmarks.dll provisioning
