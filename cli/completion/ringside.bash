# Completion of ringside(1) for bash; installed as /usr/share/bash-completion/completions/ringside.
# tests/system/test_cli.py compares the options here with those of the program.

_ringside() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word i
  local -A options=(
    [send]='--type --data --metadata --no-wait --socket --from --name --diffs --url --token-file --cacert --retry-for -q --quiet'
    [run]='--name --workflow --progress --socket -v --verbose'
    [step]='--socket -v --verbose'
    [log]='--level --component --socket -v --verbose'
    [metric]='--unit --label --socket -v --verbose'
    [tail]='--since -n --events --filter --level --component --search --json -f --follow --no-follow --rejected'
    [dump]='--since --until --events --filter --level --component --search --rejected'
    [status]='--json --watch'
    [token]='inspect --secret --key --user --role --events --filter --ttl --jti --kid --issuer --audience --claim'
    [inspect]='--secret --key'
    [revoke]='--jti --for --wait --count'
    [connections]='--user --output'
    [disconnect]='--user'
    [drain]='--spread --pid --wait'
    [check]='--only --worker-config --lwsws-dir --print-default --redact'
  )
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $command == run && $word == -- ]]; then # a command of its own, with its own completion
      if declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      else
        mapfile -t COMPREPLY < <(compgen -c -f -- "$current")
      fi
      return
    fi
    if [[ $word != -* && -n ${options[$word]:-} ]]; then
      command=$word
    fi
  done
  case $previous in
    --run-dir | --lwsws-dir)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --secret | --worker-config | --socket)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --from)
      mapfile -t COMPREPLY < <(compgen -W 'terraform ansible' -- "$current")
      return
      ;;
    --events)
      mapfile -t COMPREPLY < <(compgen -W 'task batch system workflow log metric' -- "$current")
      return
      ;;
    --level)
      mapfile -t COMPREPLY < <(compgen -W 'trace debug info warn error fatal' -- "$current")
      return
      ;;
    --key)
      mapfile -t COMPREPLY < <(compgen -W 'HS256: HS384: HS512: RS256: RS384: RS512: ES256: ES384: ES512:' -- "$current")
      compopt -o nospace
      return
      ;;
  esac
  if [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'run step log metric send tail dump status token revoke drain connections disconnect check --run-dir --version --help' -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "${options[$command]} --run-dir --help" -- "$current")
  fi
}
complete -F _ringside ringside
