#: summary: apt knows what its repositories offer.
#: doc: |
#:   With `max_age` nothing is asked while the lists are younger, unless the sources have been changed since.
#:   Without it the repositories are always asked, and the operation has changed something when they had anything new.
#: parameters:
#:   max_age: {type: duration, doc: 'How old the lists may be, such as 1h.'}
#: main: max_age
#: tools: [apt-get, find]
#: examples:
#:   - doc: At most once an hour.
#:     yaml: |
#:       dpkg.update: {max_age: 1h}
lists=/var/lib/apt/lists
# Also read by apt's own daily run and others who update the lists.
stamp=/var/lib/apt/periodic/update-success-stamp

known_lists() { find "$lists" -maxdepth 1 -type f ! -name lock -exec stat -c '%n %s %Y' {} + 2>/dev/null; }

check() {
  require_tool apt-get
  if [ -z "$max_age" ]; then
    unknown 'whether there is anything new is known only by asking the repositories'
    return
  fi
  if [ ! -e "$stamp" ] || [ -z "$(find "$stamp" -mmin "-$(((max_age + 59) / 60))" 2>/dev/null)" ]; then
    differs "the lists are older than $max_age seconds"
    return
  fi
  for file in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/sources.list.d/*; do
    # shellcheck disable=SC3013 # every shell has -nt
    [ ! "$file" -nt "$stamp" ] || { differs "'$file' is newer than the lists" && return; }
  done
}

apply() {
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  before=$(known_lists)
  # Error-Mode: a repository that does not answer is an error, not a warning.
  quietly apt-get -q -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=300 update || fail "apt-get exited $r_status"
  mkdir -p -- "${stamp%/*}"
  : >"$stamp" || fail "cannot write '$stamp'"
  [ "$before" != "$(known_lists)" ] || unchanged
}
