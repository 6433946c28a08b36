# A change that has to be confirmed: what a stage with `confirm` replaces or removes is kept, and taken back unless someone
# who gets in anew confirms it in time. Sent to hosts where a stage has it; nothing here may span lines inside quotes.
#
# All of it lies in the folder confirm of the state (state.sh), from the first change of the stage on:
# about     run, host, by whom, since when, seconds to wait, stages, boot id; it is there once all else is
# script    all that a reverter reads: a runner of its own, in a session of its own, which outlives this one
# reverter  its pid and birth
# kept      by number what was there before: N itself, N.path, N.kind; count says how many are whole
# again     by key the operations of stages that listen, to be run again; list has their order; .kept: it kept something itself
# keys      what the journal knows the operations by
# signals   those that were raised before
# beat      the time (of the system) from when on nothing has been under way; busy is empty when nothing is
# settled   a link to one of two words, so that it is made at once or not at all: confirmed, or reverting
# asked     the runner that waits for it to be taken back; why says why
#
# An operation's flags say what it is to that: k of the stage itself; j it comes before what listens to the stage;
# K of a stage that listens.

# The largest file or tree that is kept, in KiB.
k_most=65536

# K <seconds> <stage>: what is sent with such flags from now on is to be confirmed within that time.
r_begin_confirmed() { r_confirm=${1%% *} r_confirm_for=${1#* }; }

# Called when an operation of the stage is about to change something.
r_arm() {
  [ -z "$r_one" ] || return 0
  [ -n "$r_state" ] || fail "nothing can be kept at the host, so 'confirm' could not take it back"
  k_place=$r_state/confirm
  [ ! -e "$k_place/about" ] || return 0
  (umask 077 && r_write_confirm) 2>/dev/null || fail "nothing can be kept in '$k_place' for 'confirm'"
  r_start_reverter || fail "what takes the change back cannot be started, so 'confirm' could not be kept"
}

r_write_confirm() {
  rm -rf -- "$k_place" && mkdir "$k_place" "$k_place/kept" "$k_place/again" || return 1
  {
    say "$r_token${n_}r_one=2; ${r_boot#r_one=; }$n_"
    say "$r_library$n_$r_token$n_"
    say "D$n_$r_added$r_token$n_"
  } >"$k_place/script" || return 1
  {
    set -f
    for r_entry in $r_signal_log; do say "$r_entry$n_"; done
  } >"$k_place/signals"
  say "$r_key$n_" >"$k_place/keys"
  say 1 >"$k_place/busy"
  say "0$n_" >"$k_place/kept/count"
  r_read_now
  say "$r_clock$n_" >"$k_place/beat"
  say "$r_run$n_" >"$k_place/run"
  : >"$k_place/again/list"
  say "$r_run$r_us$r_host$r_us$r_by$r_us$r_since$r_us$r_confirm$r_us$r_confirm_for$r_us$r_boot_id$n_" >"$k_place/about.new" &&
    mv -f -- "$k_place/about.new" "$k_place/about" && { sync "$k_place/script" "$k_place/about" 2>/dev/null || sync; }
}

# Around each operation with such flags.
r_begin_kept() {
  k_place=$r_state/confirm k_armed=
  [ -n "$r_state" ] && [ -e "$k_place/about" ] || return 0
  k_armed=1
  say 1 >"$k_place/busy"
  say "$r_key$n_" >>"$k_place/keys"
  case $r_flags$r_bytes in
    *K*-)
      [ -e "$k_place/again/${r_key%%.*}" ] || say "${r_key%%.*}$n_" >>"$k_place/again/list"
      (umask 077 && say "$r_flags $r_as$n_$r_line$n_" >"$k_place/again/${r_key%%.*}")
      ;;
  esac
}

r_end_kept() {
  [ -n "$r_state" ] && [ -e "$k_place/about" ] || return 0
  r_beat 0
  : >"$k_place/busy"
  # It was to change something, and did not.
  case $k_armed$r_code in 89 | 90) r_forget_confirmed ;; esac
}

