#: summary: Debian packages are not installed.
#: doc: Packages that need them go with them. Configuration files stay, unless `purge`.
#: parameters:
#:   packages: {type: list, required: true, doc: Names.}
#:   purge: {type: boolean, default: false, doc: Remove their configuration files too.}
#: main: packages
#: positional: packages
#: tools: [dpkg-query, apt-get]
#: examples:
#:   - doc: A server that nobody asked for.
#:     yaml: |
#:       dpkg.ensure_absent: {packages: [exim4-base], purge: true}
check() {
  require_tool dpkg-query
  for name; do
    # To apt-get '-x' is an option, 'x+' an installation and 'x.*' a pattern.
    case $name in
      '' | [!a-z0-9]* | *[!a-z0-9.+:-]*) fail "'$name' is not the name of a package" ;;
    esac
  done
  known=$n_$(dpkg-query -W -f '${Package} ${db:Status-Status}\n${Package}:${Architecture} ${db:Status-Status}\n' -- "$@" 2>/dev/null)$n_
  present=
  for name; do
    case $known in
      *"$n_$name not-installed$n_"*) continue ;;
      *"$n_$name config-files$n_"*)
        [ "$purge" = true ] || continue
        differs "configuration of package '$name' is there"
        ;;
      *"$n_$name "*) differs "package '$name' is installed" ;;
      *) continue ;;
    esac
    present=$present$n_$name
  done
}

apply() {
  require_tool apt-get
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  action=remove
  [ "$purge" != true ] || action=purge
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $present
  unset IFS
  quietly apt-get -q -y -o DPkg::Lock::Timeout=300 "$action" "$@" || fail "apt-get exited $r_status"
}
