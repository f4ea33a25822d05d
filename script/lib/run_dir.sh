# Fills the run directory of script/server: secret, ringside.toml, lwsws' configuration. Sourced.
# shellcheck shell=bash disable=SC2034,SC2154

# check_run_dir: the limits of the kernel (sockets) and of lwsws (its configuration directory), and of the file formats.
check_run_dir() {
  local longest_socket=$run_dir/events.dgram
  if ((${#run_dir} >= 100)); then
    die "--run-dir is ${#run_dir} characters long, and lwsws takes a configuration directory of at most 99: $run_dir"
  fi
  if ((${#longest_socket} >= 108)); then
    die "--run-dir is too long: the socket $longest_socket would have ${#longest_socket} characters, and the kernel takes 107"
  fi
  # These are written into JSON, TOML and lwsws' lists without escaping.
  [[ $run_dir =~ ^[A-Za-z0-9/._@%+=:~\ -]+$ && $run_dir != *,* ]] || die "--run-dir can have only letters, digits, spaces and /._@%+=:~-: $run_dir"
}

write_secret() {
  local secret=$run_dir/jwt.secret
  if [[ ! -s $secret ]]; then
    (umask 077 && head -c 48 /dev/urandom | base64 -w 0 >"$secret.new" && mv "$secret.new" "$secret")
  fi
  chmod 600 "$secret"
}

# Writes standard input to a file of the run directory, whole or not at all.
put() { cat >"$run_dir/$1.new" && mv "$run_dir/$1.new" "$run_dir/$1"; }

# What the daemons would refuse, or answer every request for events with 503 because of, is said now, with its line.
check_configuration() {
  local found status=0
  found=$("$build/bin/ringside" check --worker-config "$run_dir/ringside.toml" --lwsws-dir "$run_dir" 2>&1) || status=$?
  ((status != 0)) || return 0
  tell "$(grep '^error' <<<"$found" || printf '%s\n' "$found")"
  die "the configuration has mistakes, above: is an --option or the file of --worker-config wrong?"
}

toml_list() {
  local text='' item
  for item in "$@"; do
    text+="${text:+, }\"$item\""
  done
  printf '[%s]' "$text"
}

write_worker_config() {
  local built_in=true
  local -a files=(/var/log/syslog /var/log/messages "/var/log/*.log" "$run_dir/lwsws.log")
  if [[ $host_metrics == no ]]; then
    built_in=false files=()
  fi
  {
    cat <<END
# Written by script/server at each start; a change here is lost. What there is to set: conf/ringside.toml.
run_dir = "$run_dir"
schema_dir = "$root/conf/schemas/events"

[sources.host_metrics]
enabled = $built_in

[sources.files]
paths = $(toml_list "${files[@]}")

[sources.syslog]
socket = "$run_dir/syslog.sock"
END
    if [[ -n $worker_extra ]]; then
      echo
      cat "$worker_extra"
    fi
  } | put ringside.toml
}

# Protocol options of the plugin, one JSON member a line; all values are strings there.
plugin_options_json() {
  local option
  local -a options=("run-dir=$run_dir" "keys=HS256:$run_dir/jwt.secret")
  if [[ $limits == no ]]; then
    options+=("${no_limits[@]}")
  fi
  options+=("${plugin_extra[@]}")
  local -A seen=()
  local text='' i name value
  for ((i = ${#options[@]} - 1; i >= 0; --i)); do # the last one of a name wins
    option=${options[i]} name=${option%%=*} value=${option#*=}
    [[ -z ${seen[$name]:-} ]] || continue
    seen[$name]=1
    value=${value//\\/\\\\}
    text=", \"$name\": \"${value//\"/\\\"}\"$text"
  done
  printf '%s' "$text"
}

# --no-limits: nothing that a load test would run into.
no_limits=(
  limit-connections-per-user=0
  limit-messages-per-second=0
  limit-connections=0
  limit-plain-connections=0
  limit-plain-connections-per-address=0
  limit-replays-per-user=0
  limit-events-per-subscription=10000
  limit-awaiting-auth=1000000
  limit-awaiting-auth-per-address=1000000
)

# The virtual host is the installed one with another port, dashboard and options, so that mounts and headers are written down once.
vhost_template=$root/conf/lwsws/conf.d/ringside

# replace_in_vhost OLD NEW: in the variable `vhost`, which must have OLD.
replace_in_vhost() {
  [[ $vhost == *"$1"* ]] || die "$vhost_template does not have: $1"
  vhost=${vhost%%"$1"*}$2${vhost#*"$1"}
}

write_lwsws_config() {
  local vhost options dashboard_mount
  options=$(plugin_options_json)
  mkdir -p "$run_dir/conf.d"
  put conf <<END
{ "global": {
    "count-threads": "1",
    "init-ssl": "no",
    "server-string": "ringside",
    "rlimit-nofile": "$(ulimit -n)",
    "plugin-dir": "$build/plugins"
} }
END
  vhost=$(<"$vhost_template")
  replace_in_vhost '"port": "9090"' "\"port\": \"$port\""
  replace_in_vhost '"run-dir": "/run/ringside",' ''
  replace_in_vhost '"keys": "HS256:/etc/ringside/jwt.secret"' "${options#, }"
  if [[ -x $root/client/script/stage ]]; then
    "$root/client/script/stage" "$run_dir/www"
    replace_in_vhost "file:///usr/share/ringside/dashboard" "file://$run_dir/www"
  else
    dashboard_mount=$(grep -F '"mountpoint": "/",' "$vhost_template")
    replace_in_vhost "$dashboard_mount" ''
  fi
  put conf.d/ringside <<<"$vhost"
}