# B <seconds>: nothing comes for so long.
r_beat() {
  [ -e "$r_state/confirm/about" ] || return 0
  r_read_now
  say "$((r_clock + $1))$n_" >"$r_state/confirm/beat"
}

# V <id> <key>: the end of what is to be confirmed. What follows is skipped until it is.
r_end_confirmed() {
  r_id=${1%% *} r_key=${1#* }
  r_read_settled
  if [ -n "$r_interrupted$r_skip" ]; then
    r_word=skipped
  elif [ -z "$r_state" ] || [ ! -e "$r_state/confirm/about" ]; then
    r_word=ok
  elif [ "$c_settled" = confirmed ]; then
    r_forget_confirmed
    r_word=ok
  else
    r_word=need r_skip=confirm
    r_beat 0
  fi
  record result "$r_id" "$r_word" "$r_key"
  record end "$r_id" >&2
}

# Y: this connection is newer than the change.
r_confirm_here() { ln -s confirmed "$r_state/confirm/settled" 2>/dev/null; }

# U <id> <key> <why>: what is not confirmed is taken back, whatever else there is.
r_serve_taking_back() {
  r_id=${1%% *} r_key=${1#* } r_why=${1#* * }
  r_key=${r_key%% *} r_word=ok
  r_read_settled
  if [ -n "$r_state" ] && [ -e "$r_state/confirm/about" ]; then
    if [ "$c_settled" = confirmed ]; then
      r_forget_confirmed
    elif r_have_taken_back "$r_why"; then
      r_word=changed
      r_tell_taken_back
      r_load_signals
    else
      r_word=failed
    fi
  fi
  record result "$r_id" "$r_word" "$r_key"
  record end "$r_id" >&2
}

# r_keep entry | tree | value PATH...: see keep in prelude.sh. In a shell of its own: the helper's variables stay as they are.
r_keep() {
  k_place=$r_state/confirm
  [ -z "$r_one" ] || fail "what it changes cannot be kept for 'confirm': it is run as another user"
  # Nothing of the stage itself has changed so far.
  [ -e "$k_place/about" ] || return 0
  (umask 077 && r_keep_all "$@") || exit "$?"
  case $r_flags in *K*) : >"$k_place/again/${r_key%%.*}.kept" ;; esac
}

r_keep_all() {
  k_what=$1
  shift
  for k_path; do r_keep_path "$k_path"; done
}

# Of a path that is not there, the directories that are not there either are to be made, too.
r_keep_path() {
  # The letter keeps newlines at the end, which $() would drop.
  case $k_path in
    /*) ;;
    *) k_path=$(pwd -P && say x) && k_path=${k_path%"${n_}x"}/$1 ;;
  esac
  case $k_path in
    */.)
      k_path=$(cd -P -- "$k_path" && pwd -P && say x) || fail "cannot look into '$1'"
      k_path=${k_path%"${n_}x"}
      ;;
  esac
  while :; do case $k_path in ?*/) k_path=${k_path%/} ;; *) break ;; esac done
  [ "$k_path" != / ] || fail "'$1' cannot be kept for 'confirm'"
  k_name=${k_path##*/} k_parent=${k_path%/*}
  until [ -d "${k_parent:-/}/." ]; do k_name=${k_parent##*/}/$k_name k_parent=${k_parent%/*}; done
  case /$k_name/ in
    */../* | */./* | *//*) fail "'$k_path' cannot be kept for 'confirm': give its path without '.', '..' and '//'" ;;
  esac
  k_parent=$(cd -P -- "${k_parent:-/}" && pwd -P && say x) || fail "cannot look into '${k_parent:-/}'"
  k_parent=${k_parent%"${n_}x"}
  k_owner=$(stat -c %u -- "$k_parent") || fail "cannot look at '$k_parent'"
  case $k_owner in
    0 | "$r_uid") ;;
    *) fail "'$k_path' cannot be kept for 'confirm': its directory belongs to a user, who could lead what is put back elsewhere" ;;
  esac
  k_parent=${k_parent%/} k_kept=$k_what
  while :; do
    case $k_name in */*) ;; *) break ;; esac
    k_parent=$k_parent/${k_name%%/*} k_name=${k_name#*/}
    k_what=entry
    r_keep_one "$k_parent"
  done
  k_what=$k_kept
  r_keep_one "$k_parent/$k_name"
}

