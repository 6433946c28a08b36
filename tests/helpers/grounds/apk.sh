# Stands in for apk, which Debian has not: it says what apk 2.14 says. Its repositories are files of lines
# "NAME VERSION PROVIDES DEPENDS" ("-" for none), what is installed lies in /lib/apk/db/installed in the same way.
mkdir -p /etc/apk /var/cache/apk /lib/apk/db
: >/lib/apk/db/installed
cat >/usr/local/bin/apk <<'EOF'
#!/bin/sh
PATH=/usr/bin:/bin
db=/lib/apk/db/installed
say() { printf '%s\n' "$*"; }
# find FILE SPEC: sets name version provides depends of the last one that fits; false when none does.
find_in() {
  found=
  while read -r name version provides depends; do
    [ "${2%%=*}" = "$name" ] || [ "${2%%=*}" = "$provides" ] || continue
    case $2 in
      *=~*) case $version in "${2#*=~}"*) ;; *) continue ;; esac ;;
      *=*) [ "${2#*=}" = "$version" ] || continue ;;
    esac
    found="$name $version $provides $depends"
  done <"$1"
  [ -n "$found" ] || return 1
  set -- $found
  name=$1 version=$2 provides=$3 depends=$4
}
forget() { grep -v "^$1 " $db >$db.new; mv $db.new $db; }
add() {
  find_in /var/cache/apk/APKINDEX.1.tar.gz "$1"
  needed=$depends
  [ "$needed" = - ] || find_in $db "$needed" || add "$needed"
  find_in /var/cache/apk/APKINDEX.1.tar.gz "$1"
  forget "$name"
  say "$name $version $provides $depends" >>$db
  say "(1/1) Installing $name ($version)"
}
verbose=
[ "$1" != --no-progress ] || shift
action=$1
shift
if [ "$action" != info ]; then
  exec 5>>/lib/apk/db/lock
  flock -n 5 || {
    say 'ERROR: Unable to lock database: temporary error (try again later)' >&2
    say 'ERROR: Failed to open apk database: temporary error (try again later)' >&2
    exit 99
  }
fi
case $action in
  info)
    missing=0
    for spec; do
      case $spec in
        -e) ;;
        -v) verbose=1 ;;
        *) if find_in $db "$spec"; then say "$name${verbose:+-$version}"; else missing=$((missing + 1)); fi ;;
      esac
    done
    exit $missing
    ;;
  add)
    for spec; do
      find_in /var/cache/apk/APKINDEX.1.tar.gz "$spec" && continue
      say 'ERROR: unable to select packages:' >&2
      if find_in /var/cache/apk/APKINDEX.1.tar.gz "${spec%%=*}"; then
        printf '  %s-%s:\n    breaks: world[%s]\n' "$name" "$version" "$spec" >&2
      else
        printf '  %s (no such package):\n    required by: world[%s]\n' "$spec" "$spec" >&2
      fi
      exit 1
    done
    for spec; do add "$spec"; done
    ;;
  del)
    [ "$1" = --rdepends ] || { say 'packages that need it are not removed' >&2 && exit 1; }
    shift
    for spec; do
      forget "$spec"
      while read -r name version provides depends; do
        [ "$depends" != "$spec" ] || forget "$name"
      done <$db
    done
    ;;
  update)
    while read -r repository; do
      [ -r "$repository" ] || {
        say "WARNING: fetching $repository: No such file or directory" >&2
        say '1 unavailable, 0 stale; 0 distinct packages available'
        exit 1
      }
      cmp -s "$repository" /var/cache/apk/APKINDEX.1.tar.gz || cp "$repository" /var/cache/apk/APKINDEX.1.tar.gz
    done </etc/apk/repositories
    say 'OK: 4 distinct packages available'
    ;;
esac
EOF
chmod +x /usr/local/bin/apk
printf '%s\n' 'demo 1.0-r0 demo-virtual -' 'demo 2.0-r0 demo-virtual -' 'plug 1.0-r0 - demo' 'extra 1.0-r0 - -' >/tmp/repository
echo /tmp/repository >/etc/apk/repositories
cp /tmp/repository /var/cache/apk/APKINDEX.1.tar.gz

# put PACKAGE...: installs them, such as demo=1.0-r0. packages: what is installed.
cat >/usr/local/bin/put <<'EOF'
#!/bin/sh
apk add "$@"
EOF
cat >/usr/local/bin/packages <<'EOF'
#!/bin/sh
cut -d ' ' -f 1,2 /lib/apk/db/installed | sort | tr ' \n' '- '
EOF
chmod +x /usr/local/bin/put /usr/local/bin/packages
