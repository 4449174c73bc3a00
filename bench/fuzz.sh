#!/usr/bin/env bash
# Fuzzes one area: bench/fuzz.sh AREA [SECONDS]. An area is a folder of tests/Pipeline.Tests with fixtures of [Category("fuzz")] that read
# PIPELINE_FUZZ_SECONDS (per target) and PIPELINE_FUZZ_SEED. A finding fails the run and names its seed and round; the same seed finds it again.
set -euo pipefail
cd "$(dirname "$0")/.."
area=${1:-provisioning}
seconds=${2:-60}
declare -A names=([provisioning]=Provisioning [releases]=Releases [compose]=Compose [images]=Images [kola]=Kola [stores]=Stores)
name=${names[$area]:-}
[ -n "$name" ] || { echo "fuzz: no area '$area'; one of: ${!names[*]}" >&2; exit 2; }
export PIPELINE_FUZZ_SECONDS=$seconds PIPELINE_FUZZ_SEED=${SEED:-$(date +%s)}
echo "fuzz: $area for $seconds s per target, seed $PIPELINE_FUZZ_SEED" >&2
[ -n "${NO_BUILD:-}" ] || dotnet build tests/Pipeline.Tests -nologo -v q -clp:NoSummary
exec dotnet test tests/Pipeline.Tests --no-build --nologo --filter "Category=fuzz&FullyQualifiedName~Pipeline.Tests.$name" --logger 'console;verbosity=normal'
