# A host with locale-gen, which makes a copy of C.UTF-8 of every locale chosen.
printf '%s\n' '# This file lists locales.' '#' '# de_DE ISO-8859-1' '# de_DE.UTF-8 UTF-8' '# de_DE@euro ISO-8859-15' 'fr_FR.UTF-8 UTF-8' >/etc/locale.gen
cat >/usr/local/sbin/locale-gen <<'END'
#!/bin/sh
for old in /usr/lib/locale/*; do [ "$old" = /usr/lib/locale/C.utf8 ] || rm -r "$old"; done
echo 'Generating locales (this might take a while)...'
while read -r name charset; do
  case $name in
    '' | '#'*) ;;
    *.UTF-8) cp -r /usr/lib/locale/C.utf8 "/usr/lib/locale/${name%.UTF-8}.utf8" ;;
    *_*) cp -r /usr/lib/locale/C.utf8 "/usr/lib/locale/$name" ;;
    *) echo "cannot open locale definition file \`$name'" >&2 && exit 1 ;;
  esac
done </etc/locale.gen
END
chmod 755 /usr/local/sbin/locale-gen
/usr/local/sbin/locale-gen
