#: summary: Programs can use this locale, and may do so by default.
#: doc: |
#:   Where there is a /etc/locale.gen (Debian, Arch), the locale is chosen there and made by locale-gen; elsewhere it must have come
#:   with a package. The default is LANG in /etc/locale.conf, or /etc/default/locale on Debian; sessions that are open keep theirs.
#: parameters:
#:   name: {type: string, required: true, doc: 'Such as `de_DE.UTF-8`.'}
#:   default: {type: boolean, default: false, doc: It is the one for all who choose no other.}
#:   absent: {type: boolean, default: false, doc: 'It is not made any more, and goes with the next locale-gen, which this runs.'}
#: main: name
#: one_of: [[default, absent]]
#: tools: [locale, locale-gen]
#: examples:
#:   - doc: German by default.
#:     yaml: |
#:       system.ensure_locale: {name: de_DE.UTF-8, default: true}
list=/etc/locale.gen

# Whether programs can use it now: `locale -a` writes de_DE.utf8.
is_made() {
  code=
  case $name in
    *.UTF-8 | *.UTF-8@* | *.utf8 | *.utf8@*) code=.utf8 ;;
    *.*)
      code=${name#*.}
      code=.$(say "${code%%@*}" | tr -d - | tr '[:upper:]' '[:lower:]')
      ;;
  esac
  variant=
  case $name in *@*) variant=@${name#*@} ;; esac
  base=${name%%[.@]*}
  case $n_$(locale -a 2>/dev/null)$n_ in
    *"$n_$name$n_"* | *"$n_$base$code$variant$n_"*) return 0 ;;
    *) return 1 ;;
  esac
}

# The character set that /etc/locale.gen wants beside the name.
charset_of() {
  charset=
  [ ! -r /usr/share/i18n/SUPPORTED ] || while read -r one rest; do
    [ "$one" != "$name" ] || { charset=$rest && break; }
  done </usr/share/i18n/SUPPORTED
  [ -n "$charset" ] || case $name in
    *.*) charset=${name#*.} charset=${charset%%@*} ;;
    *) charset=ISO-8859-1 ;;
  esac
}

# Sets text to the list as it must be, and chosen.
read_list() {
  read_stat "$list"
  case $s_kind in
    file) ;;
    *) fail "'$list' is $(kind_of), not a file" ;;
  esac
  text='' chosen='' offered=
  while IFS= read -r line || [ -n "$line" ]; do
    bare=${line#"${line%%[! ]*}"}
    case $bare in
      "$name" | "$name "*)
        chosen=1
        [ "$absent" != true ] || line="# $bare"
        ;;
      '# '"$name "* | '#'"$name "*)
        if [ -z "$offered$chosen" ] && [ "$absent" != true ]; then
          offered=1
          line=${bare#\#}
          line=${line# }
        fi
        ;;
    esac
    text=$text$line$n_
  done <"$list"
}

read_default() {
  place=/etc/locale.conf
  [ -e "$place" ] || [ ! -e /etc/debian_version ] || place=/etc/default/locale
  read_stat "$place"
  case $s_kind in
    none | file) ;;
    *) fail "'$place' is $(kind_of), not a file" ;;
  esac
  now='' lines=
  [ "$s_kind" = none ] || while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      LANG=*)
        now=${line#LANG=}
        now=${now#[\"\']} now=${now%[\"\']}
        ;;
      *) lines=$lines$line$n_ ;;
    esac
  done <"$place"
}

check() {
  case $name in '' | [!A-Za-z]* | *[!A-Za-z0-9_.@-]*) fail "'$name' is not the name of a locale" ;; esac
  write_list='' make='' now=$name
  case $name in
    C | POSIX | C.UTF-8 | C.utf8) [ "$absent" != true ] || fail "'$name' cannot go" ;;
    *)
      if [ -e "$list" ]; then
        read_list
        case $absent:$chosen in
          true:1) write_list=1 && differs "'$list' chooses it" ;;
          false:) write_list=1 && differs "'$list' does not choose it" ;;
        esac
      fi
      if is_made; then
        [ "$absent" != true ] || { make=1 && differs 'the host has it'; }
      else
        [ "$absent" = true ] || { make=1 && differs 'the host does not have it'; }
      fi
      ;;
  esac
  [ "$default" != true ] || read_default
  [ "$now" = "$name" ] || differs "LANG in '$place'" "$now" "$name"
}

# write FILE TEXT
write() {
  parent_of "$1"
  keep "$1"
  mkdir -p -- "$parent" || fail "cannot make '$parent'"
  make_temp "$parent"
  say "$2" >"$r_temp" || fail "cannot write '$1'"
  finish_file "$1" '' '' ''
}

apply() {
  if [ -n "$write_list$make" ]; then
    [ -e "$list" ] || fail "the host cannot make or remove locales: it has no '$list' (is the package 'locales' missing?)"
    require_tool locale-gen
    if [ -n "$write_list" ]; then
      charset_of
      [ "$absent" = true ] || [ -n "$offered" ] || text="$text$name $charset$n_"
      write "$list" "$text"
    fi
    quietly locale-gen || fail "locale-gen exited $r_status"
  fi
  [ "$now" = "$name" ] || write "$place" "LANG=$name$n_$lines"
}
