#: summary: A TCP port is open, or closed; it is waited for.
#: doc: |
#:   Changes nothing. Without `host`, or with localhost, a port of the machine that is configured is looked up among those that
#:   something listens on: no tool is needed and no connection is made. For another machine a connection is made with bash, curl
#:   or nc, whichever is there. Check mode looks once. `register: x` gives x.waited, in seconds.
#: parameters:
#:   port: {type: integer, required: true, doc: The port.}
#:   host: {type: string, doc: 'Name or address of another machine, as the one that is configured sees it. By default that one itself, on any of its addresses.'}
#:   state: {type: string, default: open, one_of: [open, closed], doc: What to wait for.}
#:   up_to: {type: duration, default: 5m, doc: 'How long to wait at most; then the operation fails.'}
#:   delay: {type: duration, default: 0s, doc: How long to wait before the first look.}
#:   every: {type: duration, default: 1s, doc: How often to look.}
#: main: port
#: uses: [wait]
#: waits: [up_to, delay, every]
#: examples:
#:   - doc: The web server answers.
#:     yaml: |
#:       wait.for_port: 80
#:   - doc: The database, on another machine.
#:     yaml: |
#:       wait.for_port: {host: db1.example.com, port: 5432, up_to: 10m}

# Whether something listens on the port (state 0A), by the kernel's tables.
listens() {
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    while read -r number address peer kind rest; do
      [ "$kind" = 0A ] || continue
      case $address in
        *:"$hex_port")
          case "$host/${address%:*}" in
            /* | */00000000 | */00000000000000000000000000000000) return ;;
            */0100007F | */7F000001 | */0000000000000000FFFF00000100007F | */0000000000000000FFFF00007F000001) return ;;
            localhost/00000000000000000000000001000000 | localhost/00000000000000000000000000000001) return ;;
            ::1/00000000000000000000000001000000 | ::1/00000000000000000000000000000001) return ;;
          esac
          ;;
      esac
    done <"$table"
  done
  return 1
}

# An attempt takes 5 seconds at most: packets may vanish.
connects() {
  case $way in
    bash) timeout 5 bash -c "exec 3<>/dev/tcp/$host/$port" 2>/dev/null ;;
    curl)
      # What it says when it has connected, and 28 or 52 afterwards, since nobody speaks first.
      curl -s -o /dev/null --connect-timeout 5 --max-time 6 "telnet://$bracketed:$port" </dev/null
      case $? in 5 | 6 | 7) return 1 ;; esac
      ;;
    nc) nc -z -w 5 "$host" "$port" >/dev/null 2>&1 ;;
    busybox) nc -w 5 "$host" "$port" -e true >/dev/null 2>&1 ;;
  esac
}

choose_way() {
  case $host in
    '' | localhost | 127.0.0.1 | ::1)
      if [ -r /proc/net/tcp ]; then
        way=table
        return
      fi
      host=${host:-localhost}
      ;;
  esac
  case $host in
    -* | *[!0-9A-Za-z._:-]*) fail "'$host' is not the name or address of a machine" ;;
  esac
  case $host in *:*) bracketed="[$host]" ;; *) bracketed=$host ;; esac
  way=none
  if command -v bash >/dev/null && command -v timeout >/dev/null; then
    way=bash
  elif command -v curl >/dev/null; then
    way=curl
  elif command -v nc >/dev/null; then
    # That of busybox may lack -z.
    case $(nc -h 2>&1) in
      *BusyBox*) way=busybox ;;
      *) way=nc ;;
    esac
  fi
  [ "$way" != none ] || fail "the host has none of the commands 'bash', 'curl' and 'nc' to look at a port of '$host' with"
}

is_so() {
  if [ "$way" = table ]; then listens; else connects; fi
  was_open=$?
  case $state in
    open) [ "$was_open" = 0 ] ;;
    *) [ "$was_open" != 0 ] ;;
  esac
}

check() {
  { [ "$port" -ge 1 ] && [ "$port" -le 65535 ]; } || fail "a port is between 1 and 65535, and this is $port"
  choose_way
  hex_port=$(printf %04X "$port")
  where="port $port"
  [ -z "$host" ] || where="$where of '$host'"
  case $state in
    open) wait_until "$where is not open" ;;
    *) wait_until "$where is open" ;;
  esac
}

apply() { :; }
