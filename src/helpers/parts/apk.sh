# Packages of Alpine: what apk.* and package.* share. Needs the parts patience and lists.

# A package spec is the name of a package or what one provides, with =VERSION or =~VERSION (that begins so) where wanted.
apk_take_specs() {
  require_tool apk
  for spec; do
    case ${spec%%=*} in
      '' | [!A-Za-z0-9_.]* | *[!A-Za-z0-9._+:-]*) fail "'${spec%%=*}' is not the name of a package" ;;
    esac
    case $spec in
      *=*[!A-Za-z0-9._~-]* | *= | *=?*~*) fail "'${spec#*=}' is not a version" ;;
    esac
  done
}

apk_check_installed() {
  apk_take_specs "$@"
  missing=
  [ $# != 0 ] || return 0
  # apk itself tells whether a version fits; not which one does not.
  ! apk info -e "$@" >/dev/null 2>&1 || return 0
  for spec; do
    ! apk info -e "$spec" >/dev/null 2>&1 || continue
    name=${spec%%=*}
    now=
    [ "$name" = "$spec" ] || now=$(apk info -e -v "$name" 2>/dev/null)
    case $now in
      "$name-"*) differs "version of package '$name'" "${now#"$name-"}" "${spec#*=}" ;;
      *) differs "package '$name' is not installed" ;;
    esac
    missing=$missing$n_$spec
  done
}

apk_run() { patiently apk --no-progress "$@" || fail "$(apk_explain)"; }

# Why it failed, in a line.
apk_explain() {
  case $quiet_output in
    *'(no such package)'*)
      name=${quiet_output%%' (no such package)'*}
      name=${name##*[[:space:]]}
      ;;
    *'breaks: world['*)
      name=${quiet_output#*'breaks: world['}
      name=${name%%']'*}
      ;;
    *) say "apk exited $r_status" && return ;;
  esac
  say "the repositories have no package '$name' (is its name right, and is apk.update done before?)"
}

# What apk_check_installed missed.
apk_install() {
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $missing
  unset IFS
  set +f
  apk_run add "$@"
}

# One that only provides the name is another package: apk tells it by its own name.
apk_check_absent() {
  apk_take_specs "$@"
  known=$n_$(apk info -e "$@" 2>/dev/null)$n_
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

# What apk_check_absent found.
apk_remove() {
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $present
  unset IFS
  set +f
  apk_run del --rdepends "$@"
}

apk_stamp=/var/cache/espresso/apk-lists

apk_check_update() {
  require_tool apk
  check_lists "$apk_stamp" /etc/apk/repositories /etc/apk/repositories.d /etc/apk/repositories.d/*
}

apk_fingerprint() {
  fingerprint_lists /var/cache/apk
  fingerprint_lists /etc/apk/cache/
}

apk_update() {
  before=$(apk_fingerprint)
  apk_run update
  stamp_lists "$apk_stamp"
  [ "$before" != "$(apk_fingerprint)" ] || unchanged
}
