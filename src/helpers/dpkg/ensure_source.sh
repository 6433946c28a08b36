#: summary: apt knows a repository, or does not.
#: doc: |
#:   The repository is described by a file of its own, /etc/apt/sources.list.d/NAME.sources. What it offers is known to apt after
#:   the next dpkg.update, also one with `max_age`.
#: parameters:
#:   name: {type: string, required: true, doc: 'Name of the file, without .sources.'}
#:   uris: {type: list, doc: 'Where the repository is. Needed unless `absent`.'}
#:   suites: {type: list, doc: 'Such as bookworm or stable; a path that ends in / for a flat repository. Needed unless `absent`.'}
#:   components: {type: list, doc: 'Such as main. Needed unless the suites are paths.'}
#:   types: {type: list, default: [deb], one_of: [deb, deb-src], doc: 'Of what: packages, their sources, or both.'}
#:   architectures: {type: list, doc: 'Such as amd64. By default those of the host.'}
#:   signed_by: {type: path, doc: 'The file of the key that must have signed it (see dpkg.add_key).'}
#:   enabled: {type: boolean, default: true, doc: Whether apt uses it.}
#:   absent: {type: boolean, default: false, doc: The file must not exist.}
#: main: name
#: tools: [stat, mktemp, mv]
#: examples:
#:   - doc: A repository with a key of its own.
#:     yaml: |
#:       dpkg.ensure_source: {name: example, uris: ["https://apt.example.org"], suites: [stable], components: [main], signed_by: /etc/apt/keyrings/example.asc}
#:   - doc: One that is wanted no more.
#:     yaml: |
#:       dpkg.ensure_source: {name: example, absent: true}

# field NAME WORD...: a line of the file; none without words.
field() {
  line=$1:
  shift
  [ $# != 0 ] || return 0
  for word; do
    case $word in
      '' | *[[:space:]]*) fail "'$word' is not one word" ;;
    esac
    line="$line $word"
  done
  text=$text$line$n_
}

wanted_text() {
  text=
  eval "field Types $types"
  eval "field URIs $uris"
  eval "field Suites $suites"
  eval "field Components $components"
  eval "field Architectures $architectures"
  # apt takes a path to the line's end, but would take one with a newline apart.
  case $signed_by in
    *"$n_"*) fail "'$signed_by' holds a newline" ;;
    ?*) text=${text}Signed-By:\ $signed_by$n_ ;;
  esac
  [ "$enabled" = true ] || text=${text}Enabled:\ no$n_
}

check_parameters() {
  [ -n "$uris" ] || fail "give uris, or absent: true"
  [ -n "$suites" ] || fail "give suites, or absent: true"
  eval "set -- $suites"
  for suite; do
    case $suite:$components in
      */:?*) fail "components are not for the suite '$suite', which is a path" ;;
      */:) ;;
      *:) fail "give components for the suite '$suite'" ;;
    esac
  done
}

check() {
  case $name in
    '' | .* | *[!A-Za-z0-9._-]*) fail "'$name' cannot be the name of a source: apt takes letters, digits, '.', '_' and '-'" ;;
  esac
  path=/etc/apt/sources.list.d/$name.sources
  write=
  if [ "$absent" = true ]; then
    read_stat "$path"
    case $s_kind in
      none) ;;
      directory) fail "'$path' is a directory" ;;
      *) differs "source '$name' is there" ;;
    esac
    return
  fi
  check_parameters
  wanted_text
  content_kind=inline content_text=$text
  read_stat "$path"
  case $s_kind in
    none)
      write=1
      differs "no source '$name'"
      return
      ;;
    file) ;;
    *) fail "'$path' is $(kind_of), not a file" ;;
  esac
  if content_differs "$path"; then
    write=1
    differs content
  fi
  check_attributes "$path" 644 0 0
}

apply() {
  keep "$path"
  if [ "$absent" = true ]; then
    rm -f -- "$path" || fail "cannot remove '$path'"
  elif [ -n "$write" ]; then
    mkdir -p -- "${path%/*}" || fail "cannot make the directory '${path%/*}'"
    install_content "$path" 644 0 0
  else
    set_attributes "$path" 644 0 0
  fi
}
