# shellcheck shell=bash
# Sourced by fleet: the Debian tree that all hosts of a root fleet share, built once.

suite=bookworm
base_format=1 # another number makes everybody's tree anew
base_packages=openssh-server,sudo,busybox-static,ca-certificates
base_debs="hello tree sl opendoas" # lie in the hosts' apt cache: installing them needs no network

# This machine's sources of Debian's own archive in the one-line form; Debian's usual ones when it has none.
sources() {
  local found
  found=$(
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null |
      awk -v suite="$suite" '
        $1 == "deb" {
          rest = $0
          gsub(/\[[^]]*\]/, "", rest)
          split(rest, word)
          if (index(word[3], suite) == 1 && ($0 !~ /signed-by=/ || /debian-archive/)) print
        }'
    awk -v suite="$suite" '
      function stanza(    u, s, i, j, by) {
        if (types ~ /(^| )deb( |$)/ && enabled != "no" && (signed == "" || signed ~ /debian-archive/)) {
          by = signed ~ /^\// ? "[signed-by=" signed "] " : ""
          split(uris, u)
          split(suites, s)
          for (i = 1; i in u; i++)
            for (j = 1; j in s; j++)
              if (index(s[j], suite) == 1) print "deb " by u[i] " " s[j] " " components
        }
        types = uris = suites = components = signed = enabled = ""
      }
      FNR == 1 || /^[ \t]*$/ { stanza() }
      /^#/ { next }
      { value = $0; sub(/^[^:]*:[ \t]*/, "", value) }
      /^Types:/ { types = value }
      /^URIs:/ { uris = value }
      /^Suites:/ { suites = value }
      /^Components:/ { components = value }
      /^Signed-By:/ { signed = value }
      /^Enabled:/ { enabled = value }
      END { stanza() }' /etc/apt/sources.list.d/*.sources /dev/null 2> /dev/null
  ) || true
  if [ -n "$found" ]; then
    printf '%s\n' "$found"
  else
    printf 'deb http://deb.debian.org/debian %s main\n' "$suite" "$suite-updates"
    printf 'deb http://deb.debian.org/debian-security %s main\n' "$suite-security"
  fi
}

# How apt fetches here: proxies, checks of dates, languages.
apt_settings() {
  apt-config dump 2> /dev/null | grep -iE '^Acquire::' | grep -vE 'IndexTargets|CompressionTypes|Changelogs|cdrom' || true
  local url
  for url in "${http_proxy:-}" "${https_proxy:-}"; do
    [ -z "$url" ] || echo "Acquire::${url%%:*}::Proxy \"$url\";"
  done
}

in_tree() { # in_tree TREE COMMAND...
  local tree=$1
  shift
  unshare --mount --pid --fork --kill-child \
    sh -euc 'cd "$1"; shift; mount -t proc proc proc; exec chroot . "$@"' in_tree "$tree" \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}

base() { # prints the path of the tree
  local packages key lines plain=
  [ "$mode" = root ] || die "the tree of a root fleet needs root and namespaces"
  packages=$base_packages${ESPRESSO_FLEET_PACKAGES:+,$ESPRESSO_FLEET_PACKAGES}
  lines=$(sources)
  key=$(printf '%s\n' "$base_format" "$suite" "$packages" "$base_debs" "$lines" "$(apt_settings)" | sha256sum | cut -c1-12)
  local tree=$fleet_dir/base-$key
  if [ ! -e "$tree/.complete" ]; then
    mkdir -p "$fleet_dir"
    if [ -n "${ESPRESSO_FLEET_PACKAGES:-}" ]; then plain=$(ESPRESSO_FLEET_PACKAGES='' base); fi
    (
      # Inherited by debootstrap on purpose: a tree that an orphan still builds is waited for, not taken.
      flock 8
      if [ -e "$tree/.complete" ]; then
        :
      elif [ -n "$plain" ]; then
        extend_tree "$tree" "$plain"
      else
        build_tree "$tree" "$packages" "$lines"
      fi
    ) 8> "$fleet_dir/base.lock" >&2
  fi
  echo "$tree"
}

