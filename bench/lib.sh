# Sourced by the benchmarks: CPU seconds of a command with all its children, medians and ratios.
# Machines are noisy: compare CPU seconds and ratios, medians of several runs, never single walls.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
runs=${RUNS:-3}
scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# cpu COMMAND… → "<wall> <cpu>" in seconds on standard output; the command's own output goes to $scratch/last.log
cpu() {
  local TIMEFORMAT='%R %U %S'
  { time "$@" >"$scratch/last.log" 2>&1; } 2>"$scratch/last.time" || { tail -n 30 "$scratch/last.log" >&2; return 1; }
  awk '{ printf "%.3f %.3f\n", $1, $2 + $3 }' "$scratch/last.time"
}

# median COLUMN < lines
median() { awk -v c="$1" '{ print $c }' | sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

row() { printf '%-34s %12s %12s %8s %8s\n' "$@"; }
