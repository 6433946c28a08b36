# The runner for commands: serves operations of shell.run that give a line or words and nothing else, and begins in a
# fraction of the time that runner.sh takes. It answers as that one does.
# Sent to the host line by line after wire.sh, whole-line comments and indentation left out, so nothing here may span
# lines inside quotes.

h_shell_run() { :; }

# run_operation WORD...: runs $line or the words.
run_operation() {
  # shellcheck disable=SC2016 # for the shell that reads it
  if [ -n "$line" ]; then
    # Anybody at the host can read arguments.
    ESPRESSO_LINE=$line
    export ESPRESSO_LINE
    set -- sh -c 'eval "unset ESPRESSO_LINE; $ESPRESSO_LINE"'
  fi
  if [ $# = 0 ]; then
    record reason 'give a line or argv'
    return 1
  fi
  (exec "$@") </dev/null
  r_code=$?
  unset ESPRESSO_LINE
  record status "$r_code"
  [ "$r_code" = 0 ] || record reason "exited $r_code"
  return "$r_code"
}

r_serve_operation() {
  r_word=skipped
  if [ -z "$r_interrupted$r_skip" ]; then
    r_word=changed
    eval "$r_line" || r_word=failed
  fi
  case $r_word:$r_flags in
    failed:*i*) ;;
    failed:*) r_skip=failed ;;
  esac
  record result "$r_id" "$r_word" ''
  record end "$r_id" >&2
}

r_serve() {
  r_begin
  record ready 2 $$ "$r_group" "$r_uid" "$r_boot_id" ''
  while r_next_line; do
    case $r_line in
      'O '*)
        r_line=${r_line#O } r_id=${r_line%% *}
        r_line=${r_line#* } r_flags=${r_line%% *}
        r_next_line || break
        r_serve_operation
        ;;
      C) r_skip= ;;
      'Q '*) break ;;
    esac
  done
  exit 0
}
