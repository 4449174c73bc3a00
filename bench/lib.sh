# Sourced by the benchmarks: wall and CPU seconds of a command with everything it starts, medians and ratios.
#
# CPU time is counted in a control group of the command's own (cgroup v2 cpu.stat, or v1 cpuacct), because 'time' misses children that are not
# waited for. Where no group can be made, the busy time of the whole machine is taken (/proc/stat), which is the same on an idle machine.
# A busy machine is refused, before and after each command. BENCH_BUSY=1 measures all the same, for trying a script; such figures are not for READMEs.
# Compare CPU seconds and ratios, medians of several runs (RUNS=N), never single walls.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
runs=${RUNS:-3}
scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/bench.XXXXXX")
group='' group_kind=machine
processors=$(getconf _NPROCESSORS_ONLN)
ticks=$(getconf CLK_TCK)
most_busy=15 # percent of the machine that other programs may use

clean_up() {
  [ -z "$group" ] || rmdir "$group" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

# try_group TYPE OPTION FILE: a group below ours in the mounted hierarchy of that type, if it can be made and joined
try_group() {
  local mount own
  mount=$(awk -v type="$1" -v option="$2" '$3 == type && (option == "" || index("," $4 ",", "," option ",")) { print $2; exit }' /proc/mounts)
  own=$(awk -F: -v option="$2" '(option == "" && $1 == 0) || (option != "" && index("," $2 ",", "," option ",")) { print $3; exit }' /proc/self/cgroup)
  [ -n "$mount" ] && [ -n "$own" ] || return 1
  mount=${mount%/}${own%/}
  [ -e "$mount/cgroup.procs" ] && mkdir "$mount/bench.$$" 2>/dev/null || return 1
  group=$mount/bench.$$
  [ -e "$group/$3" ] && (echo "$BASHPID" >"$group/cgroup.procs") 2>/dev/null && return 0
  rmdir "$group" 2>/dev/null || true
  group=''
  return 1
}

if try_group cgroup2 '' cpu.stat; then group_kind=v2
elif try_group cgroup cpuacct cpuacct.usage; then group_kind=v1
else echo "bench: no control group can be made here; counting the busy time of the whole machine" >&2
fi

# busy_us → microseconds that all processors have worked since the start of the machine
busy_us() {
  awk -v hz="$ticks" '$1 == "cpu" { printf "%.0f\n", ($2 + $3 + $4 + $7 + $8 + $9) * 1000000 / hz }' /proc/stat
}

# used_us → microseconds counted so far for what runs in the group
used_us() {
  case $group_kind in
    v2) awk '$1 == "usage_usec" { print $2 }' "$group/cpu.stat" ;;
    v1) awk '{ printf "%.0f\n", $1 / 1000 }' "$group/cpuacct.usage" ;;
    machine) busy_us ;;
  esac
}

now_us() { echo $(($(date +%s%N) / 1000)); }

# refuse_busy OTHERS_US WALL_US WHEN
refuse_busy() {
  local percent=$(($1 * 100 / ($2 * processors + 1)))
  [ "$percent" -gt "$most_busy" ] || return 0
  echo "bench: other programs used $percent % of this machine $3; nothing is printed (BENCH_BUSY=1 measures all the same)" >&2
  [ -n "${BENCH_BUSY:-}" ]
}

# require_idle: refuses a machine that works on something else now
require_idle() {
  local before after
  before=$(busy_us)
  sleep 2
  after=$(busy_us)
  refuse_busy $((after - before)) 2000000 "before the measurement" || exit 1
}

# settle_group: waits until what the command left running has ended, so that its time is counted
settle_group() {
  local i
  [ -n "$group" ] || return 0
  for i in $(seq 100); do
    [ -n "$(cat "$group/cgroup.procs")" ] || return 0
    sleep 0.1
  done
  echo "bench: '$1' left processes that still run: $(tr '\n' ' ' <"$group/cgroup.procs")" >&2
}

# cpu COMMAND… → "<wall> <cpu>" in seconds on standard output; the command's own output goes to $scratch/last.log
cpu() {
  local start used busy wall own others
  start=$(now_us) used=$(used_us) busy=$(busy_us)
  (
    [ -z "$group" ] || echo "$BASHPID" >"$group/cgroup.procs"
    "$@"
  ) >"$scratch/last.log" 2>&1 </dev/null || { tail -n 30 "$scratch/last.log" >&2; return 1; }
  wall=$(($(now_us) - start))
  settle_group "$1"
  own=$(($(used_us) - used))
  others=$(($(busy_us) - busy - own))
  refuse_busy $((others > 0 ? others : 0)) "$(($(now_us) - start))" "while '$*' ran" || return 1
  awk -v wall="$wall" -v own="$own" 'BEGIN { printf "%.3f %.3f\n", wall / 1000000, own / 1000000 }'
}

# median COLUMN < lines
median() { awk -v c="$1" '{ print $c }' | sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

row() { printf '%-34s %12s %12s %8s %8s\n' "$@"; }

require_idle
