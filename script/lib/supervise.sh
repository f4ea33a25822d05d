# Starts, watches and ends the two daemons of script/server. Sourced.
# shellcheck shell=bash disable=SC2034,SC2154
#
# Each daemon leads a session of its own, so that a Ctrl-C at the terminal reaches this supervisor alone, which then ends
# them in order. The kernel ends them should the supervisor be killed with SIGKILL (PR_SET_PDEATHSIG); lwsws' child, which
# that does not reach, is found by the next start through the file server.pids.
#
# lwsws is a parent that does nothing but fork, and a child that serves. The parent neither restarts a dead child nor ends a
# living one when it is stopped (SIGINT makes it wait two seconds first), so both are handled here.

# Bash reports a job that a signal ended on standard error; script/server sends that to server.log, and speaks itself.

declare -A pid_of=() started_at=() n_quick_deaths=() restart_at=()

alive() { [[ -n ${1:-} ]] && kill -0 "$1" 2>/dev/null; }

# The children of a process that still run (a zombie has died).
children_of() {
  local child state
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null || true); do
    state=$(sed -n 's/^State:[[:space:]]*\([A-Z]\).*/\1/p' "/proc/$child/status" 2>/dev/null || true)
    [[ -n $state && $state != Z && $state != X ]] && echo "$child"
  done
  return 0
}

# Whether a process has a child, or had one: a zombie, or page faults of children that it has waited for.
has_forked() {
  [[ -n $(cat "/proc/$1/task/$1/children" 2>/dev/null) ]] || (($(awk '{ print $11 }' "/proc/$1/stat" 2>/dev/null || echo 1) > 0))
}

now_ms() {
  local us=${EPOCHREALTIME/[.,]/}
  echo "${us%???}"
}

# Waits for a moment without a process: reads from a pipe without a writer.
exec {nap_fd}<> <(:)
nap() { read -r -t "$1" -u "$nap_fd" || true; }

# start NAME COMMAND...
start() {
  local name=$1 pid
  shift
  setsid setpriv --pdeathsig KILL -- "$@" >>"$run_dir/$name.log" 2>&1 </dev/null {lock_fd}>&- &
  pid=$!
  pid_of[$name]=$pid
  started_at[$name]=$(now_ms)
  note_pids
}

# Who we started, for a later start to clean up after a supervisor that was killed.
note_pids() {
  local name
  for name in "${!pid_of[@]}"; do
    echo "$name ${pid_of[$name]} $(children_of "${pid_of[$name]}" | tr '\n' ' ')"
  done >"$run_dir/server.pids.new"
  mv "$run_dir/server.pids.new" "$run_dir/server.pids"
}

start_daemon() {
  case $1 in
    ringsided) start ringsided "$build/bin/ringsided" --config "$run_dir/ringside.toml" ;;
    # -d 3: errors and warnings; at higher levels lws writes query strings, tokens included, into its log
    # -n: no plugins but those of our directory
    lwsws) start lwsws "$lws_prefix/bin/lwsws" -n -d 3 -c "$run_dir" ;;
  esac
}

