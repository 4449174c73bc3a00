#!/usr/bin/env bash
# Sets up what is missing on the host, then runs the job graph in build/.
#   ./build.sh                    compose the default OS, make the qcow2, boot it, run its kola tests
#   ./build.sh --target=Test      run the test suite
#   ./build.sh --target=Compose --arch=all
#                                 compose for every architecture; installs emulators for those that are not this machine's
#   ./build.sh --target=Install [--prefix=DIR]
#                                 put the program, which needs no SDK then, and its completion below DIR (default: ~/.local)
#   ./build.sh --setup=never      install nothing; print what is missing and exit 3
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/build/launch.sh"
cd "$root"

setup=auto
target=Default
arch=
known=yes
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --setup=auto | --setup=never) setup=${1#*=} ;;
    --target=*) target=${1#*=}; arguments+=("$1") ;;
    --arch=*) arch=${1#*=}; arguments+=("$1") ;;
    --arch) arch=${2:?--arch needs a name}; arguments+=("--arch=$2"); shift ;;
    --target | -t) target=${2:?--target needs a name}; arguments+=(--target "$2"); shift ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

# Nothing is installed or removed for a line with an argument that does not exist; the program names it.
for argument in "${arguments[@]+"${arguments[@]}"}"; do
  name=${argument#--}
  case " target manifest arch stream build lock version mirror workdir offline force no-wait keep-going tier filter only all prefix \
exclusive dryrun tree description verbosity working ver info help -e -v -w -h " in
    *" ${name%%=*} "*) ;;
    *) case $argument in -*) known=no ;; esac ;;
  esac
done

sections() {
  [ $known = yes ] || return 0
  case ,${arguments[*]-}, in *--tree* | *--dryrun* | *--description* | *--help* | *--version* | *--info*) return ;; esac
  case ${target,,} in
    compose | images) echo build ;;
    rpmrepository) echo build rpm ;;
    default | kola | sabotage) echo build machine ;;
    proof | test) echo build machine rpm test foreign ;;
    bench) echo build machine bench foreign ;;
  esac
  case ,${arguments[*]-}, in *rpm-minimal*) echo rpm ;; esac
  case $arch in '' | "$(uname -m)") ;; *) echo foreign ;; esac
}

packages_of() { # SECTION…
  awk -v want=" $* " '/^\[/ { on = index(want, " " substr($0, 2, length($0) - 2) " "); next } on && NF && !/^#/' build/packages.txt |
    while read -r package command; do
      if [ -z "$command" ] || ! command -v "$command" >/dev/null; then echo "$package"; fi
    done
}

install_missing() {
  local wanted missing
  wanted=$(packages_of "$@")
  missing=$(comm -23 <(sort -u <<<"$wanted") <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$2 == "installed" { print $1 }' | sort -u))
  [ -n "$missing" ] || return 0
  local line="apt-get install -y --no-install-recommends ${missing//$'\n'/ }"
  if [ "$setup" = never ]; then
    fail 3 "system packages are missing: ${missing//$'\n'/ }" "$line"
  fi
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail 3 "system packages are missing and there is no sudo: ${missing//$'\n'/ }" "as root: $line"
    as=(sudo)
  fi
  echo "installing system packages: ${missing//$'\n'/ }" >&2
  local log
  log=$(mktemp)
  if ! { "${as[@]}" apt-get update && "${as[@]}" env DEBIAN_FRONTEND=noninteractive $line; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail 4 'apt-get could not install the packages above' 'check the network and the machine'\''s apt sources, then run again'
  fi
  rm -f "$log"
}

if [ "${target,,}" = clean ] && [ $known = yes ]; then
  # Never builds: a broken checkout can be cleaned too.
  rm -rf -- "$root/tmp" "$root/artifacts"
  case " ${arguments[*]-} " in *" --all "*) rm -rf -- "$root/cache" ;; esac
  echo 'clean' >&2
  exit 0
fi

wanted=$(sections)
# shellcheck disable=SC2086 # section names are words
[ -z "$wanted" ] || install_missing $wanted
run_program Build "${arguments[@]}"
