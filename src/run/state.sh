# What the runner keeps at the host, so that a connection that breaks or an engine that dies loses nothing: a lock, the
# answers of operations that have ended (the journal), and the signals that were raised. All of it lies in one folder,
# for its owner alone. Sent to the host like runner.sh: nothing here may span lines inside quotes.
#
# lock      who holds the host: the run, the host's name there, pid, boot id and birth of its runner, by whom, since when,
#           what for
# run       the token that frames what is in answers and errors, and the run that wrote it
# answers   what operations that ended have answered on stdout, each up to its result; errors likewise of stderr
# signals   a line each: +NAME raised, by the run in the @RUN before it, !NAME withdrawn, -STAGE all that this stage listens
#           to was delivered to it
# out, err, records     of the operation under way; busy is empty when there is none, and as old as the last sign of the
#           engine, which gives one now and then
# live      there is one under way whose words go to the engine at once
# taken     another runner goes on for this one
# guard, guarded, overdue   the watchdog's (watch.sh)
# confirm   what is not confirmed yet (confirm.sh)
# reverted  what was taken back because nobody confirmed it: stages, run, by whom, since when, when and why it was, how many
#           operations were run again, what went wrong; then the paths that were put back
#
# r_run is the run's id, empty when nothing may be kept (check mode); r_host the host's name in it, r_by who runs it,
# r_since when it began, r_reason what for, r_place the folder, or its name in the usual one, r_patience the seconds to wait for a
# lock, r_break: break it, r_expiry the minutes after which nobody wants it any more.

