#: summary: Tells what is at a path.
#: doc: |
#:   Changes nothing. With `register: x` later operations know: x.exists, x.kind (none, file, directory, link, pipe, socket,
#:   device), x.mode (such as "0644"), x.owner, x.group, x.uid, x.gid, x.size, x.mtime (seconds since 1970), x.target (of a link)
#:   and x.sha256 (of a file, when asked for).
#: parameters:
#:   path: {type: path, required: true, doc: Where to look.}
#:   follow: {type: boolean, default: false, doc: 'Of a symbolic link, look at what it leads to.'}
#:   sha256: {type: boolean, default: false, doc: Tell the SHA-256 of a file's content too.}
#: main: path
#: tools: [stat]
#: examples:
#:   - doc: Act on what is there.
#:     yaml: |
#:       fs.stat: /var/log/app.log
#:       register: log
#:   - doc: What a later operation may ask.
#:     yaml: |
#:       stage.assert: {that: not log.exists or log.size < 1000000000, message: the log is too large}
tell_none() {
  # What may not be looked at is not the same as what is not there.
  case $(stat -c %a -- "$path" 2>&1) in
    *'ermission denied'*) fail "may not look at '$path'" ;;
  esac
  tell_boolean exists false
  tell kind none
}

check() {
  if [ "$follow" = true ]; then
    [ -e "$path" ] || { tell_none && return; }
    found=$(stat -L -c '%a:%u:%g:%s:%Y:%U:%G:%F' -- "$path") || fail "cannot look at '$path'"
  else
    [ -e "$path" ] || [ -L "$path" ] || { tell_none && return; }
    found=$(stat -c '%a:%u:%g:%s:%Y:%U:%G:%F' -- "$path") || fail "cannot look at '$path'"
  fi
  tell_boolean exists true
  case ${found##*:} in
    'regular '*) kind='file' ;;
    directory) kind='directory' ;;
    'symbolic link') kind='link' ;;
    fifo) kind='pipe' ;;
    socket) kind='socket' ;;
    *) kind='device' ;;
  esac
  tell kind "$kind"
  tell mode "$(full_mode "${found%%:*}")"
  for key in uid gid size mtime; do
    found=${found#*:}
    tell_number "$key" "${found%%:*}"
  done
  found=${found#*:}
  tell owner "${found%%:*}"
  found=${found#*:}
  tell group "${found%%:*}"
  if [ "$kind" = link ]; then
    read_link "$path"
    tell target "$l_target"
  fi
  if [ "$sha256$kind" = truefile ]; then
    sum=$(sha256sum <"$path") || fail "cannot read '$path'"
    tell sha256 "${sum%% *}"
  fi
}

apply() { :; }
