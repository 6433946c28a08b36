#: summary: Debian packages are installed.
#: doc: |
#:   Missing ones are installed in one go, without questions; configuration files that were changed at the host stay as they are.
#:   What is installed is not upgraded unless a version is named.
#: parameters:
#:   packages: {type: list, required: true, doc: 'Names: `nginx`, `libc6:i386`, `nginx=1.22.1-9`.'}
#:   recommends: {type: boolean, default: true, doc: Install what the packages recommend as well.}
#: main: packages
#: positional: packages
#: tools: [dpkg-query, apt-get]
#: examples:
#:   - doc: Two packages.
#:     yaml: |
#:       dpkg.ensure_installed: [portsentry, python3]
check() {
  require_tool dpkg-query
  for spec; do
    # To apt-get '-x' is an option, 'x-' a removal and 'x.*' a pattern.
    case ${spec%%=*} in
      '' | [!a-z0-9]* | *- | *[!a-z0-9.+:-]*) fail "'${spec%%=*}' is not the name of a package" ;;
    esac
    case $spec in
      *=*[!A-Za-z0-9.+:~-]* | *=) fail "'${spec#*=}' is not a version" ;;
    esac
  done
  names=$(for spec; do say "${spec%%=*}$n_"; done)
  # Each package twice, with and without its architecture, so that either spelling finds it.
  known=$n_$(
    for spec; do
      set -- "$@" "${spec%%=*}"
      shift
    done
    dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\n${Package}:${Architecture} ${db:Status-Status} ${Version}\n' \
      -- "$@" 2>/dev/null
  )$n_
  missing='' pinned=
  for spec; do
    name=${spec%%=*}
    version=
    [ "$name" = "$spec" ] || version=${spec#*=} pinned=1
    case $known in
      *"$n_$name installed $version$n_"*) ;;
      *"$n_$name installed "*)
        [ -n "$version" ] || continue
        now=${known#*"$n_$name installed "}
        differs "version of package '$name'" "${now%%"$n_"*}" "$version"
        missing=$missing$n_$spec
        ;;
      *)
        differs "package '$name' is not installed"
        missing=$missing$n_$spec
        ;;
    esac
  done
}

# Why apt-get failed, in a line.
explain() {
  case $quiet_output in
    *'Unable to locate package '*)
      name=${quiet_output#*Unable to locate package }
      say "apt knows no package '${name%%"$n_"*}' (is its name right, and is dpkg.update done before?)"
      ;;
    *"E: Version '"*"' for '"*"' was not found"*)
      name=${quiet_output#*E: Version \'}
      version=${name%%\'*} name=${name#*for \'}
      say "apt knows no version '$version' of package '${name%%\'*}' (is dpkg.update done before?)"
      ;;
    *'has no installation candidate'*)
      name=${quiet_output#*Package \'}
      say "apt has no package '${name%%\'*}' to install (is its name right, and is dpkg.update done before?)"
      ;;
    *'Could not get lock '*) say 'another program holds the lock of dpkg' ;;
    *) say "apt-get exited $r_status" ;;
  esac
}

apply() {
  require_tool apt-get
  DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none
  export DEBIAN_FRONTEND APT_LISTCHANGES_FRONTEND
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $missing
  unset IFS
  [ "$recommends" = true ] || set -- --no-install-recommends "$@"
  [ -z "$pinned" ] || set -- --allow-downgrades --allow-change-held-packages "$@"
  quietly apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 \
    install "$@" || fail "$(explain)"
}