build_tree() {
  local tree=$1 packages=$2 lines=$3 log=$1.log mirror began=$SECONDS
  say "building the Debian tree of the hosts (once, about a minute)"
  command -v debootstrap > /dev/null || die "needs debootstrap: apt-get install debootstrap"
  rm -rf --one-file-system "$tree"
  mirror=$(awk '!/security/ { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }' <<< "$lines")
  unshare --mount --pid --fork --kill-child debootstrap --variant=minbase --include="$packages" \
    "$suite" "$tree" "$mirror" > "$log" 2>&1 || { tail -n 5 "$log" >&2; die "debootstrap failed, see $log"; }
  printf '%s\n' "$lines" > "$tree/etc/apt/sources.list"
  apt_settings > "$tree/etc/apt/apt.conf.d/50fleet"
  cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
  [ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
    cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
  printf '#!/bin/sh\nexit 101\n' > "$tree/usr/sbin/policy-rc.d" # installing a package starts nothing
  chmod 755 "$tree/usr/sbin/policy-rc.d"
  in_tree "$tree" apt-get clean
  # shellcheck disable=SC2086
  if ! { in_tree "$tree" apt-get -q update &&
    in_tree "$tree" apt-get -q -y --no-install-recommends --download-only install $base_debs &&
    in_tree "$tree" apt-cache policy hello; } >> "$log" 2>&1; then
    say "apt-get does not work in the hosts, see $log"
  fi
  tree_users "$tree"
  rm -f "$tree"/etc/ssh/ssh_host_*
  cat > "$tree/etc/ssh/sshd_config" <<- 'CONF'
	# No limit here that a burst of handshakes could run into.
	HostKey /etc/ssh/ssh_host_ed25519_key
	AuthorizedKeysFile /etc/ssh/fleet_keys .ssh/authorized_keys
	UsePAM yes
	UseDNS no
	PasswordAuthentication yes
	KbdInteractiveAuthentication no
	PermitRootLogin prohibit-password
	MaxStartups 5000:1:10000
	MaxSessions 500
	MaxAuthTries 20
	LoginGraceTime 300
	PrintMotd no
	PrintLastLog no
	Subsystem sftp /usr/lib/openssh/sftp-server
	CONF
  mkdir -p "$tree/run/sshd" "$tree/dev/shm" "$tree/dev/pts"
  : > "$tree/etc/fstab"
  touch "$tree/.complete"
  say "the tree is ready after $((SECONDS - began)) s: $(du -sm "$tree" | cut -f1) MB in $tree"
}

extend_tree() { # the tree PLAIN with more packages: a copy is quicker than another debootstrap
  local tree=$1 plain=$2 log=$1.log began=$SECONDS
  say "adding to the Debian tree of the hosts: $ESPRESSO_FLEET_PACKAGES"
  rm -rf --one-file-system "$tree"
  cp -a --reflink=auto "$plain" "$tree"
  rm "$tree/.complete"
  # shellcheck disable=SC2086
  { in_tree "$tree" apt-get -q update &&
    in_tree "$tree" apt-get -q -y --no-install-recommends install ${ESPRESSO_FLEET_PACKAGES//,/ }; } > "$log" 2>&1 ||
    { tail -n 5 "$log" >&2; die "apt-get failed, see $log"; }
  touch "$tree/.complete"
  say "the tree is ready after $((SECONDS - began)) s: $tree"
}

tree_users() {
  local tree=$1
  in_tree "$tree" sh -euc '
    useradd -m -s /bin/bash -p "*" deploy
    useradd -m -s /bin/bash deploypw
    useradd -m -s /usr/sbin/nologin -p "*" barred
    echo deploypw:pw-deploypw | chpasswd
    echo "deploy ALL=(ALL:ALL) NOPASSWD: ALL" > /etc/sudoers.d/deploy
    echo "deploypw ALL=(ALL:ALL) ALL" > /etc/sudoers.d/deploypw
    chmod 440 /etc/sudoers.d/deploy /etc/sudoers.d/deploypw'
}
