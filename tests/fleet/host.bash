# shellcheck shell=bash
# Sourced by fleet: the hosts' processes. Each is recorded as 'PID STARTTIME', before it can do anything,
# so that a script killed at any point leaves nothing that the next one does not know; and a PID that
# meanwhile belongs to somebody else is never taken for ours.

started_at() { # when the process $1 started, in clock ticks; nothing when there is none
  local stat
  { read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 0
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  [ "$1" = Z ] || echo "${20}"
}

pid_of() { # the PID of NAME's process; nothing when it does not run
  local pid at
  { read -r pid at < "$run/$1"; } 2> /dev/null || return 0
  if [ -n "${at:-}" ] && [ "$(started_at "$pid")" = "$at" ]; then echo "$pid"; fi
}

is_running() { [ -n "$(pid_of "$1")" ]; }

init_pid() { # the PID 1 of host $1, as seen from here
  local pid children
  pid=$(pid_of "$1")
  [ -n "$pid" ] || die "host $1 does not run"
  read -r children < "/proc/$pid/task/$pid/children"
  echo "${children%% *}"
}

spawn() { # spawn NAME COMMAND...: in a session of its own, recorded
  local name=$1 self
  shift
  (
    self=$BASHPID # in the substitution it is another
    echo "$self $(started_at "$self")" > "$run/$name"
    exec setsid "$@" < /dev/null >> "$logs/$name" 2>&1 9>&-
  ) &
  # Gone on before the record is there, nobody could find the host.
  until [ -s "$run/$name" ]; do sleep 0.002; done
}

# The inside of a host, up to its sshd: PID 1 of the new namespaces. $1 tree, $2 the host's folder, $3 its name, then the command.
# shellcheck disable=SC2016
host_init='
tree=$1 folder=$2 name=$3
shift 3
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work" "$folder/mnt"
cd "$folder/mnt"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o size=64m tmpfs dev/shm
echo "$name" > /proc/sys/kernel/hostname
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb chroot . "$@"
'

start() { # start NAME ADDRESS, or start thin COUNT
  local name=$1 folder=$state/$1
  [ -e "$keys/$name" ] || ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$keys/$name"
  rm -rf --one-file-system "$folder"
  : > "$logs/$name"
  if [ "$mode" = root ]; then start_as_root "$@"; else start_as_user "$@"; fi
}

start_as_root() {
  local name=$1 folder=$state/$1 upper=$state/$1/upper serve
  mkdir -p "$upper/etc/ssh" "$upper/run/sshd" "$folder/work" "$folder/mnt"
  chmod 755 "$upper" "$upper/etc" "$upper/etc/ssh" "$upper/run" "$upper/run/sshd"
  install -m 600 "$keys/$name" "$upper/etc/ssh/ssh_host_ed25519_key"
  install -m 644 "$keys/$name.pub" "$upper/etc/ssh/ssh_host_ed25519_key.pub"
  install -m 644 "$client/id_ed25519.pub" "$upper/etc/ssh/fleet_keys"
  echo "$name" > "$upper/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" > "$upper/etc/hosts"
  if [ "$name" = thin ]; then
    install -m 755 "$tools/multilisten" "$upper/etc/ssh/multilisten"
    serve=(/etc/ssh/multilisten "$thin_net" "$2" "$port" /usr/sbin/sshd -i -e)
  else
    serve=(/usr/sbin/sshd -D -e -o "ListenAddress=$2:$port")
  fi
  # unshare lets no TERM through to the host; --kill-child makes KILL reach its PID 1, and so all of it.
  spawn "$name" unshare --mount --pid --uts --fork --kill-child \
    sh -euc "$host_init" init "$(base)" "$folder" "$name" "${serve[@]}"
}

start_as_user() {
  local name=$1 folder=$state/$1 sshd
  sshd=$(command -v sshd || echo /usr/sbin/sshd)
  [ -x "$sshd" ] || die "needs sshd: apt-get install openssh-server"
  [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
  mkdir -p "$folder/home"
  cat > "$folder/sshd_config" <<- CONF
	ListenAddress $2:$port
	HostKey $keys/$name
	PidFile none
	AuthorizedKeysFile $client/id_ed25519.pub
	StrictModes no
	UsePAM no
	UseDNS no
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	PermitRootLogin prohibit-password
	MaxStartups 5000:1:10000
	MaxSessions 500
	PrintMotd no
	CONF
  spawn "$name" "$sshd" -D -e -f "$folder/sshd_config"
}

descendants() { # the PIDs below PID $1, each with its start time
  local child
  for child in $(cat "/proc/$1"/task/*/children 2> /dev/null); do
    echo "$child $(started_at "$child")"
    descendants "$child"
  done
}

stop() { # stop NAME: kills its recorded process and what came of it, and waits until it is gone
  local name=$1 pid k child at below=""
  pid=$(pid_of "$name")
  if [ -n "$pid" ]; then
    if [ "$mode" = user ]; then below=$(descendants "$pid"); fi # no PID namespace ends those
    kill -KILL "$pid" 2> /dev/null || true
    while read -r child at; do
      [ -n "$at" ] && [ "$(started_at "$child")" = "$at" ] && kill -KILL "$child" 2> /dev/null || true
    done <<< "$below"
    for ((k = 0; k < 500; k++)); do
      [ -n "$(pid_of "$name")" ] || break
      sleep 0.01
    done
  fi
  rm -f "$run/$name"
}

wait_for() { # wait_for NAME ADDRESS: until it accepts
  local k
  for ((k = 0; k < 1000; k++)); do
    (exec 3<> "/dev/tcp/$2/$port") 2> /dev/null && return 0
    is_running "$1" || { tail -n 5 "$logs/$1" >&2; die "$1 did not start, see $logs/$1"; }
    sleep 0.01
  done
  die "$1 does not listen on $2:$port, see $logs/$1"
}
