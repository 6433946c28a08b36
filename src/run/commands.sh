# The runner for commands: serves operations of shell.run that give a line or words and nothing else. It answers as
# runner.sh does, and begins in a fraction of the time: it is one line that the shell reads at once, asks the system
# nothing, and needs no other process for most lines.
# Sent to the host as that one line (protocol.cpp), without whole-line comments and indentation: each command says with
# a semicolon where it ends. n_ and r_us are set before it.

PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C;
export PATH LC_ALL;
unset CDPATH ENV LANGUAGE;
umask 022;
r_skip='' r_interrupted='' r_signals=0;
trap 'r_interrupted=1 r_signals=$((r_signals + 1))' USR1;

# tell TEXT: a record of fixed words and numbers, which need none of what `record` does for others.
r_tell() { echo "$n_$r_token $1$r_us"; };

# A trapped signal may cut a read short: what came so far is kept.
r_next_line() {
  r_line='';
  while r_seen=$r_signals r_more=''; ! IFS= read -r r_more; do
    r_line=$r_line$r_more;
    [ "$r_signals" != "$r_seen" ] || return 1;
  done;
  r_line=$r_line$r_more;
};

# A line runs in the subshell that is there anyway, without what is the runner's; unless it asks which process it is.
r_run() {
  [ -n "$line" ] || exec "$@";
  case $line in
    *'$$'* | *PPID*)
      # Anybody at the host can read arguments.
      ESPRESSO_LINE=$line;
      export ESPRESSO_LINE;
      exec sh -c 'eval "unset ESPRESSO_LINE; $ESPRESSO_LINE"';;
  esac;
  unset -f r_tell r_next_line r_run h_shell_run run_operation;
  set --;
  eval "unset line n_ r_us r_token r_boot r_line r_more; $line";
};

h_shell_run() { :; };
run_operation() {
  case $#$line in
    0)
      r_tell "reason${r_us}give a line or argv";
      return 1;;
  esac;
  (r_run "$@") </dev/null;
  r_code=$?;
  r_tell "status$r_us$r_code";
  [ "$r_code" = 0 ] || r_tell "reason${r_us}exited $r_code";
  return "$r_code";
};

r_serve_operation() {
  r_word=skipped;
  if [ -z "$r_interrupted$r_skip" ]; then
    r_word=changed;
    eval "$r_line" || r_word=failed;
  fi;
  case $r_word:$r_flags in
    failed:*i*) ;;
    failed:*) r_skip=1;;
  esac;
  r_tell "result$r_us$r_id$r_us$r_word$r_us";
  r_tell "end$r_us$r_id" >&2;
};

r_tell "ready${r_us}3$r_us$$$r_us$r_us$r_us";
while r_next_line; do
  case $r_line in
    'O '*)
      r_line=${r_line#O } r_id=${r_line%% *};
      r_line=${r_line#* } r_flags=${r_line%% *};
      r_next_line || break;
      r_serve_operation;;
    C) r_skip='';;
    'Q '*) break;;
  esac;
done;
exit 0
