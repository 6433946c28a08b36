#: summary: A file of the host is on the workstation, too.
#: doc: |
#:   Fetched when the file there is another one, told by its SHA-256. It is replaced at once when all has come, or not at all.
#:   Missing directories there are made; a new file can be read by its owner only. What two hosts or two files would write to
#:   the same place is a mistake. Where facts or results are part of `to`, it begins with a directory that the stage names,
#:   and nothing leads out of it. Operations that follow wait until the file has come.
#:   `register: x` gives x.to and x.size.
#: parameters:
#:   path: {type: path, required: true, doc: The file at the host. Links are followed.}
#:   to: {type: destination, required: true, doc: 'The file on the workstation, from the directory in which espresso is started if it is no absolute path.'}
#:   limit: {type: size, default: 1G, doc: How many bytes it may have.}
#: title: path
#: tools: [stat, head, sha256sum]
#: examples:
#:   - doc: The log of each host.
#:     yaml: |
#:       fs.fetch: {path: /var/log/installer/syslog, to: 'fetched/{{ host.name }}/syslog'}
# at_most A B: of numbers larger than every shell counts to.
at_most() {
  if [ "${#1}" != "${#2}" ]; then
    [ "${#1}" -lt "${#2}" ]
  elif [ "${#1}" -le 9 ]; then
    [ "$1" -le "$2" ]
  elif [ "${1%?????????}" != "${2%?????????}" ]; then
    [ "${1%?????????}" -lt "${2%?????????}" ]
  else
    [ "1${1#"${1%?????????}"}" -le "1${2#"${2%?????????}"}" ]
  fi
}

look() {
  [ -e "$path" ] || {
    [ ! -L "$path" ] || fail "'$path' is a symbolic link to what does not exist"
    fail "there is no '$path'"
  }
  [ ! -d "$path" ] || fail "'$path' is a directory"
  [ -f "$path" ] || fail "'$path' is not a regular file"
  [ -r "$path" ] || fail "cannot read '$path'"
  size=$(stat -L -c %s -- "$path") || fail "cannot look at '$path'"
  at_most "$size" "$limit" || fail "'$path' has $size bytes, more than the limit of $limit"
  # What the kernel makes up as it is read has no size.
  [ "$size" != 0 ] || [ "$(head -c 1 <"$path" | od -An -tx1)" = '' ] || fail "'$path' does not tell its size: fetch a copy of it"
}

# What came is compared while it comes, so there is nothing to check afterwards.
check() {
  [ "$r_phase" = before ] || return 0
  look
  tell to "$to"
  tell_number size "$size"
  if [ -z "$local_sha256" ]; then
    differs 'not fetched yet'
  elif [ "$size" != "$local_size" ]; then
    differs size "$local_size" "$size"
  else
    sum=$(sha256sum <"$path") || fail "cannot read '$path'"
    [ "${sum%% *}" = "$local_sha256" ] || differs sha256 "$local_sha256" "${sum%% *}"
  fi
}

# A file that grows meanwhile is fetched as long as it was.
apply() {
  look
  frame file "$size"
  head -c "$size" <"$path"
  sum=$(head -c "$size" <"$path" | sha256sum)
  frame file-end "${sum%% *}"
}
