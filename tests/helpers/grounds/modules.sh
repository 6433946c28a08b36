# A host whose modules are folders in /sys/module; modprobe makes and removes them. Only the module 'none' does not obey.
mkdir -p /sys/module
: >/run/done
cat >/usr/local/sbin/modprobe <<'END'
#!/bin/sh
echo "$*" >>/run/done
for name; do :; done
name=$(echo "$name" | tr - _)
if [ "$name" = none ]; then
  echo "modprobe: FATAL: Module none not found in directory /lib/modules/$(uname -r)" >&2
  exit 1
fi
if [ "$1" = -r ]; then
  rm -r "/sys/module/$name"
else
  mkdir "/sys/module/$name" && echo live >"/sys/module/$name/initstate"
fi
END
chmod 755 /usr/local/sbin/modprobe