# Ends all processes of a list: with a signal first, by SIGKILL after five seconds.
end_pids() {
  local signal=$1 pid deadline left
  shift
  (($# > 0)) || return 0
  kill -s "$signal" "$@" 2>/dev/null || true
  deadline=$(($(now_ms) + 5000))
  while (($(now_ms) < deadline)); do
    left=0
    for pid in "$@"; do
      if alive "$pid" && [[ $(sed -n 's/^State:[[:space:]]*\([A-Z]\).*/\1/p' "/proc/$pid/status" 2>/dev/null) != Z ]]; then
        left=1
      fi
    done
    ((left)) || return 0
    nap 0.05
  done
  kill -s KILL "$@" 2>/dev/null || true
}

stop_lwsws() {
  local parent=${pid_of[lwsws]:-} pids
  [[ -n $parent ]] || return 0
  mapfile -t pids < <(children_of "$parent")
  # The parent first, or it would wait two seconds and then end its children the hard way.
  kill -s KILL "$parent" 2>/dev/null || true
  end_pids INT "${pids[@]}"
  # others in its group: children of a reload
  kill -s KILL -- "-$parent" 2>/dev/null || true
  wait "$parent" 2>/dev/null || true
  unset "pid_of[lwsws]"
}

stop_ringsided() {
  local pid=${pid_of[ringsided]:-}
  [[ -n $pid ]] || return 0
  end_pids TERM "$pid"
  kill -s KILL -- "-$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  unset "pid_of[ringsided]"
}

# Processes that a killed supervisor left in this run directory. The lock says that it is gone; the command line, that the
# numbers still mean its processes.
end_leftovers() {
  local name pids pid
  [[ -f $run_dir/server.pids ]] || return 0
  while read -r name pids; do
    for pid in $pids; do
      if [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *"$run_dir"* ]]; then
        say "ending $name (process $pid), left by an earlier server"
        end_pids KILL "$pid"
      fi
    done
  done <"$run_dir/server.pids"
  rm -f "$run_dir/server.pids"
}

# The HTTP status of a path on our port, or nothing. Bash's own sockets: a fresh system has no curl.
http_status() {
  # shellcheck disable=SC2016 # the inner bash expands it
  timeout 2 bash -c '
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf "GET %s HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n" "$2" "$1" >&3
    read -r _ status _ <&3 && echo "$status"' - "$port" "$1" 2>/dev/null || true
}

# Whether a process listens on the port, from the kernel's tables. (lwsws would share a port with another one silently.)
port_taken() {
  local hex
  printf -v hex '%04X' "$port"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$hex" '
    { n = split($2, at, ":"); if (at[n] == port && $4 == "0A") found = 1 } END { exit !found }'
}

# Whether the daemon does its work; sets `what_happened` when not.
daemon_fine() {
  local name=$1 pid=${pid_of[$1]:-} status=0
  if ! alive "$pid"; then
    wait "$pid" 2>/dev/null || status=$?
    if ((status > 128)); then
      what_happened="was killed by $(kill -l $((status - 128)) 2>/dev/null || echo signal) (process $pid)"
    else
      what_happened="ended with status $status (process $pid)"
    fi
    return 1
  fi
  # At its start, the parent has not forked yet. That is asked first: a child that comes between two questions is alive.
  if [[ $name == lwsws ]] && has_forked "$pid" && [[ -z $(children_of "$pid") ]]; then
    what_happened="lost its serving child"
    return 1
  fi
  return 0
}

# Restarts what died; a daemon that keeps dying is given more and more time, up to ten seconds.
tend() {
  local name now delay
  for name in ringsided lwsws; do
    now=$(now_ms)
    if [[ -n ${restart_at[$name]:-} ]]; then
      if ((now >= restart_at[$name])); then
        unset "restart_at[$name]"
        start_daemon "$name"
        say "$name runs again (process ${pid_of[$name]})"
      fi
      continue
    fi
    daemon_fine "$name" && continue
    if ((now - started_at[$name] < 10000)); then
      n_quick_deaths[$name]=$((${n_quick_deaths[$name]:-0} + 1))
    else
      n_quick_deaths[$name]=0
    fi
    delay=$((n_quick_deaths[$name] * 500))
    ((delay <= 10000)) || delay=10000
    warn "$name $what_happened; restarting it$( ((delay == 0)) || echo " in $delay ms") (its log: $run_dir/$name.log)"
    "stop_$name"
    restart_at[$name]=$((now + delay))
  done
}

# A lwsws that accepts connections and answers none, for 30 seconds, is as good as dead.
silent_since=0
probe_lwsws() {
  [[ -z ${restart_at[lwsws]:-} ]] || return 0
  if [[ -n $(http_status /healthz) ]]; then
    silent_since=0
  elif ((silent_since == 0)); then
    silent_since=$(now_ms)
  elif (($(now_ms) - silent_since > 30000)); then
    warn "lwsws has not answered for 30 seconds; restarting it"
    silent_since=0
    stop_lwsws
    start_daemon lwsws
  fi
}
