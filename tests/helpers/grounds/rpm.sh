# A repository of dnf and zypper. It has demo 1.0-1 and 2.0-1, which provides demo-virtual; plug, which needs demo and
# recommends extra; and extra.
mkdir -p /etc/rpm /etc/yum.repos.d /etc/zypp/repos.d /etc/dnf /tmp/rpm
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros
for version in 1.0 2.0; do
  printf '%s\n' 'Name: demo' "Version: $version" 'Release: 1' 'Summary: Shows' 'License: none' 'BuildArch: noarch' \
    'Provides: demo-virtual' '%description' '%package -n plug' 'Summary: Needs' 'Requires: demo' 'Recommends: extra' \
    '%description -n plug' '%package -n extra' 'Summary: More' '%description -n extra' '%files' '%files -n plug' \
    '%files -n extra' >/tmp/rpm/demo.spec
  rpmbuild -bb --quiet --define '_topdir /tmp/rpm' --define '_rpmdir /tmp/repository' /tmp/rpm/demo.spec >/dev/null 2>&1
done
createrepo_c -q /tmp/repository
echo '[main]' >/etc/dnf/dnf.conf
printf '%s\n' '[demo]' name=demo baseurl=file:///tmp/repository enabled=1 gpgcheck=0 autorefresh=1 >/etc/yum.repos.d/demo.repo
cp /etc/yum.repos.d/demo.repo /etc/zypp/repos.d/

# zypper starts rpm by its name; busybox has another one.
ln -s /usr/bin/rpm /usr/local/bin/rpm

# put PACKAGE...: installs them, such as demo-1.0. packages: what is installed.
cat >/usr/local/bin/put <<'EOF'
#!/bin/sh
for package; do rpm -i --force-debian /tmp/repository/noarch/"$package"-1.noarch.rpm; done
EOF
cat >/usr/local/bin/packages <<'EOF'
#!/bin/sh
rpm -qa --qf '%{NAME}-%{VERSION}\n' | sort | tr '\n' ' '
EOF
chmod +x /usr/local/bin/put /usr/local/bin/packages