# Each once: the first time, it is what was there before.
r_keep_one() {
  case $1 in
    *"$n_"*) ;;
    *) ! grep -qxF -e "$k_what $1" "$k_place/kept/paths" 2>/dev/null || return 0 ;;
  esac
  read -r k_count <"$k_place/kept/count" || fail "cannot read '$k_place/kept/count'"
  k_count=$((k_count + 1))
  k_copy=$k_place/kept/$k_count
  if ! [ -e "$1" ] && ! [ -L "$1" ]; then
    k_kind=none
    [ "$k_what" != tree ] || k_kind=none-tree
  elif [ "$k_what" = value ]; then
    k_kind=value
    cat -- "$1" >"$k_copy" || r_not_kept "$1"
  elif [ -L "$1" ] || ! [ -d "$1" ]; then
    k_kind='file'
    r_fits "$1"
    cp -a -- "$1" "$k_copy" || r_not_kept "$1"
  elif [ "$k_what" = tree ]; then
    k_kind=tree
    ! r_has_mounts "$1" || fail "'$1' cannot be kept for 'confirm': something is mounted in it"
    r_fits "$1"
    tar -cf "$k_copy" -C "${1%/*}/" "./${1##*/}" || r_not_kept "$1"
  else
    k_kind="directory $(stat -c '%a %u %g' -- "$1")" || r_not_kept "$1"
  fi
  { say "$1" >"$k_copy.path" && say "$k_kind$n_" >"$k_copy.kind"; } || r_not_kept "$1"
  case $k_kind in
    tree | 'file') sync "$k_copy" "$k_copy.path" "$k_copy.kind" 2>/dev/null || sync ;;
    *) sync "$k_copy.path" "$k_copy.kind" 2>/dev/null || sync ;;
  esac
  { say "$k_count$n_" >"$k_place/kept/count.new" && mv -f -- "$k_place/kept/count.new" "$k_place/kept/count"; } ||
    r_not_kept "$1"
  case $1 in *"$n_"*) ;; *) say "$k_what $1$n_" >>"$k_place/kept/paths" ;; esac
}

r_not_kept() { fail "'$1' cannot be kept for 'confirm' in '$k_place'"; }

r_fits() {
  k_size=$(du -skx -- "$1" 2>/dev/null) || r_not_kept "$1"
  [ "${k_size%%[!0-9]*}" -le "$k_most" ] ||
    fail "'$1' is too large to be kept for 'confirm': ${k_size%%[!0-9]*} KiB, of $k_most at most"
}

