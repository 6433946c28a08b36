# For helpers that run a command of the user's. Their parameters: creates, unless, check, changes, cwd, env, stdin.

# Sets up a line for sh, which is run by: sh -c "$the_line". Anybody at the host can read arguments, but not the environment.
# shellcheck disable=SC2016 # for the shell that reads it
the_line='eval "unset ESPRESSO_LINE; $ESPRESSO_LINE"'
hand_over() {
  ESPRESSO_LINE=$1
  export ESPRESSO_LINE
}

guard() {
  hand_over "$1"
  run_in_place sh -c "$the_line" >/dev/null 2>&1 </dev/null
}

# In a subshell: what it runs gets the environment and the directory, and none of our variables.
run_in_place() (
  if [ -n "$cwd" ]; then
    cd -- "$cwd" || exit 127
  fi
  exec 9<&-
  if eval "can_set $env"; then
    eval "${env:+export $env}"
  else
    eval "set -- env $env \"\$@\""
  fi
  exec "$@"
)

# PAIR...: whether a shell can set these variables. It keeps some for itself.
can_set() {
  for pair; do
    case ${pair%%=*} in
      '' | [0-9]* | *[!A-Za-z0-9_]*) return 1 ;;
      UID | EUID | PPID | GROUPS | SHELLOPTS | BASHOPTS | BASH_* | RANDOM | SECONDS | LINENO | OPTIND | _) return 1 ;;
    esac
  done
}

# Of these paths: one line that is another when something has come, gone, or differs in content, mode or owner.
fingerprint() {
  {
    find "$@" -exec stat -c '%n %F %a %u %g' {} + 2>/dev/null
    find "$@" -type f -exec sha256sum {} + 2>/dev/null
    find "$@" -type l -exec readlink {} \; 2>/dev/null
  } | sha256sum
}

# Whether it is needed, by creates, unless and check.
check_need() {
  guarded=
  if [ -n "$creates" ]; then
    guarded=1
    { [ ! -e "$creates" ] && [ ! -L "$creates" ]; } || return 0
  fi
  if [ -n "$unless" ] && [ "$r_phase" = before ]; then
    guarded=1
    ! guard "$unless" || return 0
  fi
  if [ -n "$check" ]; then
    guarded=1
    ! guard "$check" || return 0
  fi
  if [ -z "$guarded" ]; then
    if [ -n "$changes" ]; then
      unknown 'only running it tells whether it changes what it may change'
    else
      unknown 'nothing says when it is needed (creates, unless, check or changes)'
    fi
    return
  fi
  [ -z "$creates" ] || differs "there is no '$creates'"
  [ -z "$check" ] || differs 'the check does not succeed'
  [ -z "$unless" ] || [ "$r_phase" = after ] || differs 'the unless does not succeed'
}

# Runs the words and takes them at their status.
run_command() {
  [ -z "$changes" ] || before=$(eval "fingerprint $changes")
  if given stdin; then
    say "$stdin" | run_in_place "$@"
  else
    run_in_place "$@"
  fi
  status=$?
  record status "$status"
  [ "$status" = 0 ] || fail "exited $status"
  [ -z "$changes" ] || [ "$before" != "$(eval "fingerprint $changes")" ] || unchanged
}
