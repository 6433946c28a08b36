#: summary: Network interfaces, their addresses, and the way out.
#: facts:
#:   network.interfaces: {type: mapping, doc: "By name; facts.network.interfaces.eth0.ipv4."}
#:   network.interfaces.*.mac: {type: string, doc: "Hardware address."}
#:   network.interfaces.*.mtu: {type: integer, doc: "Largest packet, in bytes."}
#:   network.interfaces.*.state: {type: string, doc: "up, down, or unknown."}
#:   network.interfaces.*.ipv4: {type: list, doc: "Its addresses, without prefix lengths."}
#:   network.interfaces.*.ipv6: {type: list, doc: "Likewise; also those of the link (fe80::…)."}
#:   network.default_interface: {type: string, doc: "Where the IPv4 default route leads."}
#:   network.default_gateway: {type: string, doc: "Its gateway."}
#:   network.default_address: {type: string, doc: "First IPv4 address of that interface: what the host is reached by."}
# tell_address INTERFACE FAMILY ADDRESS
tell_address() {
  fact .network .interfaces ".$1" "-$2=$3"
  case $2:$default_address in ipv4:) [ "$1" != "$default_interface" ] || default_address=$3 ;; esac
}
# hex_address HEX: sets line to the IPv4 address that the kernel writes so, the last byte first.
hex_address() {
  line=${1%??}
  line="$((0x${1#??????})).$((0x${line#????})).$((0x${1%????} & 0xff)).$((0x${1%??????}))"
}
# The addresses that are the host's own, each to the interface that its net is at.
tell_local_addresses() {
  address='' seen=' '
  while read -r line rest; do
    case $line in
      '|--') address=$rest ;;
      /32)
        case $rest$seen in 'host LOCAL'*" $address "*) continue ;; 'host LOCAL'*) ;; *) continue ;; esac
        seen="$seen$address " name=
        case $address in 127.*) name=lo ;; esac
        line=$address.
        IFS=.
        # shellcheck disable=SC2086
        set -- $line
        unset IFS
        number=$(($4 << 24 | $3 << 16 | $2 << 8 | $1))
        [ -n "$name" ] || while read -r name net gateway flags count use metric mask line; do
          case $net$mask in Destination* | *00000000) continue ;; esac
          [ "$((number & 0x$mask))" != "$((0x$net))" ] || break
        done </proc/net/route
        [ -z "$name" ] || tell_address "$name" ipv4 "$address"
        ;;
    esac
  done </proc/net/fib_trie
}
default_interface='' default_address='' best=
if [ -r /proc/net/route ]; then
  while read -r name net gateway flags count use metric mask line; do
    [ "$net:$mask" = 00000000:00000000 ] || continue
    [ -z "$best" ] || [ "$metric" -lt "$best" ] || continue
    best=$metric default_interface=$name
    hex_address "$gateway"
    gateway_address=$line
  done </proc/net/route
fi
if [ -d /sys/class/net ]; then
  fact .network .interfaces
  for folder in /sys/class/net/*; do
    [ -d "$folder" ] || continue
    name=${folder##*/}
    set -- '[ipv4=' '[ipv6='
    ! first_line "$folder/address" || set -- "$@" "=mac=$line"
    ! first_line "$folder/mtu" || set -- "$@" "#mtu=$line"
    ! first_line "$folder/operstate" || case $line in
      up | down) set -- "$@" "=state=$line" ;;
      *) set -- "$@" =state=unknown ;;
    esac
    fact .network .interfaces ".$name" "$@"
  done
fi
addresses=
! command -v ip >/dev/null || addresses=$(ip -o addr show)
if [ -n "$addresses" ]; then
  while read -r line name family address rest; do
    case $family in
      inet) tell_address "$name" ipv4 "${address%/*}" ;;
      inet6) tell_address "$name" ipv6 "${address%/*}" ;;
    esac
  done <<END
$addresses
END
elif [ -r /proc/net/fib_trie ] && [ -r /proc/net/route ]; then
  tell_local_addresses
fi
if [ -n "$default_interface" ]; then
  fact .network "=default_interface=$default_interface" "=default_address=$default_address"
  [ "$gateway_address" = 0.0.0.0 ] || fact .network "=default_gateway=$gateway_address"
fi