# Whether something is mounted there or below. Where the system does not tell, nothing is.
r_has_mounts() {
  k_found=1
  [ ! -r /proc/self/mounts ] || while read -r r_more k_mount r_rest; do
    case $k_mount in *\\*) k_mount=$(printf '%b' "$k_mount") ;; esac
    case $k_mount/ in "$1"/*) k_found=0 && break ;; esac
  done </proc/self/mounts
  return "$k_found"
}

# What a reverter does, from its start to its end.
r_serve_reverter() {
  trap '' USR1
  while r_next_line && [ "$r_line" != D ]; do :; done
  r_take_library
  exec </dev/null
  cd / || exit 1
  r_state=$r_confirm_at
  k_place=$r_state/confirm
  IFS=$r_us read -r r_run r_host r_by r_since k_wait k_for k_boot <"$k_place/about" || exit 1
  umask 077
  r_read_birth "$$"
  say "$$ $r_birth$n_" >"$k_place/reverter.new" && mv -f -- "$k_place/reverter.new" "$k_place/reverter"
  r_read_now
  k_since=$r_clock k_heard=0
  while [ -e "$k_place/about" ]; do
    r_read_settled
    case $c_settled in
      confirmed) exit 0 ;;
      reverting)
        r_take_back
        exit 0
        ;;
    esac
    r_read_now
    read -r k_beat 2>/dev/null <"$k_place/beat" || k_beat=0
    [ "${k_beat:-0}" = "$k_heard" ] || k_since=$k_beat k_heard=$k_beat
    if [ -s "$k_place/busy" ] && r_read_holder && r_holder_lives; then
      k_since=$r_clock
    elif [ "$((r_clock - k_since))" -ge "$((k_wait + 2))" ]; then
      say "nobody confirmed it within ${k_wait}s$n_" >"$k_place/why"
      ln -s reverting "$k_place/settled" 2>/dev/null
      continue
    fi
    sleep 1
  done
  exit 0
}

# Everything here may be done again: whoever goes on after a reverter that was killed begins anew.
r_take_back() {
  r_end_holder
  k_trouble='' k_again=0
  : >"$k_place/files"
  read -r k_count <"$k_place/kept/count" || k_count=0
  while [ "$k_count" -gt 0 ]; do
    k_copy=$k_place/kept/$k_count
    k_count=$((k_count - 1))
    r_read_text "$k_copy.path"
    k_path=$r_text
    read -r k_kind <"$k_copy.kind"
    k_problem=$( (r_put_back) 2>&1) || k_trouble="$k_trouble; '$k_path': ${k_problem:-cannot be put back}"
    say "$k_path" | tr '\n' '?' >>"$k_place/files"
    say "$n_" >>"$k_place/files"
  done
  sync
  r_run_again
  r_undo_journal
  read -r k_why 2>/dev/null <"$k_place/why" || k_why='the run was cut off'
  r_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  r_text=$(say "$k_trouble" | tr '\n\037' '  ')
  {
    say "$k_for$r_us$r_run$r_us$r_by$r_us$r_since$r_us$r_at$r_us$k_why$r_us$k_again$r_us${r_text#; }$n_"
    cat -- "$k_place/files"
  } >"$r_state/reverted.new" && mv -f -- "$r_state/reverted.new" "$r_state/reverted"
  mv -f -- "$k_place/about" "$k_place/done"
  rm -rf -- "$k_place"
}

# The runner of the same run does nothing more, unless it waits for this; that of another one is about to wait.
r_end_holder() {
  while r_read_holder && r_holder_lives; do
    k_asker=
    read -r k_asker 2>/dev/null <"$k_place/asked"
    [ "$k_asker" != "$l_pid" ] || return 0
    if [ "$l_run$r_us$l_host" = "$r_run$r_us$r_host" ]; then
      r_displace
    else
      r_pause
    fi
  done
  # Of one that had to be killed.
  r_dismiss_guard
  # What it has left under way may write any time.
  { read -r w_pid w_birth w_due <"$r_state/guarded"; } 2>/dev/null || return 0
  r_is_under_way || return 0
  w_self=$$
  r_end_overdue
  rm -f -- "$r_state/overdue"
}

# r_read_text FILE: all of it, in r_text. There are no NULs in it.
r_read_text() {
  r_text=
  while IFS= read -r r_more; do r_text=$r_text$r_more$n_; done <"$1"
  r_text=$r_text$r_more
}

# Puts back what was at k_path. Only where its directory still is the one that it was.
r_put_back() {
  if ! cd -P -- "${k_path%/*}/" 2>/dev/null; then
    case $k_kind in none*) exit 0 ;; esac
    say 'its directory is gone'
    exit 1
  fi
  k_parent=$(pwd -P && say x)
  k_parent=${k_parent%"${n_}x"}
  if [ "${k_parent%/}" != "${k_path%/*}" ]; then
    say 'its directory is another one now'
    exit 1
  fi
  k_name=./${k_path##*/}
  case $k_kind in
    none)
      if [ -d "$k_name" ] && [ ! -L "$k_name" ]; then
        rmdir -- "$k_name" || exit 1
      else
        rm -f -- "$k_name" || exit 1
      fi
      ;;
    none-tree)
      r_is_free_of_mounts
      rm -rf -- "$k_name" || exit 1
      ;;
    value) cat -- "$k_copy" >"$k_name" || exit 1 ;;
    'directory '*)
      # shellcheck disable=SC2086 # words
      set -- $k_kind
      if [ -L "$k_name" ] || ! [ -d "$k_name" ]; then
        rm -f -- "$k_name" && mkdir -- "$k_name" || exit 1
      fi
      chown -- "$3:$4" "$k_name" && chmod -- "$2" "$k_name" || exit 1
      ;;
    *) r_replace || exit 1 ;;
  esac
}

