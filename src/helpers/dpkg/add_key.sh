#: summary: A repository's key is at hand, for `signed_by`.
#: doc: |
#:   The key lies in a file of its own, so that it is trusted only for repositories that name that file (see dpkg.ensure_source).
#:   The name's ending says what apt finds in it: `.asc` for an armoured key (text), `.gpg` for a binary one. The directory is made
#:   when it is missing. A key that is wanted no more goes with fs.ensure_absent.
#: parameters:
#:   path: {type: path, required: true, doc: 'Where, such as /etc/apt/keyrings/example.asc.'}
#:   content: {type: content, doc: The key.}
#:   source: {type: source, doc: 'Name of an item in storage that holds the key.'}
#: title: path
#: one_of: [[content, source]]
#: tools: [stat, mktemp, mv, od]
#: examples:
#:   - doc: A key that lies in storage.
#:     yaml: |
#:       dpkg.add_key: {path: /etc/apt/keyrings/example.asc, source: example.asc}
check() {
  case $path in
    */ | */.asc | */.gpg) fail "'$path' is not the name of a file" ;;
    *.asc | *.gpg) ;;
    *) fail "'$path' ends neither in .asc nor in .gpg, so apt would not read it" ;;
  esac
  [ "$content_kind" != none ] || fail 'give content or source'
  write=
  read_stat "$path"
  case $s_kind in
    none | file) ;;
    *) fail "'$path' is $(kind_of), not a file" ;;
  esac
  # Text of the wrong kind can be told at once; of a key that is not at hand yet, apply tells.
  [ "$content_kind" != inline ] || form_is_right "$content_text" || fail "$(wrong_form)"
  if content_differs "$path"; then
    write=1
    if [ "$s_kind" = none ]; then differs 'no such key'; else differs key; fi
  fi
  [ "$s_kind" = none ] || check_attributes "$path" 644 0 0
}

# form_is_right TEXT: it is an armoured key, where that is wanted.
form_is_right() {
  case $path:$1 in
    *.asc:*'-----BEGIN PGP PUBLIC KEY BLOCK-----'*) ;;
    *.gpg:*'-----BEGIN PGP PUBLIC KEY BLOCK-----'*) return 1 ;;
    *.gpg:*) ;;
    *) return 1 ;;
  esac
}

wrong_form() {
  case $path in
    *.asc) say "what '$path' should hold is not an armoured key (a binary one belongs into a file that ends in .gpg)" ;;
    *) say "what '$path' should hold is not a binary key (an armoured one belongs into a file that ends in .asc)" ;;
  esac
}

apply() {
  parent_of "$path"
  keep "$path"
  [ -d "$parent/." ] || mkdir -p -- "$parent" || fail "cannot make the directory '$parent'"
  [ -n "$write" ] || { set_attributes "$path" 644 0 0 && return; }
  make_temp "$parent"
  receive_content "$r_temp" "$path"
  case $path in
    *.asc) grep -q '^-----BEGIN PGP PUBLIC KEY BLOCK-----' <"$r_temp" || fail "$(wrong_form)" ;;
    # The first byte of a public key's packet (RFC 4880, 4.2), as apt looks for it.
    *) case $(od -An -tu1 -N1 <"$r_temp") in *152 | *153 | *198) ;; *) fail "$(wrong_form)" ;; esac ;;
  esac
  finish_file "$path" 644 0 0
}
