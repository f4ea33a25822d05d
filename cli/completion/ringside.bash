# Completion of ringside(1) for bash, as `ringside completion bash` writes it.

_ringside() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=ringside word i
  local -A words=(
    [ringside]='send tail dump status token revoke drain connections disconnect run step log metric check completion -h --help --version --run-dir'
    [send]='-h --help --type --data --metadata --no-wait --socket --from --name -q --quiet --diffs --url --token-file --cacert --retry-for'
    [tail]='-h --help --since --until --rejected --events --filter --level --component --search -n --output --json --time -f --follow --no-follow'
    [dump]='-h --help --since --until --rejected --events --filter --level --component --search'
    [status]='-h --help --output --json --watch'
    [token]='inspect -h --help --secret --key --user --role --events --filter --ttl --jti --kid --issuer --audience --claim'
    [inspect]='-h --help --secret --key'
    [revoke]='-h --help --jti --for --wait --undo --list --count --output'
    [drain]='-h --help --spread --pid --wait'
    [connections]='-h --help --user --output'
    [disconnect]='-h --help --user'
    [run]='-h --help --name --workflow --progress --socket -v --verbose'
    [step]='-h --help --socket -v --verbose'
    [log]='-h --help --socket -v --verbose --level --component'
    [metric]='-h --help --socket -v --verbose --unit --label'
    [check]='-h --help --worker-config --lwsws-dir --only --as-user --print-default --redact'
    [completion]='bash zsh fish -h --help'
)
  local -A values=(
    [send --from]='terraform ansible'
    [tail --events]='task batch system workflow log metric'
    [tail --level]='trace debug info notice warn error critical alert emergency'
    [tail --output]='text long json'
    [tail --time]='clock utc local unix'
    [dump --events]='task batch system workflow log metric'
    [dump --level]='trace debug info notice warn error critical alert emergency'
    [status --output]='text json'
    [token --key]='HS256: HS384: HS512: RS256: RS384: RS512: ES256: ES384: ES512: PS256: PS384: PS512: EdDSA:'
    [token --events]='task batch system workflow log metric'
    [inspect --key]='HS256: HS384: HS512: RS256: RS384: RS512: ES256: ES384: ES512: PS256: PS384: PS512: EdDSA:'
    [revoke --output]='text json'
    [connections --output]='text json'
    [log --level]='trace debug info notice warn error critical alert emergency'
    [check --only]='worker lwsws'
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
    if [[ $word != -* && " ${words[$command]} " == *" $word "* && -n ${words[$word]:-} ]]; then
      command=$word
    fi
  done
  if [[ " --run-dir --lwsws-dir " == *" $previous "* ]]; then
    mapfile -t COMPREPLY < <(compgen -d -- "$current")
  elif [[ " --socket --token-file --cacert --secret --worker-config --redact " == *" $previous "* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ -n ${values[$command $previous]:-} ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${values[$command $previous]}" -- "$current")
    [[ $previous != --key ]] || compopt -o nospace 2>/dev/null
  else
    [[ $command == ringside ]] || words[$command]+=' --run-dir'
    mapfile -t COMPREPLY < <(compgen -W "${words[$command]}" -- "$current")
  fi
}
complete -F _ringside ringside
