#compdef ringside
# Completion of ringside(1) for zsh, as `ringside completion zsh` writes it.

_ringside() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \
    '-h[Print this help message and exit]' \
    '--help[Print this help message and exit]' \
    '--version[Display program version information and exit]' \
    '--run-dir=[where the sockets, the ring and the control segment are]:directory:_files -/' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(
        'send:send events: JSON from arguments, or a line each from standard input'
        'tail:watch events as they arrive, directly from the ring'
        'dump:all events that are kept, in memory and on disk, as JSON lines'
        'status:the ring, the worker, the connections; exit status 3 when the worker does not run'
        'token:create a token, or inspect one'
        'inspect:print the claims of a token; with a key, also whether it is valid'
        'revoke:refuse a user'\''s tokens issued until now, or one token, and close their connections'
        'drain:close all connections with 1001, spread over a time, and refuse new ones'
        'connections:list who is connected, in all processes'
        'disconnect:end a connection, or all of a user, with 1008; the user may come back'
        'run:run a command and make it visible: -- COMMAND ARGUMENT...'
        'step:say which step of how many a workflow is at: 3/8 TEXT'
        'log:write a log entry'
        'metric:send a value of a metric: NAME VALUE'
        'check:validate both services'\'' configuration, keys and schemas; exit status 3 on errors'
        'completion:print the completion of these commands for a shell'
      )
      _describe command commands
      ;;
    argument)
      [[ $words[1] != token || $words[2] != inspect ]] || words[1]=inspect
      case $words[1] in
      send)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--type=[the event_type of an event made of --data and --metadata]:value: ' \
        '--data=[its data, a JSON object]:value: ' \
        '--metadata=[its metadata, a JSON object]:value: ' \
        '--no-wait[with --type\: return at once, with 0, whether or not a worker takes the event]' \
        '--socket=[another socket than events.sock of the run directory]:file:_files' \
        '--from=[the format of standard input, if not events\: terraform, for the output of terraform apply -json; ansible, for that of a JSON-lines callback]:value:(terraform ansible)' \
        '--name=[with --from\: the run'\''s name (default\: that of the working directory)]:value: ' \
        '-q[with --from\: do not print the output]' \
        '--quiet[with --from\: do not print the output]' \
        '--diffs[with --from ansible\: send what changed in files, which may be secret]' \
        '--url=[a server to send to, https\://HOST\[\:PORT\]; needs a token with the role producer]:value: ' \
        '--token-file=[with --url\: the file that has the token (default\: the variable RINGSIDE_TOKEN)]:file:_files' \
        '--cacert=[with --url\: certificates to trust instead of the system'\''s]:file:_files' \
        '--retry-for=[with --url\: how long a batch is sent again while the server is away or busy (default\: 60s)]:value: ' \
        '*:argument: '
        ;;
      tail)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--since=[from a time, an event'\''s id, or this long ago (10m)]:value: ' \
        '--until=[up to a time, an event'\''s id, or this long ago (10m)]:value: ' \
        '--rejected[events that the worker refused, with the reason]' \
        '--events=[event types, comma-separated\: task, batch, system, workflow, log, metric or full names]:value:(task batch system workflow log metric)' \
        '*--filter=[NAME=VALUE\[,VALUE\], compared exactly; can be repeated]:value: ' \
        '--level=[log entries of this level and above]:value:(trace debug info notice warn error critical alert emergency)' \
        '--component=[of this component]:value: ' \
        '--search=[with this text, ignoring case]:value: ' \
        '-n[begin with the last N matching events]:value: ' \
        '--output=[text\: a line for each event; long\: with ids, and all lines of a text; json]:value:(text long json)' \
        '--json[the same as --output json]' \
        '--time=[how times are written\: clock (UTC, with the date when it is not today), utc, local, unix]:value:(clock utc local unix)' \
        '-f[continue with new events, which is the default]' \
        '--follow[continue with new events, which is the default]' \
        '--no-follow[stop at the newest event]' \
        '*:argument: '
        ;;
      dump)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--since=[from a time, an event'\''s id, or this long ago (10m)]:value: ' \
        '--until=[up to a time, an event'\''s id, or this long ago (10m)]:value: ' \
        '--rejected[events that the worker refused, with the reason]' \
        '--events=[event types, comma-separated\: task, batch, system, workflow, log, metric or full names]:value:(task batch system workflow log metric)' \
        '*--filter=[NAME=VALUE\[,VALUE\], compared exactly; can be repeated]:value: ' \
        '--level=[log entries of this level and above]:value:(trace debug info notice warn error critical alert emergency)' \
        '--component=[of this component]:value: ' \
        '--search=[with this text, ignoring case]:value: ' \
        '*:argument: '
        ;;
      status)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--output=[text or json, which has every counter]:value:(text json)' \
        '--json[the same as --output json]' \
        '--watch[repeat each second until Ctrl-C]' \
        '*:argument: '
        ;;
      token)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--secret=[file with an HS256 secret (to sign, the default is jwt.secret of the run directory, or /etc/ringside/jwt.secret)]:file:_files' \
        '--key=[ALGORITHM\:FILE, such as RS256\:private.pem]:value:(HS256\: HS384\: HS512\: RS256\: RS384\: RS512\: ES256\: ES384\: ES512\: PS256\: PS384\: PS512\: EdDSA\:)' \
        '--user=[the user (claim sub)]:value: ' \
        '*--role=[a role; can be repeated]:value: ' \
        '--events=[restrict the token to these event types, comma-separated]:value:(task batch system workflow log metric)' \
        '--filter=[restrict the token to the events that these filters pass, as JSON]:value: ' \
        '--ttl=[how long it is valid\: 15m, 12h, 7d]:value: ' \
        '--jti=[the id of the token, to revoke it alone (claim jti)]:value: ' \
        '--kid=[the id of the key, for the header]:value: ' \
        '--issuer=[claim iss]:value: ' \
        '--audience=[claim aud]:value: ' \
        '*--claim=[NAME=JSON, any other claim; can be repeated]:value: ' \
        '1:argument:(inspect)' '*:argument: '
        ;;
      inspect)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--secret=[file with an HS256 secret (to sign, the default is jwt.secret of the run directory, or /etc/ringside/jwt.secret)]:file:_files' \
        '--key=[ALGORITHM\:FILE, such as RS256\:private.pem]:value:(HS256\: HS384\: HS512\: RS256\: RS384\: RS512\: ES256\: ES384\: ES512\: PS256\: PS384\: PS512\: EdDSA\:)' \
        '*:argument: '
        ;;
      revoke)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--jti=[the one token with this id]:value: ' \
        '--for=[how long the revocation is kept, at least as long as the tokens last]:value: ' \
        '--wait[return when it is stored and survives a reboot]' \
        '--undo[take the revocation of this user or token back]' \
        '--list[list revocations, which have no names, or the one of this user or token]' \
        '--count[print only the number of revocations]' \
        '--output=[of --list\: text or json]:value:(text json)' \
        '*:argument: '
        ;;
      drain)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--spread=[over how long]:value: ' \
        '--pid=[only the process with this id]:value: ' \
        '--wait[return when the last one is closed]' \
        '*:argument: '
        ;;
      connections)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--user=[only this user'\''s]:value: ' \
        '--output=[text or json]:value:(text json)' \
        '*:argument: '
        ;;
      disconnect)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--user=[all connections of this user]:value: ' \
        '*:argument: '
        ;;
      run)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--name=[the task'\''s name (default\: the program'\''s)]:value: ' \
        '--workflow=[the workflow'\''s name, and its id\: runs with the same one are parts of it]:value: ' \
        '--progress=[a regular expression whose group is the percentage in a line, or whose two groups are part and whole; none\: do not look for it (default\: 42%, 3/8)]:value: ' \
        '--socket=[another socket than events.sock of the run directory]:file:_files' \
        '-v[report problems with the worker, and what was lost, on standard error]' \
        '--verbose[report problems with the worker, and what was lost, on standard error]' \
        '*:::command: _normal'
        ;;
      step)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--socket=[another socket than events.sock of the run directory]:file:_files' \
        '-v[say on standard error why nothing was sent]' \
        '--verbose[say on standard error why nothing was sent]' \
        '*:argument: '
        ;;
      log)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--socket=[another socket than events.sock of the run directory]:file:_files' \
        '-v[say on standard error why nothing was sent]' \
        '--verbose[say on standard error why nothing was sent]' \
        '--level=[its level]:value:(trace debug info notice warn error critical alert emergency)' \
        '--component=[its component (default\: that of the run)]:value: ' \
        '*:argument: '
        ;;
      metric)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--socket=[another socket than events.sock of the run directory]:file:_files' \
        '-v[say on standard error why nothing was sent]' \
        '--verbose[say on standard error why nothing was sent]' \
        '--unit=[its unit]:value: ' \
        '--label=[NAME=VALUE; can be repeated]:value: ' \
        '*:argument: '
        ;;
      check)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--worker-config=[the worker'\''s configuration]:file:_files' \
        '--lwsws-dir=[lwsws'\'' configuration directory]:directory:_files -/' \
        '--only=[check one service\: worker or lwsws]:value:(worker lwsws)' \
        '--as-user=[the user who has to read keys, certificates and pages (default\: ringside-web, when root checks /etc/lwsws)]:value: ' \
        '--print-default[print a commented ringside.toml with all defaults, and check nothing]' \
        '--redact=[print the lines of FILE (- for standard input) that would be redacted, as they would be stored, and check nothing else]:file:_files' \
        '*:argument: '
        ;;
      completion)
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '1:argument:(bash zsh fish)' '*:argument: '
        ;;
      esac
      ;;
  esac
}

_ringside "$@"
