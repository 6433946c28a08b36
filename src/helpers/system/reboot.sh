#: summary: The host has rebooted, and is back.
#: doc: |
#:   What follows in the list is done once the host is back: espresso connects again, as it did before, until the boot id is
#:   another one. Hosts reboot side by side. Nothing is forced: where services hold up the end, `command: reboot -f` does not ask
#:   them. `register: x` gives x.seconds, x.old_boot_id and x.new_boot_id. Facts are read anew.
#: parameters:
#:   only_if_required: {type: boolean, default: false, doc: 'Reboot only when /run/reboot-required exists, or a kernel in /boot has come since the host was started.'}
#:   deadline: {type: duration, default: 10m, doc: 'How long it may take until the host is back; then the operation fails, and the host is left alone.'}
#:   delay: {type: duration, default: 0s, doc: 'How long to wait before: time for those who are logged in.'}
#:   message: {type: string, doc: 'What those who are logged in are told before the delay.'}
#:   command: {type: string, doc: 'A line for sh that reboots the host. By default the first there is of systemctl reboot, shutdown -r now and reboot.'}
#: waits: [delay]
#: reboots: deadline
#: examples:
#:   - doc: A new kernel is put to use.
#:     yaml: |
#:       system.reboot: {only_if_required: true}
#:   - doc: With a word to those who work there.
#:     yaml: |
#:       system.reboot: {delay: 2m, message: 'Reboot in two minutes: new kernel.', deadline: 20m}

find_command() {
  [ -z "$command" ] || return 0
  if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
    command='systemctl reboot'
  elif command -v shutdown >/dev/null; then
    command='shutdown -r now'
  elif command -v reboot >/dev/null; then
    command=reboot
  else
    fail 'the host has none of the commands systemctl (with systemd running), shutdown and reboot; give a command'
  fi
}

# Sets why; empty: nothing requires it.
find_reason() {
  why=
  for file in /run/reboot-required /var/run/reboot-required; do
    [ -e "$file" ] || continue
    why="there is '$file'"
    return
  done
  started=
  while read -r key value rest; do
    [ "$key" != btime ] || { started=$value && break; }
  done 2>/dev/null </proc/stat
  [ -n "$started" ] || return 0
  set --
  for file in /boot/vmlinuz* /boot/vmlinux* /boot/kernel-* /boot/Image*; do
    { [ ! -f "$file" ] || [ -L "$file" ]; } || set -- "$@" "$file"
  done
  [ $# != 0 ] || return 0
  # A package keeps the time at which its kernel was made: that of the entry tells when it came.
  kernels=$(stat -c '%Z %n' -- "$@") || fail 'cannot look at the kernels in /boot'
  while read -r came file; do
    [ "$came" -lt "$started" ] || why="'$file' has come since the host was started"
  done <<EOF
$kernels
EOF
}

check() {
  # Whether it has rebooted is seen from outside.
  [ "$r_phase" = before ] || return 0
  [ -n "$r_boot_id" ] || fail "the host has no '/proc/sys/kernel/random/boot_id' to tell that it has rebooted"
  find_command
  [ -z "$message" ] || require_tool wall
  if [ "$only_if_required" = true ]; then
    find_reason
    [ -z "$why" ] || differs "$why"
  else
    differs 'not rebooted'
  fi
}

# The end of the connection must not end the command.
without_hangup() (
  trap '' HUP
  ! command -v setsid >/dev/null || set -- setsid "$@"
  exec "$@"
)

apply() {
  [ -z "$message" ] || say "$message$n_" | wall || fail 'cannot tell the message to those who are logged in'
  [ "$delay" = 0 ] || sleep "$delay"
  frame reboot
  # Time for those words to arrive, before there may be no network.
  sleep 1
  quietly without_hangup sh -c "$command" || fail "the host does not reboot: '$command' ended with status $r_status"
}
