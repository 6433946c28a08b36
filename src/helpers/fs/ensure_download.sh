#: summary: A file holds what is at a URL.
#: doc: |
#:   The host itself fetches it, with curl or wget. The file is replaced at once or not at all. With `sha256` nothing else is
#:   accepted, and a file that has it is left alone without asking anybody. Without it, the server is asked whether what it
#:   has is as old and as large as the file, which gets the time that the server tells; where it tells no time, a run fetches
#:   and compares, and check mode cannot tell.
#: parameters:
#:   url: {type: string, required: true, doc: Where it is to be had.}
#:   path: {type: path, required: true, doc: Where it must be.}
#:   sha256: {type: string, doc: 'What it must hold, by its SHA-256.'}
#:   headers: {type: map, doc: 'Of the request, such as Authorization.'}
#:   mode: {type: mode, doc: Permission bits. A new file has 0644.}
#:   owner: {type: string, doc: 'User who owns it, by name or number.'}
#:   group: {type: string, doc: 'Group it belongs to, by name or number.'}
#: title: path
#: uses: [http]
#: tools: [stat, mktemp, mv]
#: examples:
#:   - doc: A release, and nothing else.
#:     yaml: |
#:       fs.ensure_download:
#:         url: https://example.com/tool-1.2
#:         path: /usr/local/bin/tool
#:         sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
#:         mode: 0755
is_same_by_head() {
  [ -n "$h_size" ] && [ "$h_size" != "$s_size" ] && return 1
  [ "$h_modified" = "$(stat -c %Y -- "$path")" ]
}

check() {
  case $sha256 in
    '') ;;
    *[!0-9a-fA-F]*) fail "'$sha256' is no SHA-256" ;;
    ????????????????????????????????????????????????????????????????) sha256=$(say "$sha256" | tr A-F a-f) ;;
    *) fail "'$sha256' is no SHA-256" ;;
  esac
  choose_client
  write=
  read_stat "$path"
  case $s_kind in
    none)
      write=1
      differs 'no such file'
      return
      ;;
    file) ;;
    *) fail "'$path' is $(kind_of), not a file" ;;
  esac
  if [ -n "$sha256" ]; then
    sum=$(sha256sum <"$path") || fail "cannot read '$path'"
    [ "${sum%% *}" = "$sha256" ] || { write=1 && differs sha256 "${sum%% *}" "$sha256"; }
  elif [ "$r_phase" = before ] && read_head; then
    if [ -z "$h_modified" ]; then
      write=compare
      unknown 'the server does not tell whether it has changed'
    elif ! is_same_by_head; then
      write=1
      differs content
    fi
  elif [ "$r_phase" = before ]; then
    write=compare
    unknown 'the server does not answer the question whether it has changed'
  fi
  check_attributes "$path" "$mode" "$owner" "$group"
}

apply() {
  if [ -z "$write" ]; then
    set_attributes "$path" "$mode" "$owner" "$group"
    return
  fi
  parent_of "$path"
  [ -d "$parent/." ] || fail "there is no directory '$parent' for it"
  [ "$write$sha256" != 1 ] || [ -n "${h_modified-}" ] || read_head
  make_temp "$parent"
  fetch_to "$r_temp" || fail "cannot fetch '$shown_url'"
  sum=$(sha256sum <"$r_temp") || fail "cannot read back '$r_temp'"
  sum=${sum%% *}
  [ -z "$sha256" ] || [ "$sum" = "$sha256" ] || fail "what came has the SHA-256 $sum, not the one wanted"
  if [ "$write" = compare ]; then
    was=$(sha256sum <"$path") || fail "cannot read '$path'"
    if [ "${was%% *}" = "$sum" ]; then
      unchanged
      set_attributes "$path" "$mode" "$owner" "$group"
      return
    fi
  fi
  [ -n "$sha256" ] || [ -z "$h_modified" ] || touch -d "@$h_modified" -- "$r_temp" || fail "cannot set the time of '$path'"
  finish_file "$path" "$mode" "$owner" "$group"
}
