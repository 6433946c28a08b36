# A repository of pacman: demo 2.0-1, which provides demo-virtual; plug, which needs demo; extra. The last two are the group
# things. The file of demo 1.0-1 is beside it. What pacman knows of them is what it was told here.
mkdir -p /tmp/repository/db /var/lib/pacman/sync /var/lib/pacman/local /var/cache/pacman/pkg
pack() {
  mkdir -p "/tmp/repository/db/$1-$2" /tmp/pack
  printf '%s\n' "pkgname = $1" "pkgver = $2" 'pkgdesc = shows' 'url = http://localhost' 'builddate = 1' 'packager = nobody' \
    'size = 1' 'arch = any' "$3 = $5" >/tmp/pack/.PKGINFO
  tar -C /tmp/pack -czf "/tmp/repository/$1-$2-any.pkg.tar.gz" .PKGINFO
  printf '%%%s%%\n%s\n\n' FILENAME "$1-$2-any.pkg.tar.gz" NAME "$1" VERSION "$2" ARCH any \
    CSIZE "$(stat -c %s "/tmp/repository/$1-$2-any.pkg.tar.gz")" ISIZE 1 "$4" "$5" >"/tmp/repository/db/$1-$2/desc"
}
pack demo 1.0-1 provides PROVIDES demo-virtual
rm -r /tmp/repository/db/demo-1.0-1
pack demo 2.0-1 provides PROVIDES demo-virtual
pack plug 1.0-1 depend DEPENDS demo
pack extra 1.0-1 group GROUPS things
printf '%%GROUPS%%\nthings\n\n' >>/tmp/repository/db/plug-1.0-1/desc
tar -C /tmp/repository/db -czf /tmp/repository/demo.db plug-1.0-1 extra-1.0-1 demo-2.0-1
printf '%s\n' '[options]' 'Architecture = auto' 'SigLevel = Never' '[demo]' 'Server = file:///tmp/repository' >/etc/pacman.conf
cp /tmp/repository/demo.db /var/lib/pacman/sync/

# put PACKAGE...: installs them, such as demo-1.0. packages: what is installed.
cat >/usr/local/bin/put <<'EOF'
#!/bin/sh
for package; do pacman -U --noconfirm "/tmp/repository/$package-1-any.pkg.tar.gz"; done
EOF
cat >/usr/local/bin/packages <<'EOF'
#!/bin/sh
pacman -Q | tr ' \n' '- '
EOF
chmod +x /usr/local/bin/put /usr/local/bin/packages
