#: summary: Questions of Debian packages are answered in advance.
#: doc: |
#:   Answers are written as debconf-set-selections reads them, without the package: question, type and value, a space between each.
#:   Questions count as answered by the user, so the package does not ask them. One that is installed already takes a new answer in
#:   when it is reconfigured (`dpkg-reconfigure -f noninteractive PACKAGE`). Values of type password are never shown, others not
#:   when the operation is `sensitive`.
#: parameters:
#:   package: {type: string, required: true, doc: The package that asks.}
#:   selections: {type: list, required: true, doc: 'Lines such as `postfix/mailname string mail.example.org`.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the answers.}
#: title: package
#: tools: [debconf-communicate, debconf-set-selections]
#: uses: [patience]
#: waits: [lock_timeout]
#: examples:
#:   - doc: What a mail server would ask, before it is installed.
#:     yaml: |
#:       debconf.set_selections:
#:         package: postfix
#:         selections:
#:           - postfix/main_mailer_type select Internet Site
#:           - postfix/mailname string mail.example.org

# Sets question, type and value of a line, as debconf-set-selections takes it apart.
take_apart() {
  rest=$1
  case $rest in
    *"$n_"*) fail 'a selection is one line: question, type, value' ;;
    *\\) fail 'debconf takes no value that ends with a backslash' ;;
  esac
  next_word
  question=$found_word
  next_word
  type=$found_word value=${rest#?}
  case $type in
    select | boolean | string | multiselect | note | password | text | title | seen) ;;
    '') fail "'$question' is not a selection: question, type, value" ;;
    *) fail "'$type' is not a type of debconf (string, boolean, select, multiselect, password, note, text or title)" ;;
  esac
}

next_word() {
  rest=${rest#"${rest%%[![:blank:]]*}"}
  found_word=${rest%%[[:blank:]]*}
  rest=${rest#"$found_word"}
}

# As debconf-communicate tells values: a backslash doubled, but for that of \n.
escape_value() {
  escaped=
  while :; do
    case $value in
      *\\*) ;;
      *) break ;;
    esac
    escaped=$escaped${value%%\\*}
    value=${value#*\\}
    case $value in
      n*) escaped=$escaped\\ ;;
      *) escaped=$escaped\\\\ ;;
    esac
  done
  value=$escaped$value
}

ask_debconf() {
  {
    say "CAPB escape$n_"
    for line; do
      take_apart "$line"
      say "GET $question${n_}FGET $question seen$n_"
    done
  } | debconf-communicate
}

next_answer() {
  answer=${answers%%"$n_"*}
  answers=${answers#*"$n_"}
}

check() {
  require_tool debconf-communicate
  case $package in
    '' | *[!a-z0-9.+:-]*) fail "'$package' is not the name of a package" ;;
  esac
  eval "set -- $selections"
  for line; do take_apart "$line"; done
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  # Its status is that of the last answer. When it cannot read the answers it gives none and says why.
  answers=$(ask_debconf "$@" 2>/dev/null)
  case $answers in
    '0 '*) ;;
    *)
      hush=1
      patiently ask_debconf "$@"
      answers=$(ask_debconf "$@" 2>&1)
      hush=
      ;;
  esac
  case $answers in '0 '*) ;; *) fail "debconf does not tell its answers: ${answers##*"$n_"}" ;; esac
  answers=$answers$n_
  next_answer
  wrong=
  for line; do
    take_apart "$line"
    next_answer
    now=$answer
    next_answer
    seen=${answer#? }
    case $now in
      1\ * | 0\ *) now=${now#? } ;;
      *)
        differs "question '$question' has no answer"
        wrong=$wrong$package\ $line$n_
        continue
        ;;
    esac
    if [ "$type" = seen ]; then
      [ "$seen" = "$value" ] || differs "seen of question '$question'" "$seen" "$value"
      [ "$seen" = "$value" ] || wrong=$wrong$package\ $line$n_
      continue
    fi
    escape_value
    if [ "$now" != "$value" ]; then
      if [ "$type" = password ] || [ -n "${sensitive-}" ]; then
        differs "answer to question '$question'"
      else
        differs "answer to question '$question'" "$now" "$value"
      fi
    elif [ "$seen" != true ]; then
      differs "question '$question' would be asked"
    else
      continue
    fi
    wrong=$wrong$package\ $line$n_
  done
}

set_selections() { say "$wrong" | debconf-set-selections; }

apply() {
  require_tool debconf-set-selections
  patiently set_selections || fail "debconf-set-selections exited $r_status"
}
