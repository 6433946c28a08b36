#: summary: A user or group may use so much of the host's resources, or is not limited here.
#: doc: |
#:   One line in a file of /etc/security/limits.d, which pam_limits reads at the next login. Services of systemd do not read it:
#:   their limits are in their unit files. Files whose names come later win.
#: parameters:
#:   domain: {type: string, required: true, doc: 'Who is limited: a user, `@group`, a range of numbers such as `1000:` or `*` for all.'}
#:   type: {type: string, one_of: [soft, hard, '-'], default: '-', doc: 'What the user may raise, what nobody may, or both (`-`).'}
#:   item: {type: string, required: true, doc: 'What is limited, such as `nofile` or `nproc`.'}
#:   value: {type: string, doc: 'A number, or `unlimited`.'}
#:   file: {type: path, default: /etc/security/limits.d/90-espresso.conf, doc: Where it is written to.}
#:   absent: {type: boolean, default: false, doc: The file must not say anything about it.}
#: title: domain
#: one_of: [[value, absent]]
#: uses: [texts]
#: examples:
#:   - doc: Open files of a database.
#:     yaml: |
#:       system.ensure_limits: {domain: postgres, item: nofile, value: 65536}
#:   - doc: No core dumps, unless a user wants them.
#:     yaml: |
#:       system.ensure_limits: {domain: '*', type: soft, item: core, value: 0}

check() {
  case $domain in '' | \#* | *[!A-Za-z0-9_.@%:*\$-]*) fail "'$domain' is not a user, '@group', range or '*'" ;; esac
  case $item in
    as | chroot | core | cpu | data | fsize | locks | maxlogins | maxsyslogins | memlock | msgqueue | nice | nofile | \
      nonewprivs | nproc | priority | rss | rtprio | sigpending | stack) ;;
    *) fail "pam_limits does not limit '$item'" ;;
  esac
  if [ "$absent" != true ]; then
    case $value in
      unlimited | infinity | -1 | [0-9]* | -[0-9]*) ;;
      '') fail "say the value of '$item'" ;;
      *) fail "'value' takes a number or unlimited, not '$value'" ;;
    esac
    case ${value#-} in *[!a-z0-9]*) fail "'value' takes a number or unlimited, not '$value'" ;; esac
  fi
  read_plain "$file"
  text='' has='' old='' write=
  [ "$s_kind" = none ] || while IFS= read -r line || [ -n "$line" ]; do
    words "${line%%#*}"
    case $words in
      "$domain $type $item "*)
        old=${words##* }
        # Of several lines the first makes room for the only one.
        [ -n "$has" ] || [ "$absent" = true ] || text="$text$domain $type $item $value$n_"
        has=1
        ;;
      *) text=$text$line$n_ ;;
    esac
  done <"$file"
  if [ "$absent" = true ]; then
    [ -z "$has" ] || { write=1 && differs "'$file' limits it"; }
  elif [ -z "$has" ]; then
    write=1 text="$text$domain $type $item $value$n_"
    differs "'$file' does not limit it"
  elif [ "$old" != "$value" ]; then
    write=1
    differs value "$old" "$value"
  fi
  [ -z "$write" ] || show_text "$file" "$text"
}

apply() { write_text "$file" "$text"; }