# Finds the folder: r_state. It is empty when nothing is kept.
r_find_state() {
  case $r_place in
    /*) r_state=$r_place ;;
    *)
      if [ -n "${XDG_STATE_HOME-}" ]; then
        r_state=$XDG_STATE_HOME/espresso
      elif [ "$r_uid" = 0 ]; then
        r_state=/var/lib/espresso
      else
        r_state=${HOME:-/nonexistent}/.local/state/espresso
      fi
      r_state=$r_state/$r_place
      ;;
  esac
}

# Takes the lock and tells what another run has left.
r_open_state() {
  r_find_state
  r_load_signals
  if [ -z "$r_run" ]; then
    r_tell_signals
    r_state=
    return
  fi
  umask 077
  [ -d "$r_state" ] || mkdir -p -- "$r_state" 2>/dev/null
  if ! [ -d "$r_state" ] || ! [ -w "$r_state" ]; then
    record nothing-kept "$r_state"
    r_state=
  else
    r_claim
    # A connection that is gone must not end it while it has the lock.
    trap '' PIPE
    r_settle_unconfirmed
    # What another held while this one waited may be another list.
    r_load_signals
    r_tell_signals
    r_tell_left
    r_forget_guard
    [ ! -e "$r_state/live" ] || rm -f -- "$r_state/live"
    for r_file in out err records busy; do : >"$r_state/$r_file"; done
    for r_file in answers errors signals; do : >>"$r_state/$r_file"; done
    if ! [ -s "$r_state/run" ]; then
      say "$r_token$r_us$r_run$r_us$r_since$r_us$r_by$n_" >"$r_state/run"
      r_begin_journal
    fi
  fi
  umask 022
}

# A change that nobody has confirmed (confirm.sh): another run's is taken back before anything else, our own goes on.
r_settle_unconfirmed() {
  if [ -e "$r_state/confirm/about" ]; then
    IFS=$r_us read -r l_run l_host l_by l_since r_more <"$r_state/confirm/about"
    r_read_settled
    if [ "$c_settled" = confirmed ]; then
      r_forget_confirmed
    elif [ -z "$c_settled" ] && [ "$l_run$r_us$l_host" = "$r_run$r_us$r_host" ]; then
      : >"$r_state/confirm/busy"
      r_read_now
      say "$r_clock$n_" >"$r_state/confirm/beat"
      r_reverter_lives || r_start_reverter
    else
      record takes-back "$l_run" "$l_host" "$l_by" "$l_since"
      if ! r_have_taken_back 'the run was cut off'; then
        record not-taken-back "$r_state/confirm"
        r_close_state lost
        exit 0
      fi
    fi
  elif [ -e "$r_state/confirm" ]; then
    # Nothing had been changed yet, or all is back.
    rm -rf -- "$r_state/confirm"
  fi
  r_tell_taken_back
}

# Sets c_settled: confirmed, reverting, or nothing.
r_read_settled() {
  c_settled=
  [ ! -L "$r_state/confirm/settled" ] || c_settled=$(readlink "$r_state/confirm/settled")
}

# Sets r_clock, also where there is no /proc.
r_read_now() { { r_read_clock; } 2>/dev/null || r_clock=$(date +%s); }

r_reverter_lives() {
  c_pid='' c_birth=''
  read -r c_pid c_birth 2>/dev/null <"$r_state/confirm/reverter" || return 1
  r_read_birth "$c_pid"
  if [ -n "$c_birth" ]; then
    [ "$r_birth" = "$c_birth" ]
  else
    kill -0 "$c_pid" 2>/dev/null
  fi
}

# In a session of its own: it outlives the connection, this runner, and whoever kills all that the run has started.
r_start_reverter() {
  rm -f -- "$r_state/confirm/reverter"
  # shellcheck disable=SC2016 # for the shell that reads it
  r_start='unset r_token r_boot; r_confirm_at=$1; IFS= read -r r_token && IFS= read -r r_boot && eval "$r_boot"'
  r_shell=/bin/sh
  case $0 in /*) r_shell=$0 ;; esac
  r_apart=setsid
  command -v setsid >/dev/null 2>&1 || r_apart=
  # Of the pipes of an operation it must hold none open.
  (
    trap - PIPE USR1
    # shellcheck disable=SC2086 # a command or none
    exec $r_apart "$r_shell" -c "$r_start" "$r_shell" "$r_state"
  ) <"$r_state/confirm/script" >/dev/null 2>&1 6<&- 7<&- 8<&- 9<&- &
  r_tries=0
  until r_reverter_lives || [ ! -e "$r_state/confirm/about" ]; do
    r_tries=$((r_tries + 1))
    [ "$r_tries" -lt 100 ] || return 1
    r_pause
  done
}

# Has the reverter take it back, because of this; false when it cannot.
r_have_taken_back() {
  say "$$" >"$r_state/confirm/asked"
  say "$1$n_" >"$r_state/confirm/why"
  ln -s reverting "$r_state/confirm/settled" 2>/dev/null
  c_starts=0
  while [ -e "$r_state/confirm/about" ]; do
    if ! r_reverter_lives && [ -e "$r_state/confirm/about" ]; then
      c_starts=$((c_starts + 1))
      [ "$c_starts" -lt 4 ] || return 1
      r_start_reverter
    fi
    r_pause
  done
  # It may have died while it removed the rest.
  while r_reverter_lives; do r_pause; done
  # It may still be at that, and of two that remove the same, busybox's rm takes the other's work for a failure.
  c_tries=0
  until rm -rf -- "$r_state/confirm" 2>/dev/null || [ "$c_tries" -ge 50 ]; do
    c_tries=$((c_tries + 1))
    r_pause
  done
}

# It is confirmed, or nothing has changed.
r_forget_confirmed() {
  ln -s confirmed "$r_state/confirm/settled" 2>/dev/null
  r_read_settled
  [ "$c_settled" = confirmed ] || return 0
  while r_reverter_lives; do
    kill -TERM "$c_pid" 2>/dev/null
    r_pause
  done
  rm -rf -- "$r_state/confirm"
}

r_tell_taken_back() {
  [ -s "$r_state/reverted" ] || return 0
  {
    IFS=$r_us read -r r_stages r_former_run r_former_by r_former_since r_at r_why r_again r_trouble
    record reverted "$r_stages" "$r_former_run" "$r_former_by" "$r_former_since" "$r_at" "$r_why" "$r_again" "$r_trouble"
    while IFS= read -r r_more; do record reverted-file "$r_more"; done
  } <"$r_state/reverted"
}

# Of a runner that was killed.
r_forget_guard() {
  [ -e "$r_state/guard" ] || return 0
  r_dismiss_guard
  rm -f -- "$r_state/guard" "$r_state/guarded" "$r_state/overdue"
}

# Sets r_birth: when that process began, in ticks since the start of the system; empty where nothing tells.
r_read_birth() {
  r_birth=
  read -r r_more 2>/dev/null <"/proc/$1/stat" || return 0
  r_take_birth
}

# The same, of what the kernel says of the process.
r_take_birth() {
  r_more=${r_more##*') '}
  # shellcheck disable=SC2086 # fields
  set -- $r_more
  # Of a zombie nothing is left but its number.
  [ "$1" = Z ] || r_birth=${20}
}

# Whether the lock's holder, as r_read_holder found it, is alive.
r_holder_lives() {
  [ "$l_boot" = "$r_boot_id" ] || return 1
  r_read_birth "$l_pid"
  if [ -n "$l_birth" ]; then
    [ "$r_birth" = "$l_birth" ]
  else
    kill -0 "$l_pid" 2>/dev/null
  fi
}

r_read_holder() {
  l_run='' l_host='' l_pid='' l_boot='' l_birth='' l_by='' l_since='' l_reason=''
  IFS=$r_us read -r l_run l_host l_pid l_boot l_birth l_by l_since l_reason 2>/dev/null <"$r_state/lock"
}

# r_tell_holder KIND: of the lock's holder, as r_read_holder found it.
r_tell_holder() { record "$1" "$l_run" "$l_host" "$l_by" "$l_since" "$l_reason"; }

# Whether nobody wants the lock any more: its holder lives and does nothing, and its engine has not been heard of for long.
# A workstation may vanish without a word, and sshd not notice for hours.
r_has_expired() {
  ! [ -s "$r_state/busy" ] || return 1
  ! [ -e "$r_state/live" ] || return 1
  # One that has just been taken finds what the one before has left.
  r_more=$(find "$r_state/lock" "$r_state/busy" ! -mmin "+$r_expiry" 2>/dev/null) || return 1
  [ -z "$r_more" ]
}

# create FILE TEXT: makes the file; false when there is one.
r_create() {
  set -C
  { say "$2$n_" >"$1"; } 2>/dev/null
  r_code=$?
  set +C
  return "$r_code"
}

r_pause() { sleep 0.1 2>/dev/null || sleep 1; }

r_claim() {
  r_read_birth "$$"
  r_mine=$r_run$r_us$r_host$r_us$$$r_us$r_boot_id$r_us$r_birth$r_us$r_by$r_us$r_since$r_us$r_reason
  r_tries=0
  until r_create "$r_state/lock" "$r_mine"; do
    r_tries=$((r_tries + 1))
    if ! r_read_holder || [ -z "$l_since" ]; then
      # It is about to be written; whoever died before he wrote it holds nothing.
      [ "$r_tries" -lt 5 ] || r_remove_lock
      r_pause
    elif ! r_holder_lives; then
      r_remove_lock
    elif [ "$l_run" = "$r_run" ] && [ "$l_host" = "$r_host" ]; then
      # Our own, of a connection that was lost: it ends after what it does.
      [ "$r_tries" -gt 1 ] || r_tell_holder waits
      r_displace
    elif [ -n "$r_break" ] || r_has_expired; then
      if [ -n "$r_break" ]; then r_tell_holder broken; else r_tell_holder expired; fi
      r_break=
      r_displace
      while r_holder_lives; do
        r_kill_group "$l_pid"
        r_pause
      done
    elif [ "$r_patience" -gt 0 ]; then
      [ "$r_tries" -gt 1 ] || r_tell_holder waits
      sleep 1
      r_patience=$((r_patience - 1))
    else
      r_tell_holder locked
      exit 0
    fi
  done
  [ ! -e "$r_state/taken" ] || rm -f -- "$r_state/taken"
}

# Asks the holder to end after what it does. One that does nothing may be stuck where nobody reads what it says.
r_displace() {
  : >"$r_state/taken"
  kill -USR1 "$l_pid" 2>/dev/null
  r_pause
  [ -s "$r_state/busy" ] || ! r_holder_lives || kill -KILL "$l_pid" 2>/dev/null
}

# The process group of a runner is its own session's: all that it started.
r_kill_group() {
  read -r r_more 2>/dev/null <"/proc/$1/stat" || r_more=
  r_more=${r_more##*') '}
  r_more=${r_more#* * }
  r_more=${r_more%% *}
  case $r_more in
    '' | *[!0-9]* | "$r_group") kill -KILL "$1" ;;
    *) kill -KILL "-$r_more" ;;
  esac 2>/dev/null
}

# Removes the lock of a holder that is gone. Only one at a time does, and looks again first: another may have the lock by now.
r_remove_lock() {
  if r_create "$r_state/breaking" "$$"; then
    r_former=$l_pid$l_birth
    r_read_holder
    if [ "$l_pid$l_birth" = "$r_former" ] && { [ -z "$l_since" ] || ! r_holder_lives; }; then
      rm -f -- "$r_state/lock" "$r_state/breaking"
    else
      rm -f -- "$r_state/breaking"
    fi
    return
  fi
  read -r r_more 2>/dev/null <"$r_state/breaking" || r_more=
  r_pause
  [ -z "$r_more" ] || kill -0 "$r_more" 2>/dev/null || rm -f -- "$r_state/breaking"
}

# r_signal_log: words as the lines of the file.
r_load_signals() {
  r_signal_log='' r_raised_in=''
  [ -s "$r_state/signals" ] && [ -r "$r_state/signals" ] || return 0
  while IFS= read -r r_more; do
    case $r_more in
      !*) r_signal_log=${r_signal_log%" +${r_more#!}"*} ;;
      "@$r_raised_in") ;;
      *)
        case $r_more in @*) r_raised_in=${r_more#@} ;; esac
        r_signal_log="$r_signal_log $r_more"
        ;;
    esac
  done <"$r_state/signals"
  case $r_signal_log in *' +'*) ;; *) r_signal_log= ;; esac
}

r_tell_signals() {
  [ -n "$r_signal_log" ] || return 0
  set -f
  for r_entry in $r_signal_log; do record left-signal "$r_entry"; done
  set +f
  # Whoever is told decides what comes first.
  r_skip=left
}

# What a run that did not end in order has left of its answers.
r_tell_left() {
  [ -s "$r_state/run" ] || return 0
  IFS=$r_us read -r l_token l_run l_since l_by <"$r_state/run"
  record left "$l_token" "$l_run" "$l_since" "$l_by"
  for r_file in answers errors; do
    record "left-$r_file"
    [ ! -s "$r_state/$r_file" ] || cat -- "$r_state/$r_file"
    record "left-$r_file-end"
  done
  r_skip=left
}

# The engine has read what was left, and frames are from now on as they are in the journal.
r_go_on() {
  r_skip=
  [ -n "${l_token-}" ] || return 0
  r_token=$l_token
  r_begin_journal
}

# From here on the journal is this run's.
r_begin_journal() {
  r_records=$r_state/answers
  record run "$r_run"
  r_records=
}

# raise: called before anything is changed, so that the change cannot be there without them.
r_raise() {
  [ -n "$r_signals_of" ] && [ -n "$r_state" ] || return 0
  {
    say "@$r_run$n_"
    for r_entry in $r_signals_of; do say "+$r_entry$n_"; done
  } >>"$r_state/signals"
}

# r_begin_apply: called when the operation, which cannot tell by checking whether it was done, is about to do it.
r_begin_apply() {
  [ -n "$r_state" ] || return 0
  r_kept=$r_records r_records=$r_state/answers
  record begun "$r_key"
  r_records=$r_kept
}

# What became of it: the list in memory follows.
r_settle_signals() {
  [ -n "$r_signals_of" ] || return 0
  case $r_code:$r_state in
    9[134]:* | 92:?*)
      # One that failed raised them if it had begun to change something.
      if [ "$r_code" = 92 ]; then
        r_load_signals
      else
        for r_entry in $r_signals_of; do r_signal_log="$r_signal_log +$r_entry"; done
      fi
      ;;
    89:?*) r_withdraw ;;
    90:?*) [ -z "$r_as" ] || r_withdraw ;;
  esac
}

r_withdraw() {
  for r_entry in $r_signals_of; do say "!$r_entry$n_"; done >>"$r_state/signals"
}

# L <id> <key> <stage> <signal>…: what follows is that stage's, up to its E, and only runs where one of the signals is raised.
r_begin_listening() {
  set -f
  # shellcheck disable=SC2086 # words
  set -- $1
  r_id=$1 r_key=$2 r_stage=$3
  shift 3
  r_word=quiet
  for r_entry in $r_signal_log; do
    case $r_entry in
      "-$r_stage") r_word=quiet ;;
      +*) case " $* " in *" ${r_entry#+} "*) r_word=ok ;; esac ;;
    esac
  done
  set +f
  if [ -n "$r_interrupted$r_skip" ]; then
    r_word=skipped
  else
    r_quiet=
    [ "$r_word" = ok ] || r_quiet=1
  fi
  r_end_mark
}

# E <id> <key> <stage>: it has got through, so what it listens to is delivered.
r_end_listening() {
  r_id=${1%% *} r_stage=${1##* } r_key=${1#* }
  r_key=${r_key%% *}
  if [ -n "$r_interrupted$r_skip" ]; then
    r_word=skipped
  elif [ -n "$r_quiet" ]; then
    r_word=quiet r_quiet=
  else
    r_word=ok
    if [ -n "$r_signal_log" ]; then
      r_signal_log="$r_signal_log -$r_stage"
      [ -z "$r_state" ] || say "-$r_stage$n_" >>"$r_state/signals"
    fi
  fi
  r_end_mark
}

# R <id> <key> <+|!> <signal>…: they are raised, for a change that is made on another host; or withdrawn, as it was not made.
r_raise_for_another() {
  set -f
  # shellcheck disable=SC2086 # words
  set -- $1
  set +f
  r_id=$1 r_key=$2 r_how=$3 r_signals_of=
  shift 3
  for r_entry; do r_signals_of="$r_signals_of $r_entry"; done
  r_word=ok
  if [ -n "$r_interrupted$r_skip" ]; then
    r_word=skipped
  elif [ "$r_how" = + ]; then
    r_raise
    for r_entry; do r_signal_log="$r_signal_log +$r_entry"; done
  else
    [ -z "$r_state" ] || r_withdraw
    r_load_signals
  fi
  r_end_mark
}

# M <id> <key>: that it has come this far is kept in the journal.
r_keep_mark() {
  r_id=${1%% *} r_key=${1#* } r_word=ok
  [ -z "$r_interrupted$r_skip" ] || r_word=skipped
  r_end_mark
}

# W <id> <key> [<signal>…]: what was raised under these names is forgotten; without any, all of it. It is no part of a
# run: whatever another one has left stays as it is, and so does the journal.
r_forget_signals() {
  set -f
  # shellcheck disable=SC2086 # words
  set -- $1
  r_id=$1 r_key=$2
  shift 2
  r_text=
  for r_entry in $r_signal_log; do
    case $#:$r_entry in
      0:*) continue ;;
      *:+*) case " $* " in *" ${r_entry#+} "*) continue ;; esac ;;
    esac
    r_text=$r_text$r_entry$n_
  done
  set +f
  case $n_$r_text in *"$n_+"*) ;; *) r_text= ;; esac
  r_word=failed
  if [ -n "$r_state" ] && (umask 077 && say "$r_text" >"$r_state/signals.new") 2>/dev/null &&
    mv -f -- "$r_state/signals.new" "$r_state/signals"; then
    r_word=changed
    r_load_signals
  fi
  record result "$r_id" "$r_word" "$r_key"
  record end "$r_id" >&2
}

r_end_mark() {
  [ "$r_word" = skipped ] || [ -z "$r_state" ] || r_keep_result
  record result "$r_id" "$r_word" "$r_key"
  record end "$r_id" >&2
}

# Writes into the journal what the operation has said and how it ended.
r_write_journal() {
  r_text=
  if [ -s "$r_state/records" ]; then
    while IFS= read -r r_more; do r_text=$r_text$r_more$n_; done <"$r_state/records"
    : >"$r_state/records"
    say "$r_text" >>"$r_state/answers"
  fi
  [ ! -s "$r_state/out" ] || cat <"$r_state/out" >>"$r_state/answers"
  if [ -s "$r_state/err" ]; then
    cat <"$r_state/err" >>"$r_state/errors"
    r_records=$r_state/errors
    record end "$r_key"
  fi
  case $r_word in need | skipped | quiet) ;; *) r_keep_result ;; esac
  r_records=
  : >"$r_state/busy"
}

r_keep_result() {
  r_records=$r_state/answers
  record result "$r_id" "$r_word" "$r_key"
  r_records=
}

# Passes on what the operation has said.
r_pass_on() {
  say "$r_text"
  [ ! -s "$r_state/out" ] || cat <"$r_state/out"
  [ ! -s "$r_state/err" ] || cat <"$r_state/err" >&2
}

# $1 is how the run ended here: done when all was told and nothing is left to deliver, told when signals are, else empty.
r_close_state() {
  [ -n "$r_state" ] || return 0
  cd "$r_state" 2>/dev/null || return 0
  set -- "$1" out err records busy
  if [ -e guard ]; then
    r_dismiss_guard
    set -- "$@" guard guarded overdue
  fi
  [ ! -e confirm ] || { r_read_settled && [ "$c_settled" != confirmed ]; } || r_forget_confirmed
  case $1 in done | told) set -- "$@" run answers errors reverted ;; esac
  if [ "$1" = 'done' ] || ! [ -s signals ]; then set -- "$@" signals; fi
  shift
  # Without the lock the rest is another's.
  rm -f -- "$@" lock
}
