# The runner: serves the engine's requests from stdin until they end (protocol.h says what they are).
# Sent to the host line by line after wire.sh, prelude.sh and the helpers, whole-line comments and indentation left out,
# so nothing here may span lines inside quotes. Names that begin with r_ belong to the runner and the prelude.

# Finds out how dd can be made to read exactly so many bytes from a pipe.
r_choose_dd() {
  [ -z "$r_dd" ] || return 0
  for r_dd in bytes blocks single; do
    [ "$(say abcdef | { r_copy 3 >/dev/null; cat; })" != def ] || return 0
  done
}

# Copies exactly $1 bytes, or what there is until the end, from stdin to stdout.
r_copy() {
  [ "$1" -gt 0 ] || return 0
  case $r_dd in
    bytes) dd bs=65536 count="$1" iflag=fullblock,count_bytes 2>/dev/null ;;
    blocks)
      [ "$1" -lt 65536 ] || dd bs=65536 count="$(($1 / 65536))" iflag=fullblock 2>/dev/null
      [ "$(($1 % 65536))" = 0 ] || dd bs="$(($1 % 65536))" count=1 iflag=fullblock 2>/dev/null
      ;;
    *) dd ibs=1 obs=65536 count="$1" 2>/dev/null ;;
  esac
}

# Runs r_line with content on descriptor 9. Whatever becomes of the operation, exactly r_bytes bytes are read:
# dd reads them from the runner's input into a pipe, and what the operation leaves in the pipe is thrown away.
r_run_with_content() {
  r_choose_dd
  r_copy "$r_bytes" | (
    (
      exec 9<&0 </dev/null
      r_sent=1
      trap - PIPE
      eval "$r_line"
    )
    r_code=$?
    cat >/dev/null
    exit "$r_code"
  )
}

# Runs r_line as the user r_as. A shell of that user reads what this one has read, then the line and its content; what
# it leaves is thrown away. It ends with the status of the operation.
r_run_as_user() {
  r_choose_dd
  if [ -z "$r_setpriv" ] && [ "$r_uid" = 0 ]; then
    r_setpriv=no
    # Busybox has another one.
    ! setpriv --reuid=0 --regid=0 --clear-groups true </dev/null 2>/dev/null || r_setpriv=yes
  fi
  {
    say "$r_token${n_}r_one=1 r_way=$r_way r_flags=$r_flags r_bytes=$r_bytes; ${r_boot#r_one=; }$n_"
    say "$r_library$n_$r_token$n_$r_line$n_"
    [ "$r_bytes" = - ] || r_copy "$r_bytes"
  } | (
    (r_start_as_user)
    r_code=$?
    cat >/dev/null
    exit "$r_code"
  )
}

