#: summary: Debian packages are installed.
#: doc: |
#:   Missing ones are installed in one go, without questions; configuration files that were changed at the host stay as they are.
#:   What is installed is not upgraded unless a version is named. A package can also come from storage: the name of the file says
#:   which package and version it holds, as NAME_VERSION_ARCHITECTURE.deb does; of a file with another name `packages` says so, as
#:   NAME=VERSION. What it depends on comes from the repositories. A name that packages only provide, such as `awk`, counts as
#:   installed when one of them is.
#: parameters:
#:   packages: {type: list, doc: 'Names: `nginx`, `libc6:i386`, `nginx=1.22.1-9`.'}
#:   file: {type: source, doc: 'Name of a package file in storage. It is sent only when the host has not that version of the package.'}
#:   recommends: {type: boolean, default: true, doc: Install what the packages recommend as well.}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: title: packages
#: tools: [dpkg-query, apt-get]
#: uses: [apt, patience]
#: waits: [lock_timeout]
#: examples:
#:   - doc: Two packages.
#:     yaml: |
#:       dpkg.ensure_installed: [portsentry, python3]
#:   - doc: A package of one's own, from storage.
#:     yaml: |
#:       dpkg.ensure_installed: {file: packages/webapp_1.4-2_amd64.deb}

# Sets spec to what the file must hold.
spec_of_file() {
  spec=${1-}
  [ $# -le 1 ] || fail 'with a file, packages names just the one in it'
  if [ $# = 0 ]; then
    base=${file##*/}
    case $base in
      *_*_*.deb) ;;
      *) fail "the name of '$file' is not NAME_VERSION_ARCHITECTURE.deb: say which package it holds (packages: NAME=VERSION)" ;;
    esac
    rest=${base#*_}
    version=${rest%_*}
    case $version in *%3a*) version=${version%%\%3a*}:${version#*%3a} ;; esac
    spec=${base%%_*}=$version
  fi
  case $spec in
    *=*) ;;
    *) fail "'$spec' has no version, so whether it is installed cannot be told (packages: NAME=VERSION)" ;;
  esac
}

check() {
  if given file; then
    spec_of_file "$@"
    apt_take_specs "$spec"
    # shellcheck disable=SC2016 # ${} is dpkg-query's
    apt_look '${db:Status-Status} ${Version}' "$spec"
    name=${spec%%=*} version=${spec#*=}
    # Names of files leave the epoch out.
    case $known in
      *"$n_$name installed $version$n_"* | *"$n_$name installed "[0-9]:"$version$n_"*) return ;;
      *"$n_$name installed "*)
        now=${known#*"$n_$name installed "}
        differs "version of package '$name'" "${now%%"$n_"*}" "$version"
        ;;
      *) differs "package '$name' is not installed" ;;
    esac
    content_is_wanted
  else
    [ $# != 0 ] || fail 'give packages or a file'
    apt_check_installed "$@"
  fi
}

apply() {
  given file || { apt_install && return; }
  require_tool dpkg-deb
  make_temp_folder "${TMPDIR:-/tmp}"
  place=$r_temp
  receive_content "$place/package.deb" "$file"
  control=$n_$(dpkg-deb -f "$place/package.deb" 2>/dev/null)$n_
  case $control in
    *"${n_}Package: "*"${n_}Version: "*) ;;
    *) fail "'$file' is not a Debian package" ;;
  esac
  held=${control#*"${n_}Package: "} now=${control#*"${n_}Version: "}
  held=${held%%"$n_"*}=${now%%"$n_"*}
  case $held in
    "${name%%:*}=$version" | "${name%%:*}="[0-9]":$version") ;;
    *) fail "'$file' holds $held, not $name=$version" ;;
  esac
  pinned=1
  apt_install "$place/package.deb"
}
