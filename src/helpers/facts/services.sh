#: summary: What starts services and what installs packages.
#: facts:
#:   init: {type: string, doc: "systemd, openrc, sysv or other."}
#:   package_manager: {type: string, doc: "apt, dnf, yum, zypper, apk or pacman; none of them, no fact."}
first_line /proc/1/comm
if [ -d /run/systemd/system ]; then
  fact "=init=systemd"
elif [ -d /run/openrc ] || [ "$line" = openrc-init ]; then
  fact "=init=openrc"
elif [ -d /etc/init.d ] && { [ "$line" = init ] || [ -e /etc/inittab ]; }; then
  fact "=init=sysv"
else
  fact "=init=other"
fi
for name in apt-get dnf yum zypper apk pacman; do
  command -v "$name" >/dev/null || continue
  fact "=package_manager=${name%-get}"
  break
done
