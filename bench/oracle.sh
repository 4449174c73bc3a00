#!/usr/bin/env bash
# Butane and Ignition configs mutated at random, some of them judged by ignition-validate too: bench/oracle.sh [SECONDS per reader].
# A finding fails the run and names its seed and round; the same SEED finds it again.
set -euo pipefail
cd "$(dirname "$0")/.."
export PIPELINE_FUZZ_SECONDS=${1:-60} PIPELINE_FUZZ_SEED=${SEED:-$(date +%s)}
echo "oracle: $PIPELINE_FUZZ_SECONDS s per reader, seed $PIPELINE_FUZZ_SEED" >&2
[ -n "${NO_BUILD:-}" ] || dotnet build tests/Pipeline.Tests -nologo -v q -clp:NoSummary
exec dotnet test tests/Pipeline.Tests --no-build --nologo --filter 'Category=fuzz' --logger 'console;verbosity=normal'
