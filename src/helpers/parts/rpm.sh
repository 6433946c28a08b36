# Packages of dnf, yum and zypper: what rpm.* and package.* share. Needs the parts patience and lists.

# Busybox's shell would take its own rpm, were it called by name.
rpm_query() {
  if [ -x /usr/bin/rpm ]; then
    /usr/bin/rpm "$@" 2>/dev/null
  else
    /bin/rpm "$@" 2>/dev/null
  fi
}

# Sets tool. SUSE has dnf for those who want it, but zypper is what its repositories are set up for.
rpm_choose() {
  [ -x /usr/bin/rpm ] || [ -x /bin/rpm ] || fail "the host has no command 'rpm'"
  [ ! -d /etc/products.d ] || ! command -v zypper >/dev/null 2>&1 || { tool=zypper && return; }
  for tool in dnf yum zypper; do
    ! command -v "$tool" >/dev/null 2>&1 || return 0
  done
  fail 'the host has none of the commands dnf, yum and zypper'
}

# A package spec is NAME or NAME.ARCHITECTURE, with =VERSION where wanted; or what a package provides, such as perl(DBI).
rpm_take_specs() {
  for spec; do
    case ${spec%%=*} in
      '' | [!A-Za-z0-9_]* | *[!A-Za-z0-9._+:\(\)-]*) fail "'${spec%%=*}' is not the name of a package" ;;
    esac
    case $spec in
      *=*[!A-Za-z0-9._+:~^-]* | *=) fail "'${spec#*=}' is not a version" ;;
    esac
  done
}

# rpm_look SPEC...: sets known to lines "=NAME VERSION", for each spelling of name and version; the first one has all of it.
rpm_look() {
  for spec; do
    set -- "$@" "${spec%%=*}"
    shift
  done
  format=
  for word in '%{NAME}' '%{NAME}.%{ARCH}'; do
    for spec in '%{EVR}' '%{VERSION}-%{RELEASE}' '%{VERSION}' '%|EPOCH?{%{EPOCH}:}|%{VERSION}'; do
      format="$format=$word $spec\\n"
    done
  done
  for word in '%{VERSION}' '%{VERSION}-%{RELEASE}' '%{VERSION}-%{RELEASE}.%{ARCH}'; do
    format="$format=%{NAME}-$word %{EVR}\\n"
  done
  known=$n_$(rpm_query -q --qf "$format" "$@")$n_
}

rpm_check_installed() {
  rpm_choose
  rpm_take_specs "$@"
  rpm_look "$@"
  missing='' other=''
  for spec; do
    name=${spec%%=*}
    version=
    [ "$name" = "$spec" ] || version=${spec#*=}
    case $known in
      *"$n_=$name $version$n_"*) ;;
      *"$n_=$name "*)
        [ -n "$version" ] || continue
        now=${known#*"$n_=$name "}
        differs "version of package '$name'" "${now%%"$n_"*}" "$version"
        missing=$missing$n_$spec
        ;;
      *)
        other=$other$n_$spec
        ;;
    esac
  done
  [ -n "$other" ] || return 0
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $other
  unset IFS
  set +f
  # What no package is called may be what one provides.
  provided=$n_$(rpm_query -q --whatprovides --qf '' "$@") || provided=$provided$n_
  for spec; do
    case $spec:$provided in
      *=*:* | *"${n_}no package provides $spec$n_"*)
        differs "package '${spec%%=*}' is not installed"
        missing=$missing$n_$spec
        ;;
    esac
  done
}

# rpm_run ACTION ARG...: without questions.
rpm_run() {
  if [ "$tool" = zypper ]; then
    patiently zypper --non-interactive "$@" && return
    # Done, and something should be started anew, a repository did not answer, or a package's script failed.
    case $1:$r_status in install:10[2367] | remove:10[2367]) return 0 ;; esac
  else
    patiently "$tool" -q -y --setopt=exit_on_lock=1 "$@" && return
  fi
  fail "$(rpm_explain)"
}

# Why it failed, in a line.
rpm_explain() {
  case $quiet_output in
    *'Unable to find a match: '*) name=${quiet_output#*'Unable to find a match: '} ;;
    *'No match for argument: '*) name=${quiet_output#*'No match for argument: '} ;;
    *'No provider of '\'*)
      name=${quiet_output#*'No provider of '\'}
      name=${name%%\'*}
      ;;
    *'No package '*' available.'*)
      name=${quiet_output#*'No package '}
      name=${name%%' available.'*}
      ;;
    *) say "$tool exited $r_status" && return ;;
  esac
  say "the repositories have no package '${name%%"$n_"*}' (is its name right, and is rpm.update done before?)"
}

# What rpm_check_installed missed.
rpm_install() {
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $missing
  unset IFS
  set +f
  if [ "$tool" = zypper ]; then
    [ "${recommends:-true}" = true ] || set -- --no-recommends "$@"
    rpm_run install --oldpackage "$@"
    return
  fi
  # dnf and yum want NAME-VERSION.ARCHITECTURE.
  for spec; do
    name=${spec%%=*}
    case $spec in
      *.noarch=* | *.x86_64=* | *.i[3-6]86=* | *.aarch64=* | *.armv7hl=* | *.ppc64le=* | *.s390x=* | *.riscv64=*)
        spec=${name%.*}-${spec#*=}.${name##*.}
        ;;
      *=*) spec=$name-${spec#*=} ;;
    esac
    set -- "$@" "$spec"
    shift
  done
  [ "${recommends:-true}" = true ] || set -- --setopt=install_weak_deps=0 "$@"
  rpm_run install "$@"
}

rpm_check_absent() {
  rpm_choose
  for name; do
    case $name in
      '' | [!A-Za-z0-9_]* | *[!A-Za-z0-9._+-]*) fail "'$name' is not the name of a package" ;;
    esac
  done
  rpm_look "$@"
  present=
  for name; do
    case $known in
      *"$n_=$name "*)
        differs "package '$name' is installed"
        present=$present$n_$name
        ;;
    esac
  done
}

# What rpm_check_absent found.
rpm_remove() {
  set -f
  IFS=$n_
  # shellcheck disable=SC2086 # one word a line
  set -- $present
  unset IFS
  set +f
  case $tool in
    zypper) rpm_run remove --no-clean-deps "$@" ;;
    *) rpm_run --setopt=clean_requirements_on_remove=0 remove "$@" ;;
  esac
}

rpm_stamp=/var/cache/espresso/rpm-lists

rpm_check_update() {
  rpm_choose
  check_lists "$rpm_stamp" /etc/yum.repos.d /etc/yum.repos.d/* /etc/zypp/repos.d /etc/zypp/repos.d/* /etc/dnf/dnf.conf /etc/yum.conf
}

rpm_fingerprint() {
  find /var/cache/dnf /var/cache/libdnf5 /var/cache/yum /var/cache/zypp/raw -name repomd.xml -exec cksum {} + 2>/dev/null | sort
}

rpm_update() {
  before=$(rpm_fingerprint)
  case $tool in
    zypper) rpm_run refresh ;;
    dnf) rpm_run --refresh makecache ;;
    *) rpm_run clean expire-cache && rpm_run makecache ;;
  esac
  stamp_lists "$rpm_stamp"
  [ "$before" != "$(rpm_fingerprint)" ] || unchanged
}
