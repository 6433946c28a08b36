# Packages of Debian: what dpkg.* and package.* share. Needs the parts patience and lists.

# A package spec is NAME, NAME:ARCHITECTURE or one of these with =VERSION. To apt-get '-x' is an option, 'x-' a removal, 'x+' an
# installation and 'x.*' a pattern.
apt_take_specs() {
  for spec; do
    case ${spec%%=*} in
      '' | [!a-z0-9]* | *- | *[!a-z0-9.+:-]*) fail "'${spec%%=*}' is not the name of a package" ;;
    esac
    case $spec in
      *=*[!A-Za-z0-9.+:~-]* | *=) fail "'${spec#*=}' is not a version" ;;
    esac
  done
}

# apt_look FORMAT SPEC...: sets known to lines "NAME FORMAT" and "NAME:ARCHITECTURE FORMAT", so that either spelling finds it.
apt_look() {
  require_tool dpkg-query
  format=$1
  shift
  for spec; do
    set -- "$@" "${spec%%=*}"
    shift
  done
  # shellcheck disable=SC2016 # ${} is dpkg-query's
  known=$n_$(dpkg-query -W -f '${Package} '"$format"'\n${Package}:${Architecture} '"$format\n" -- "$@" 2>/dev/null)$n_
}

apt_check_installed() {
  apt_take_specs "$@"
  # shellcheck disable=SC2016 # ${} is dpkg-query's
  apt_look '${db:Status-Status} ${Version}' "$@"
  missing='' pinned='' provided=''
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
        [ -n "$version" ] || ! apt_is_provided || continue
        differs "package '$name' is not installed"
        missing=$missing$n_$spec
        ;;
    esac
  done
}

# An installed package provides the name, and there is no real one of that name for apt to install.
apt_is_provided() {
  # shellcheck disable=SC2016 # ${} is dpkg-query's
  [ -n "$provided" ] || provided=$(dpkg-query -W -f '${db:Status-Status}, ${Provides}\n' 2>/dev/null | sed -n 's/^installed, ./&/p')$n_
  case $provided in
    *", $name$n_"* | *", $name,"* | *", $name ("*) ;;
    *) return 1 ;;
  esac
  [ -z "$(apt-cache show --no-all-versions "$name" 2>/dev/null)" ]
}

# apt_get ACTION ARG...: without questions; configuration files that were changed at the host stay.
apt_get() {
  require_tool apt-get
  DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none
  export DEBIAN_FRONTEND APT_LISTCHANGES_FRONTEND
  patiently apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" || fail "$(apt_explain)"
}

# Why apt-get failed, in a line.
apt_explain() {
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
    *) say "apt-get exited $r_status" ;;
  esac
}

# What apt_check_installed missed, or the file given.
apt_install() {
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- ${1-$missing}
  unset IFS
  set +f
  [ "${recommends:-true}" = true ] || set -- --no-install-recommends "$@"
  [ -z "$pinned" ] || set -- --allow-downgrades --allow-change-held-packages "$@"
  apt_get install "$@"
}

apt_check_absent() {
  for name; do
    case $name in
      '' | [!a-z0-9]* | *[!a-z0-9.+:-]*) fail "'$name' is not the name of a package" ;;
    esac
  done
  # shellcheck disable=SC2016 # ${} is dpkg-query's
  apt_look '${db:Status-Status}' "$@"
  present=
  for name; do
    case $known in
      *"$n_$name not-installed$n_"*) continue ;;
      *"$n_$name config-files$n_"*)
        [ "${purge-}" = true ] || continue
        differs "configuration of package '$name' is there"
        ;;
      *"$n_$name "*) differs "package '$name' is installed" ;;
      *) continue ;;
    esac
    present=$present$n_$name
  done
}

# What apt_check_absent found.
apt_remove() {
  action=remove
  [ "${purge-}" != true ] || action=purge
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $present
  unset IFS
  set +f
  apt_get "$action" "$@"
}

# Also read by apt's own daily run and others who update the lists.
apt_stamp=/var/lib/apt/periodic/update-success-stamp

apt_check_update() {
  require_tool apt-get
  check_lists "$apt_stamp" /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/sources.list.d/*
}

apt_update() {
  before=$(fingerprint_lists /var/lib/apt/lists)
  # Error-Mode: a repository that does not answer is an error, not a warning.
  apt_get -o APT::Update::Error-Mode=any update
  stamp_lists "$apt_stamp"
  [ "$before" != "$(fingerprint_lists /var/lib/apt/lists)" ] || unchanged
}
