#!/bin/bash
# web-script.sh FILES - prints the script that makes a host what bench/web describes, written by hand as well as one can:
#   { echo host_ident=NAME; web-script.sh FILES; } | ssh HOST sh -s
# The ten files of the folder FILES ride along as base64; nothing is rewritten that is right already.
# shellcheck disable=SC2016
set -eu
files=$1
cat <<'REMOTE'
changed=0; did() { changed=$((changed + 1)); }
dir() { [ -d "$2" ] && [ "$(stat -c %a:%U:%G "$2")" = "$1" ] || { mkdir -p "$2"; chmod "${1%%:*}" "$2"; chown "${1#*:}" "$2"; did; }; }
link() { [ "$(readlink "$2")" = "$1" ] || { ln -sfn "$1" "$2"; did; }; }
put() { # put PATH TEXT
  printf '%s\n' "$2" | cmp -s - "$1" || { printf '%s\n' "$2" > "$1.new" && mv "$1.new" "$1"; did; }
  [ "$(stat -c %a "$1")" = 644 ] || { chmod 644 "$1"; did; }; }
line() { # line FILE PATTERN LINE
  grep -qxF -e "$3" "$1" || { if grep -q -e "$2" "$1"; then sed -i "s|$2.*|$3|" "$1"; else printf '%s\n' "$3" >> "$1"; fi; did; }; }
getent group webapp > /dev/null || { groupadd --system webapp; did; }
getent passwd webapp > /dev/null || { useradd --system -g webapp -d /srv/web -M -s /usr/sbin/nologin webapp; did; }
dir 755:root:root /srv/web
dir 755:root:root /srv/web/conf.d
dir 750:webapp:webapp /srv/web/data
put /srv/web/conf.d/site.conf "server_name $host_ident;
listen 8080;
root /srv/web/data;"
put /srv/web/conf.d/vars.env "HOST_IDENT=$host_ident
ROLE=web"
link /srv/web/data /srv/web/current
link /srv/web/conf.d/site.conf /etc/web.conf
link /srv/web/data/file10 /srv/web/latest
line /etc/sysctl.conf '^vm\.swappiness' 'vm.swappiness = 10'
line /etc/fstab '^tmpfs /srv/web/tmp ' 'tmpfs /srv/web/tmp tmpfs defaults,noexec,nosuid 0 0'
have() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$@" 2> /dev/null)" = "$(for p; do printf 'ii '; done)" ]; }
have bash coreutils dpkg sudo openssh-server adduser tar gzip sed grep ||
  { apt-get -qq -y install bash coreutils dpkg sudo openssh-server adduser tar gzip sed grep > /dev/null; did; }
have hello || { DEBIAN_FRONTEND=noninteractive apt-get -qq -y install hello > /dev/null; did; }
[ -e /srv/web/.initialized ] || { head -c 16 /dev/zero | sha256sum > /srv/web/.initialized; did; }
REMOTE
echo "bad=\$(cd /srv/web/data; sha256sum -c --quiet <<'SUMS' 2>/dev/null | grep -c ."
(cd "$files" && sha256sum file*)
echo 'SUMS'
echo ')'
echo '[ "$bad" = 0 ] || { base64 -d <<'"'TAR'"' | tar xz -C /srv/web/data --no-same-owner; changed=$((changed + bad)); }'
(cd "$files" && tar cz -- file*) | base64   # no './': that would reset the directory's owner
echo 'TAR'
echo 'echo "changed=$changed"'
