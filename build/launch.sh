# Sourced by build.sh and pipeline: finds the SDK and compiles the program when a source is newer than the last build.
# One find decides; MSBuild is not asked.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
program="$root/artifacts/program"
stamp="$root/artifacts/program.stamp"

fail() { # CODE MESSAGE HINT
  printf 'error PL0305: %s\n  hint: %s\n' "$2" "$3" >&2
  exit "$1"
}

find_dotnet() {
  dotnet=${DOTNET_HOST_PATH:-$(command -v dotnet || true)}
  [ -n "$dotnet" ] || for d in "${DOTNET_ROOT:-/nonexistent}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
    [ -x "$d/dotnet" ] && dotnet="$d/dotnet" && break
  done
  [ -n "$dotnet" ] || fail 3 'the .NET SDK is not installed' 'install the .NET 10 SDK and put dotnet on PATH'
}

is_stale() {
  [ ! -e "$stamp" ] && return 0
  [ -n "$(cd "$root" && find src build Directory.Build.props Directory.Packages.props global.json .editorconfig \
    -newer "$stamp" -not -name '*.md' -not -name packages.txt -print -quit)" ]
}

compile() {
  mkdir -p "$root/artifacts"
  exec 9>"$root/artifacts/.program.lock"
  if ! flock -n 9; then
    echo 'another process is compiling the program; waiting' >&2
    flock 9
  fi
  if is_stale; then
    (cd "$root" && "$dotnet" --version >/dev/null 2>&1) ||
      fail 3 "the .NET SDK of $dotnet does not satisfy global.json" 'install the .NET 10 SDK'
    echo 'compiling the program' >&2
    local rid=()
    [ "$(uname -m)" = x86_64 ] && rid=(-r linux-x64 --no-self-contained -p:PublishReadyToRun=true)
    touch "$stamp.new"
    # A compiler server that outlives the build must not inherit the lock.
    (cd "$root" && DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 "$dotnet" publish build/Build.csproj -c Release "${rid[@]}" \
      -o "$program.new" -p:RunAnalyzers=false -nologo -v q -clp:NoSummary) >&2 9>&- || fail 1 'the program does not compile' 'see the messages above'
    rm -rf "$program.old"
    [ ! -e "$program" ] || mv "$program" "$program.old"
    mv "$program.new" "$program"
    rm -rf "$program.old"
    mv "$stamp.new" "$stamp"
  fi
  exec 9>&-
}

run_program() { # ASSEMBLY ARGS…
  find_dotnet
  if is_stale; then compile; fi
  local assembly=$1
  shift
  export DOTNET_TieredPGO=0
  exec "$dotnet" "$program/$assembly.dll" "$@"
}
