# What facts are told with (src/helpers/facts); sent only where any is used. Nothing here may span lines inside quotes.

# fact .KEY... VALUE...: tells values at that place below `facts`, each as a letter for its kind, its name, "=" and itself
# (protocol.h). One whose text is empty is not told.
fact() { record fact "$@"; }

# Runs the functions that r_line names, in one subshell: nothing they set stays.
r_tell_facts() {
  (
    r_way=run
    for r_function in ${r_line#F }; do "$r_function" </dev/null; done
  ) 2>/dev/null
  record facts-end
}

# r_tell_user_fact NAME SCRIPT: runs a user's own; what it writes is the fact.
r_tell_user_fact() {
  r_text=$2
  record fact-output
  { r_words=$( (eval "$r_text") 2>&1 >&3 3>&-); } 3>&1
  r_code=$?
  record fact-output-end
  record fact-ended "$1" "$r_code" "$r_words"
}

# first_line FILE: its first line becomes `line`; false when there is none.
first_line() {
  line=
  [ -r "$1" ] || return 1
  IFS= read -r line <"$1" || [ -n "$line" ]
} 2>/dev/null
