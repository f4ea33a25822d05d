# What every script here shares. Sourced, not run.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache_dir=${RINGSIDE_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ringside}
program=$(basename "$0")

if [[ -t 2 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  c_bold=$'\e[1m' c_red=$'\e[31m' c_green=$'\e[32m' c_yellow=$'\e[33m' c_dim=$'\e[2m' c_off=$'\e[0m'
else
  c_bold='' c_red='' c_green='' c_yellow='' c_dim='' c_off=''
fi

# Progress goes to standard error, so that what a script answers on standard output can be read by another. Nobody reading
# it (a closed terminal) is no reason to stop.
say_fd=2
tell() { printf '%s\n' "$1" >&"$say_fd" || true; }
say() { tell "$c_dim$program:$c_off $*"; }
warn() { tell "$c_yellow$program: $*$c_off"; }
die() {
  tell "$c_red$program: $*$c_off"
  exit 1
}

# Prints the comment at the head of the running script: that is its --help.
print_help() { sed -n '2,/^[^#]/{/^#/{s/^# \{0,1\}//;p}}' "$0"; }

# quietly LOG COMMAND...: the command's output goes to LOG and is shown only when the command fails.
quietly() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    tell "$(tail -n 40 "$log")"
    say "the whole output is in $log"
    return 1
  fi
}

# How many compilations at once: one a core, and one for each 1.5 GiB of memory at most.
parallel_jobs() {
  local cores memory_jobs
  cores=$(nproc)
  memory_jobs=$(awk '/^MemAvailable:/ { n = int($2 / 1572864); print (n < 1 ? 1 : n) }' /proc/meminfo)
  echo $((cores < memory_jobs ? cores : memory_jobs))
}
