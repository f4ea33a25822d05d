#!/bin/sh
# The conformance driver for the shell functions; README.md describes the commands. They have no buffer: a process for each event.
# shellcheck disable=SC1091
. "$(dirname "$0")/../shell/ringside.sh"
RINGSIDE_RUN_DIR=$(dirname "$1")
export RINGSIDE_RUN_DIR
tab=$(printf '\t')
while IFS=$tab read -r word a b c d; do
  case $word in
    send) ringside_send "$a" "$b" ;;
    log) ringside_log "$a" "$(/usr/bin/python3 -c 'import json, sys; sys.stdout.write(json.loads(sys.argv[1]))' "$b")" ;;
    metric) ringside_metric "$a" "$b" ;;
    task) ringside_task "$a" "$b" "$c" "$d" ;;
    burst)
      n=0
      while [ "$n" -lt "$a" ]; do
        ringside_log INFO "burst $n"
        n=$((n + 1))
      done
      ;;
    flush) echo flush 1 ;;
    stats) echo stats 0 0 0 ;;
  esac
done
