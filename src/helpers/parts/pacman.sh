# Packages of pacman: what pacman.* and package.* share. Needs the parts patience and lists.

# A package spec is the name of a package or a group, or what a package provides, with =VERSION where wanted.
pacman_take_specs() {
  require_tool pacman
  for spec; do
    case ${spec%%=*} in
      '' | [!A-Za-z0-9_@+]* | *[!A-Za-z0-9._+@-]*) fail "'${spec%%=*}' is not the name of a package" ;;
    esac
    case $spec in
      *=*[!A-Za-z0-9._+:~-]* | *=) fail "'${spec#*=}' is not a version" ;;
    esac
  done
}

# pacman_missing SPEC...: those that no installed package satisfies, one a line.
pacman_missing() {
  pacman -T -- "$@" 2>/dev/null
  case $? in
    0 | 127) ;;
    *) return 1 ;;
  esac
}

pacman_check_installed() {
  pacman_take_specs "$@"
  missing=
  set -f
  IFS=$n_
  # shellcheck disable=SC2046 # one word a line
  set -- $(pacman_missing "$@" || say :)
  unset IFS
  set +f
  [ $# != 0 ] || return 0
  # The members of groups, as "GROUP MEMBER".
  groups=$n_$(pacman -Sg -- "$@" 2>/dev/null)$n_
  for spec; do
    [ "$spec" != : ] || fail 'pacman cannot tell what is installed'
    case $groups in
      *"$n_$spec "*) pacman_check_group ;;
      *) pacman_miss ;;
    esac
  done
}

# Spec is a group: all of its members are to be there.
pacman_check_group() {
  members=
  rest=$groups
  while :; do
    case $rest in *"$n_$spec "*) ;; *) break ;; esac
    rest=${rest#*"$n_$spec "}
    members=$members$n_${rest%%"$n_"*}
    rest=$n_${rest#*"$n_"}
  done
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $members
  # shellcheck disable=SC2046
  set -- $(pacman_missing "$@")
  unset IFS
  set +f
  for spec; do pacman_miss; done
}

pacman_miss() {
  name=${spec%%=*}
  now=
  [ "$name" = "$spec" ] || now=$(pacman -Q -- "$name" 2>/dev/null)
  case $now in
    "$name "*) differs "version of package '$name'" "${now#* }" "${spec#*=}" ;;
    *) differs "package '$name' is not installed" ;;
  esac
  missing=$missing$n_$spec
}

# pacman_run ARG...: without questions.
pacman_run() {
  patiently pacman --noconfirm --noprogressbar "$@" || fail "$(pacman_explain)"
}

# Why it failed, in a line.
pacman_explain() {
  case $quiet_output in
    *'target not found: '*)
      name=${quiet_output#*target not found: }
      say "the repositories have no package '${name%%"$n_"*}' (is its name right, and is pacman.update done before?)"
      ;;
    *) say "pacman exited $r_status" ;;
  esac
}

# What pacman_check_installed missed.
pacman_install() {
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $missing
  unset IFS
  set +f
  pacman_run -S --needed -- "$@"
}

# One that only provides the name is another package: pacman tells it by its own name.
pacman_check_absent() {
  pacman_take_specs "$@"
  known=$n_$(pacman -Qq -- "$@" 2>/dev/null)$n_
  present=
  for name; do
    case $name in *=*) fail "'$name' is not the name of a package" ;; esac
    case $known in
      *"$n_$name$n_"*)
        differs "package '$name' is installed"
        present=$present$n_$name
        ;;
    esac
  done
}

# What pacman_check_absent found.
pacman_remove() {
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $present
  unset IFS
  set +f
  pacman_run -R --cascade -- "$@"
}

pacman_stamp=/var/cache/espresso/pacman-lists

pacman_check_update() {
  require_tool pacman
  check_lists "$pacman_stamp" /etc/pacman.conf /etc/pacman.d /etc/pacman.d/*
}

pacman_update() {
  before=$(fingerprint_lists /var/lib/pacman/sync)
  pacman_run -S --refresh
  stamp_lists "$pacman_stamp"
  [ "$before" != "$(fingerprint_lists /var/lib/pacman/sync)" ] || unchanged
}