r_start_as_user() {
  find_user "$r_as" || r_tell_no_user
  [ "$r_way" != run ] || r_guard
  # shellcheck disable=SC2016 # for the shell that reads it
  r_boot='unset r_token r_boot; IFS= read -r r_token && IFS= read -r r_boot && eval "$r_boot"'
  r_shell=/bin/sh
  case $0 in /*) r_shell=$0 ;; esac
  HOME=$u_home USER=$u_name LOGNAME=$u_name SHELL=$u_shell
  export HOME USER LOGNAME SHELL
  if [ "$u_uid" = "$r_uid" ]; then
    exec "$r_shell" -c "$r_boot"
  elif [ "$r_setpriv" = yes ]; then
    exec setpriv --reuid="$u_uid" --regid="$u_gid" --init-groups -- "$r_shell" -c "$r_boot"
  elif [ "$r_uid" = 0 ]; then
    exec su -s "$r_shell" -c "$r_boot" "$r_as"
  fi
  command -v sudo >/dev/null 2>&1 || fail "only root can run it as '$r_as', and the host has no sudo"
  exec sudo -n -H -u "$r_as" -- "$r_shell" -c "$r_boot"
}

# In a real run an operation before this one may have made the user.
r_tell_no_user() {
  case $r_way$r_flags in
    run*c*)
      record reason "there is no user '$r_as' yet to run it as"
      exit 94
      ;;
  esac
  fail "there is no user '$r_as' to run it as"
}

# What a shell that r_run_as_user started serves: one operation.
r_serve_one() {
  cd "${HOME:-/}" 2>/dev/null || cd /
  r_next_line
  [ "$r_line" != "$r_token" ] || r_next_line
  if [ "$r_bytes" = - ]; then
    (eval "$r_line") </dev/null
  else
    (
      exec 9<&0 </dev/null
      r_sent=1
      eval "$r_line"
    )
  fi
  r_code=$?
  case $r_code in
    89 | 9[0-6]) exit "$r_code" ;;
  esac
  [ "$r_way" = run ] || exit 96
  r_tell_early_end
  exit 92
}

r_tell_early_end() {
  if [ "$r_code" -gt 128 ]; then
    record reason "the helper was killed by signal $((r_code - 128))"
  elif [ -z "$r_as" ]; then
    record reason "the helper ended early with status $r_code"
  elif [ "$r_uid" = 0 ]; then
    record reason "it cannot be run as '$r_as' (status $r_code)"
  else
    record reason "sudo does not let it be run as '$r_as' without a password; with 'become', root needs no sudo for it"
  fi
}

# Runs the operation, whatever it needs for that; sets r_code.
r_perform() {
  if [ -n "$r_as" ]; then
    case $r_flags in *k*) r_arm ;; esac
    r_raise
    r_run_as_user
  elif [ "$r_bytes" = - ]; then
    (trap - PIPE && eval "$r_line") </dev/null
  else
    r_run_with_content
  fi
  r_code=$?
}

r_serve_operation() {
  case $r_interrupted$r_skip$r_quiet in
    '') r_way=run ;;
    need)
      r_way=skip
      case $r_bytes$r_line in -*content_kind=blob*) r_way=ask ;; esac
      ;;
    *) r_way=skip ;;
  esac
  r_sent='' r_kept=''
  if [ "$r_way" = skip ]; then
    if [ "$r_bytes" != - ]; then
      r_choose_dd
      r_copy "$r_bytes" >/dev/null
    fi
    r_code=96
  else
    case $r_way$r_flags in run*[jkK]*) r_begin_kept ;; esac
    # What it writes goes into files first, so that it gets to its end even when nobody listens any more.
    case $r_way$r_state:$r_flags in
      run/*:*l*)
        : >"$r_state/live"
        r_perform
        rm -f -- "$r_state/live"
        ;;
      run:* | ask*) r_perform ;;
      *)
        r_kept=1
        say 1 >"$r_state/busy"
        [ -n "$r_as" ] || r_records=$r_state/records
        r_perform >"$r_state/out" 2>"$r_state/err"
        r_records=
        ;;
    esac
    case $r_way$r_flags in run*[jkK]*) r_end_kept ;; esac
  fi
  case $r_code in
    89 | 90) r_word=ok ;;
    91) r_word=changed ;;
    92) r_word=failed ;;
    93) r_word=would-change ;;
    94) r_word=unknown ;;
    95) r_word=need ;;
    96) r_word=skipped ;;
    *)
      r_word=failed
      if [ "$r_way" = ask ]; then
        r_word=skipped
      else
        [ -z "$r_kept" ] || r_records=$r_state/records
        r_tell_early_end
        r_records=
      fi
      ;;
  esac
  [ "$r_word" != failed ] || r_tell_overdue
  [ "$r_word$r_quiet" != skipped1 ] || r_word=quiet
  r_settle_signals
  # What was looked at beforehand holds until something may have changed.
  case $r_code in 9[03-6]) ;; *) r_stats='' r_sums='' ;; esac
  case $r_word:$r_flags in
    failed:*i*) ;;
    failed:*) r_skip=failed ;;
    need:*) r_skip=need ;;
  esac
  if [ -n "$r_kept" ]; then
    r_write_journal
    r_pass_on
  fi
  record result "$r_id" "$r_word" "$r_key"
  record end "$r_id" >&2
}

# Looks at all these paths in one process; read_stat finds them here until something may have changed.
r_look() {
  [ $# -gt 1 ] || return 0
  r_stats=$n_$(stat -c "%n$r_us%a:%u:%g:%s:%U:%G:%F$r_us%N" -- "$@" 2>/dev/null </dev/null)$n_
}

# SIZE PATH...: hashes those files that have that size in one process, for content_differs.
r_look_into() {
  r_left=$#
  while [ "$r_left" -gt 0 ]; do
    r_size=$1 r_file=$2
    shift 2
    r_left=$((r_left - 2))
    case $r_stats in *"$n_$r_file$r_us"*) ;; *) continue ;; esac
    r_more=${r_stats#*"$n_$r_file$r_us"}
    case ${r_more%%"$r_us"*} in
      *:*:*:"$r_size":*:*:'regular '*) set -- "$@" "$r_file" ;;
    esac
  done
  [ $# = 0 ] || r_sums=$n_$(sha256sum -- "$@" 2>/dev/null </dev/null)$n_
}

# What follows, up to the token, becomes part of the library.
r_take_library() {
  r_text=
  while r_next_line && [ "$r_line" != "$r_token" ]; do r_text=$r_text$r_line$n_; done
  eval "$r_text"
  r_added=$r_added$r_text
}

# <id> <flags> <bytes> <key> <signals> [<user>]
r_read_request() {
  r_line=$1
  r_id=${r_line%% *} r_line=${r_line#* }
  r_flags=${r_line%% *} r_line=${r_line#* }
  r_bytes=${r_line%% *} r_line=${r_line#* }
  r_key=${r_line%% *} r_line=${r_line#* } r_as=
  case $r_line in *' '*) r_as=${r_line#* } r_line=${r_line%% *} ;; esac
  r_signals_of=
  while [ "$r_line" != - ]; do
    r_signals_of="$r_signals_of ${r_line%%,*}"
    case $r_line in *,*) r_line=${r_line#*,} ;; *) r_line=- ;; esac
  done
}

r_serve() {
  r_begin
  r_dd='' r_temp='' r_stats='' r_sums='' r_as='' r_setpriv='' r_sent=''
  r_quiet='' r_signal_log='' r_signals_of='' r_added=''
  case $r_one in
    1) r_serve_one ;;
    2) r_serve_reverter ;;
  esac
  r_open_state
  record ready 3 $$ "$r_group" "$r_boot_id" "$r_state"
  while r_next_line; do
    case $r_line in
      'O '*)
        r_read_request "${r_line#O }"
        r_next_line || break
        r_serve_operation
        ;;
      'L '*) r_begin_listening "${r_line#L }" ;;
      'E '*) r_end_listening "${r_line#E }" ;;
      'R '*) r_raise_for_another "${r_line#R }" ;;
      'M '*) r_keep_mark "${r_line#M }" ;;
      'K '*) r_begin_confirmed "${r_line#K }" ;;
      'V '*) r_end_confirmed "${r_line#V }" ;;
      'U '*) r_serve_taking_back "${r_line#U }" ;;
      'B '*) r_beat "${r_line#B }" ;;
      Y) r_confirm_here ;;
      'W '*) r_forget_signals "${r_line#W }" ;;
      'F '*) r_tell_facts ;;
      D) r_take_library ;;
      P)
        r_next_line || break
        eval "$r_line"
        ;;
      C) r_skip= ;;
      H) : >"$r_state/busy" ;;
      A) r_go_on ;;
      'Q '*)
        r_close_state "${r_line#Q }"
        exit 0
        ;;
    esac
    ! r_is_taken || break
  done
  r_close_state lost
  exit 0
}
