#!/usr/bin/env bash
# Prints ratios of the stream tools against peers measured in the same run: CPU seconds and medians of 5. Asserts nothing.
# Needs: wrk, radosgw, ceph-osd, ceph-mon. Usage: bench/streams.sh [graph|serve|push]...
# The harness counts CPU seconds of its own and of the servers it starts; bench/lib.sh refuses a busy machine.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in wrk radosgw ceph-osd ceph-mon; do
  command -v "$tool" > /dev/null || { echo "'$tool' is not installed: apt-get install wrk radosgw ceph-osd ceph-mon" >&2; exit 3; }
done
export DOTNET_CLI_TELEMETRY_OPTOUT=1
dotnet build tests/Pipeline.Benchmarks -c Release -nologo -v q -clp:NoSummary -p:ErrorOnDuplicatePublishOutputFiles=false
. bench/lib.sh
dotnet artifacts/bin/Pipeline.Benchmarks/release/Pipeline.Benchmarks.dll streams "$@"