r_is_free_of_mounts() {
  ! r_has_mounts "$k_path" || {
    say 'something is mounted in it'
    exit 1
  }
}

# A file appears at once; a tree after the one that is there has been moved away.
r_replace() {
  k_temp=$(mktemp -d ./.espresso-XXXXXX) || return 1
  trap 'rm -rf -- "$k_temp"' EXIT
  if [ "$k_kind" = tree ]; then
    r_is_free_of_mounts
    tar -xpf "$k_copy" -C "$k_temp" || return 1
    { ! [ -e "$k_name" ] && ! [ -L "$k_name" ]; } || mv -f -- "$k_name" "$k_temp/.former" || return 1
    mv -f -- "$k_temp/${k_name#./}" "$k_name"
    return
  fi
  cp -a -- "$k_copy" "$k_temp/file" || return 1
  [ -L "$k_name" ] || ! [ -d "$k_name" ] || rmdir -- "$k_name" || return 1
  # mv goes through a link to a directory, and -T is not everywhere.
  [ ! -L "$k_name" ] || mv -fT -- "$k_temp/file" "$k_name" 2>/dev/null || rm -f -- "$k_name"
  { [ ! -e "$k_temp/file" ] && [ ! -L "$k_temp/file" ]; } || mv -f -- "$k_temp/file" "$k_name"
}

# The operations of stages that listen, but for those whose own changes have been taken back. Watched like any others, by
# files of their own.
r_run_again() {
  mkdir -p -- "$k_place/work"
  r_kept=$r_state
  r_state=$k_place/work
  while IFS= read -r k_key; do
    [ ! -e "$k_place/again/$k_key.kept" ] || continue
    { IFS= read -r r_line && k_words=$r_line && IFS= read -r r_line; } <"$k_place/again/$k_key" || continue
    r_flags=${k_words%% *}
    case $r_flags in *[tT][0-9]*) r_flags=T${r_flags##*[tT]} ;; *) r_flags=- ;; esac
    r_as=${k_words#* } r_bytes=- r_key=- r_signals_of='' r_way=run r_kept_records=$k_place/records
    k_again=$((k_again + 1))
    : >"$r_kept_records"
    r_records=$r_kept_records
    r_perform >/dev/null 2>&1
    r_records=
    case $r_code in
      89 | 90 | 91) ;;
      *)
        k_problem="it ended with status $r_code"
        while IFS= read -r r_more; do
          case $r_more in "$r_token reason$r_us"*) k_problem=${r_more#*"$r_us"} ;; esac
        done <"$r_kept_records"
        k_trouble="$k_trouble; an operation that is to follow failed: ${k_problem%"$r_us"}"
        ;;
    esac
  done <"$k_place/again/list"
  r_dismiss_guard
  r_state=$r_kept
}

# A next run is not to believe that they were done, nor to deliver what they raised.
r_undo_journal() {
  if [ -s "$r_state/run" ] && IFS=$r_us read -r l_token r_more <"$r_state/run"; then
    r_former=$r_token r_token=$l_token r_records=$r_state/answers
    while IFS= read -r k_key; do record undone "$k_key"; done <"$k_place/keys"
    r_token=$r_former r_records=
  fi
  [ -e "$r_state/signals" ] || return 0
  cp -- "$k_place/signals" "$r_state/signals.new" &&
    mv -f -- "$r_state/signals.new" "$r_state/signals"
}
