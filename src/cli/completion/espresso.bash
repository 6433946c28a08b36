# Completion of espresso in bash, written by `espresso completion bash`. In ~/.bashrc:
#   source <(espresso completion bash)

_espresso() {
  local rest=${COMP_LINE:0:COMP_POINT} piece start prefix candidate
  local -a words=() files=()
  # bash parts words at = and :, too; espresso does not: pieces with no white space before them belong to the word before.
  for piece in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    start=${rest#"${rest%%[![:space:]]*}"}
    if [ "${#words[@]}" -eq 0 ] || [ "$start" != "$rest" ]; then
      words+=("$piece")
    else
      words[${#words[@]} - 1]+=$piece
    fi
    rest=${start#"$piece"}
  done
  piece=${words[${#words[@]} - 1]}
  case $COMP_WORDBREAKS in *:*) prefix=${piece%"${piece##*[=:]}"} ;; *) prefix= ;; esac
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    case $candidate in
      :files)
        compopt -o filenames
        mapfile -t files < <(compgen -f -- "${piece#"$prefix"}")
        COMPREPLY+=("${files[@]}")
        continue
        ;;
      *=) compopt -o nospace ;;
    esac
    COMPREPLY+=("${candidate#"$prefix"}")
  done < <("${words[0]}" __complete "${words[@]:1}" 2> /dev/null)
}
complete -F _espresso espresso
