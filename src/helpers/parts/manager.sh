# Which package manager a host has.

# Sets manager, by whose packages the host is made of: the programs alone may be there to look into others.
choose_manager() {
  if [ -s /var/lib/dpkg/status ] && command -v apt-get >/dev/null 2>&1; then
    manager=apt
  elif { [ -e /lib/apk/db/installed ] || [ -e /usr/lib/apk/db/installed ]; } && command -v apk >/dev/null 2>&1; then
    manager=apk
  elif [ -d /var/lib/pacman/local ] && command -v pacman >/dev/null 2>&1; then
    manager=pacman
  elif [ -x /usr/bin/rpm ] || [ -x /bin/rpm ]; then
    manager=rpm
  else
    fail 'the host has none of apt-get, apk, pacman and rpm'
  fi
}
