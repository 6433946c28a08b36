#compdef espresso
# Completion of espresso in zsh, written by `espresso completion zsh`. In a folder of $fpath, as _espresso; or in ~/.zshrc,
# after compinit:
#   source <(espresso completion zsh)

_espresso() {
  local line word about
  local -a whole begun
  for line in ${(f)"$($words[1] __complete "${(@Q)words[2,CURRENT]}" 2> /dev/null)"}; do
    word=${line%%$'\t'*} about=${line#*$'\t'}
    if [[ $word == :files ]]; then
      compset -P '--*='
      _files
    elif [[ $word == *= ]]; then
      begun+=("${word//:/\\:}:$about")
    else
      whole+=("${word//:/\\:}:$about")
    fi
  done
  (( $#begun )) && _describe -t begun 'espresso' begun -S ''
  (( $#whole )) && _describe -t whole 'espresso' whole
}

if [[ ${funcstack[1]} == _espresso ]]; then
  _espresso "$@"
else
  compdef _espresso espresso
fi
