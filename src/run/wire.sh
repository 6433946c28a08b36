# What the runner is written with: how it reads requests and answers.
# Sent to the host like it: nothing here may span lines inside quotes.

# say TEXT: writes the text as it is, without a newline of its own.
case ${KSH_VERSION-} in
  '') say() { printf %s "$1"; } ;;
  *) say() { print -rn -- "$1"; } ;;
esac

# record KIND FIELD...: tells the engine something (protocol.h). Helpers rarely need it. With r_records it is kept in that
# file, and sent when the operation has ended (state.sh).
record() {
  r_record=$n_$r_token' '$1
  shift
  for r_field; do
    case $r_field in
      *"$r_us"*) r_field=$(say "$r_field" | tr -d '\037') ;;
    esac
    case $r_field in "$n_"*) r_field=" $r_field" ;; esac
    [ "${#r_field}" -le 4096 ] || r_field="$(say "$r_field" | head -c 4000)..."
    r_record=$r_record$r_us$r_field
  done
  if [ -z "$r_records" ]; then
    say "$r_record$r_us$n_"
  else
    say "$r_record$r_us$n_" >>"$r_records"
  fi
}

# frame KIND FIELD...: the same for what must stand where it is said, between the bytes of a stream.
frame() {
  r_kept=$r_records r_records=
  record "$@"
  r_records=$r_kept
}

# Whether another runner has been started for what this one does (state.sh).
r_is_taken() { [ -n "$r_state" ] && [ -e "$r_state/taken" ]; }

# Reads the next line into r_line. A trapped signal may cut a read short: what came so far is kept.
r_next_line() {
  r_line=
  while :; do
    r_seen=$r_signals r_more=
    IFS= read -r r_more && break
    r_line=$r_line$r_more
    [ "$r_signals" != "$r_seen" ] || return 1
    ! r_is_taken || return 1
  done
  r_line=$r_line$r_more
}

# Process group and user id of this shell, and which start of the system it is, without a process where /proc is there.
r_read_identity() {
  r_group='' r_uid='' r_boot_id=''
  read -r r_boot_id 2>/dev/null </proc/sys/kernel/random/boot_id
  if read -r r_more 2>/dev/null </proc/$$/stat; then
    r_more=${r_more##*') '}
    r_more=${r_more#* * }
    r_group=${r_more%% *}
    while read -r r_key r_more r_rest; do
      [ "$r_key" != Uid: ] || { r_uid=${r_rest%%[!0-9]*} && break; }
    done </proc/$$/status
  fi
  [ -n "$r_group" ] || r_group=$(ps -o pgid= -p $$ | tr -d ' ')
  [ -n "$r_uid" ] || r_uid=$(id -u)
}

# What the runner begins with: the same environment whoever logged in, and what an interrupt does.
r_begin() {
  PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
  LC_ALL=C
  export PATH LC_ALL
  unset CDPATH ENV LANGUAGE
  umask 022
  # The folder we began in may be closed to the user we have become.
  [ -x . ] || cd "${HOME:-/}" 2>/dev/null || cd /
  r_skip='' r_interrupted='' r_signals=0 r_records='' r_state=''
  trap 'r_interrupted=1 r_signals=$((r_signals + 1))' USR1
  r_read_identity
}
