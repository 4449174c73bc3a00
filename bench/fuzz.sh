#!/usr/bin/env bash
# Fuzzes parsers of foreign bytes with SharpFuzz under AFL++: bench/fuzz.sh [TARGET…], all without one. SECONDS_EACH=N of CPU time (600).
# Findings stay in artifacts/fuzz/TARGET/default/crashes and hangs, and end with exit 1. KEEP=1 puts the inputs that reach code which the
# corpus does not reach into tests/Pipeline.Fuzz/Corpus, where the tests run them. Needs: afl++.
set -euo pipefail
cd "$(dirname "$0")/.."
each=${SECONDS_EACH:-600}
largest=16k
export DOTNET_CLI_TELEMETRY_OPTOUT=1
# The program is .NET: AFL++ cannot look into the file, and crash reports of the kernel do not concern it.
export AFL_SKIP_BIN_CHECK=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_QUIET=1
command -v afl-fuzz >/dev/null || { echo "'afl-fuzz' is not installed: apt-get install afl++" >&2; exit 3; }

out=artifacts/fuzz
program=$out/bin/Pipeline.Fuzz.dll
dotnet build tests/Pipeline.Fuzz -c Release -nologo -v q -clp:NoSummary
dotnet tool restore >/dev/null
rm -rf "$out/bin"
mkdir -p "$out"
cp -a artifacts/bin/Pipeline.Fuzz/release "$out/bin"
for library in "$out"/bin/Pipeline.*.dll; do
  case $library in */Pipeline.Fuzz.dll | */Pipeline.TestKit.dll) continue ;; esac
  dotnet sharpfuzz "$library"
done
[ $# -gt 0 ] || mapfile -t all < <(dotnet "$program" list | cut -d' ' -f1)
[ $# -gt 0 ] || set -- "${all[@]}"

# cpu_of PID → CPU seconds of afl-fuzz and of the program, which has a session of its own
cpu_of() { ps -o cputimes= --pid "$1" --ppid "$1" | awk '{ n += $1 } END { print n + 0 }'; }

findings=0
for target in "$@"; do
  work=$out/$target
  rm -rf "$work" "$work.seeds" "$work.min"
  dotnet "$program" seeds "$target" "$work.seeds"
  find "$work.seeds" -size +1023k -delete # AFL++ takes less than 1 MiB
  setsid afl-fuzz -i "$work.seeds" -o "$work" -t 10000 -m none -- dotnet "$program" run "$target" >"$work.log" 2>&1 </dev/null &
  session=$!
  used=0
  while kill -0 "$session" 2>/dev/null && now=$(cpu_of "$session") && [ "$now" -lt "$each" ]; do
    used=$now
    sleep 5
  done
  if kill -INT "$session" 2>/dev/null; then used=$each; fi
  wait "$session" || { [ "$used" -ge "$each" ] || { tail -n 20 "$work.log" >&2; exit 4; }; }
  value() { awk -F: -v key="$1" '{ gsub(/ /, "", $1); gsub(/ /, "", $2) } $1 == key { print $2 }' "$work/default/fuzzer_stats"; }
  found=$(find "$work/default/crashes" "$work/default/hangs" -name 'id:*' | wc -l)
  printf '%-16s %6s CPU s %10s inputs %6s paths %4s findings\n' "$target" "$used" "$(value execs_done)" "$(value corpus_count)" "$found"
  findings=$((findings + found))
  [ -n "${KEEP:-}" ] || continue
  afl-cmin -i "$work/default/queue" -o "$work.min" -t 10000 -m none -- "$(command -v dotnet)" "$program" run "$target" >>"$work.log" 2>&1
  mkdir -p "tests/Pipeline.Fuzz/Corpus/$target"
  find "$work.min" -type f -size "-$largest" | while read -r file; do
    cp "$file" "tests/Pipeline.Fuzz/Corpus/$target/$(sha256sum "$file" | cut -c1-16)"
  done
done
[ "$findings" -eq 0 ]
