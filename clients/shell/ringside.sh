# shellcheck shell=sh
# Functions for scripts: . /usr/share/ringside/ringside.sh. They do nothing, and fail nothing, where Ringside is not installed.
#
#   ringside_step 3/8 "Installing CNI"            the workflow around (ringside run) is at step 3 of 8
#   ringside_log warn "the disk is filling"
#   ringside_metric rows 42
#   ringside_task t1 Running "migrate" 40         id, status, and perhaps name and progress
#   ringside_send Deployed '{"to":"eu"}'          any event; its data is a JSON object
#   ringside_run "build" make -j8                 runs a command, visibly if possible
#
# For all POSIX shells. RINGSIDE_RUN_DIR leads to another Ringside; RINGSIDE_COMMAND to another program.

_ringside() {
  command -v "${RINGSIDE_COMMAND:-ringside}" >/dev/null 2>&1 || return 0
  "${RINGSIDE_COMMAND:-ringside}" "$@" >/dev/null 2>&1 </dev/null || :
}

ringside_step() { _ringside step -- "$@"; }
ringside_log() { _ringside log --level "$1" -- "$2"; }
ringside_metric() { _ringside metric -- "$1" "$2"; }

ringside_send() { _ringside send --no-wait --type "$1" --data "$2"; }

ringside_task() {
  _ringside send --no-wait --type TaskStatusChanged --data "{\"task_id\":$(_ringside_quote "$1"),\"status\":$(_ringside_quote "$2")${3:+,\"name\":$(_ringside_quote "$3")}${4:+,\"progress\":$4}}"
}

ringside_run() {
  _ringside_name=$1
  shift
  if command -v "${RINGSIDE_COMMAND:-ringside}" >/dev/null 2>&1; then
    "${RINGSIDE_COMMAND:-ringside}" run --name "$_ringside_name" -- "$@"
  else
    "$@"
  fi
}

# A JSON string of a text; control characters become blanks.
_ringside_quote() {
  printf '"%s"' "$(printf '%s' "$1" | tr '\001-\037\177' ' ' | sed 's/[\\"]/\\&/g')"
}
