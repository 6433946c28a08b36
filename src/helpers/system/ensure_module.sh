#: summary: A kernel module is loaded, now and after a reboot, or is not.
#: doc: |
#:   What is loaded when the host starts stands in /etc/modules-load.d (or /etc/modules), options and blacklists in
#:   /etc/modprobe.d. Options take effect when the module is loaded next. A module built into the kernel counts as loaded.
#: parameters:
#:   name: {type: string, required: true, doc: The module.}
#:   options: {type: string, doc: 'Its options, such as `max_loop=64`. Left alone when not given.'}
#:   runtime: {type: boolean, default: true, doc: 'Load it now, or unload it.'}
#:   persistent: {type: boolean, default: true, doc: 'Load it when the host starts, or no longer.'}
#:   absent: {type: boolean, default: false, doc: It must not be loaded.}
#:   blacklist: {type: boolean, default: false, doc: 'With absent: devices do not make the kernel load it, either.'}
#: main: name
#: one_of: [[options, absent]]
#: tools: [modprobe]
#: examples:
#:   - doc: What a bridge's packet filter needs.
#:     yaml: |
#:       system.ensure_module: br_netfilter
#:   - doc: A module that nobody needs.
#:     yaml: |
#:       system.ensure_module: {name: floppy, absent: true, blacklist: true}

# Sets loaded to yes, no or built-in.
look_runtime() {
  loaded=no
  if [ -d "/sys/module/$module" ]; then
    loaded=built-in
    [ ! -e "/sys/module/$module/initstate" ] || loaded=yes
  elif [ -d /sys/module ]; then
    IFS= read -r release </proc/sys/kernel/osrelease 2>/dev/null || release=$(uname -r)
    # Not all that are built in show there.
    while IFS= read -r line; do
      line=${line##*/}
      line=${line%.ko*}
      case $line in *-*) line=$(say "$line" | tr - _) ;; esac
      [ "$line" != "$module" ] || { loaded=built-in && break; }
    done 2>/dev/null <"/lib/modules/$release/modules.builtin"
  else
    while read -r line rest; do
      [ "$line" != "$module" ] || { loaded=yes && break; }
    done </proc/modules
  fi
}

# Sets files to those, one a line, that have the module loaded when the host starts.
look_files() {
  files=
  for file in /etc/modules /etc/modules-load.d/*.conf; do
    [ -f "$file" ] || continue
    while read -r line rest || [ -n "$line" ]; do
      is_module "$line" || continue
      files=$files$file$n_
      break
    done <"$file"
  done
}

# is_module WORD: names the module; '-' and '_' are alike.
is_module() {
  case $1 in
    "$name" | "$module") return 0 ;;
    *-*) [ "$(say "$1" | tr - _)" = "$module" ] ;;
    *) return 1 ;;
  esac
}

# check_line FILE LINE: the file holds just that.
check_line() {
  read_stat "$1"
  case $s_kind in
    file) ;;
    none) differs "no file '$1'" && return 1 ;;
    *) fail "'$1' is $(kind_of), not a file" ;;
  esac
  same_text "$1" "$2$n_" && return
  IFS= read -r line <"$1"
  differs "line in '$1'" "$line" "$2"
  return 1
}

check() {
  case $name in '' | -* | *[!A-Za-z0-9_-]*) fail "'$name' is not the name of a module" ;; esac
  [ "$absent:$blacklist" != false:true ] || fail 'blacklist is for a module that is absent: say so'
  case $options in *"$n_"*) fail "'options' takes one line" ;; esac
  module=$name files='' write_options='' write_blacklist='' loaded=
  case $name in *-*) module=$(say "$name" | tr - _) ;; esac
  options_file=/etc/modprobe.d/$module.conf blacklist_file=/etc/modprobe.d/$module-blacklist.conf
  if [ "$runtime" = true ]; then
    look_runtime
    case $absent:$loaded in
      true:built-in) fail "'$name' is built into the kernel" ;;
      true:yes) differs loaded true false ;;
      false:no) differs loaded false true ;;
    esac
  fi
  if [ "$persistent" = true ]; then
    look_files
    case $absent:$files in
      true:?*) differs "'${files%%"$n_"*}' has it loaded at start" ;;
      false:) differs 'nothing has it loaded at start' ;;
    esac
  fi
  ! given options || check_line "$options_file" "options $name $options" || write_options=1
  [ "$blacklist" != true ] || check_line "$blacklist_file" "blacklist $name" || write_blacklist=1
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

# Its line goes from each of the files; one of which nothing is left goes, too.
forget() {
  while [ -n "$files" ]; do
    file=${files%%"$n_"*} files=${files#*"$n_"}
    text=
    while IFS= read -r line || [ -n "$line" ]; do
      word=${line#"${line%%[! ]*}"}
      is_module "${word%%[ #]*}" || text=$text$line$n_
    done <"$file"
    if [ -z "$text" ] && [ "$file" != /etc/modules ]; then
      keep "$file"
      rm -f -- "$file" || fail "cannot remove '$file'"
    else
      write "$file" "$text"
    fi
  done
}

apply() {
  [ -z "$write_options" ] || write "$options_file" "options $name $options$n_"
  [ -z "$write_blacklist" ] || write "$blacklist_file" "blacklist $name$n_"
  case $persistent:$absent:$files in
    true:false:) write "/etc/modules-load.d/$module.conf" "$name$n_" ;;
    true:true:?*) forget ;;
  esac
  case $absent:$loaded in
    true:yes)
      require_tool modprobe
      modprobe -r "$name" || fail "modprobe exited $? (is '$name' in use?)"
      ;;
    false:no)
      require_tool modprobe
      modprobe "$name" || fail "modprobe exited $?"
      ;;
  esac
}
