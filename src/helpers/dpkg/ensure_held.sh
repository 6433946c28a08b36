#: summary: Debian packages are held at their version, or not.
#: doc: apt neither upgrades nor removes what is held, unless told so.
#: parameters:
#:   packages: {type: list, required: true, doc: Names of installed packages.}
#:   held: {type: boolean, default: true, doc: 'Whether they are held; `false` lets them go.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: tools: [dpkg-query, apt-mark]
#: uses: [apt, patience]
#: waits: [lock_timeout]
#: examples:
#:   - doc: A version that was tested.
#:     yaml: |
#:       dpkg.ensure_held: [postgresql-15]
check() {
  for name; do
    case $name in
      *=*) fail "'$name' is not the name of a package" ;;
    esac
  done
  apt_take_specs "$@"
  # shellcheck disable=SC2016 # ${} is dpkg-query's
  apt_look '${db:Status-Status} ${db:Status-Want}' "$@"
  found=
  for name; do
    case $known:$held in
      *"$n_$name installed hold$n_"*:true) ;;
      *"$n_$name installed hold$n_"*)
        differs "package '$name' is held"
        found=$found$n_$name
        ;;
      *"$n_$name installed "*:true)
        differs "package '$name' is not held"
        found=$found$n_$name
        ;;
      *"$n_$name installed "*) ;;
      *:true) fail "package '$name' is not installed" ;;
    esac
  done
}

apply() {
  require_tool apt-mark
  action=unhold
  [ "$held" != true ] || action=hold
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $found
  unset IFS
  set +f
  patiently apt-mark "$action" "$@" || fail "apt-mark exited $r_status"
}
