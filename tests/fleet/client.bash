# shellcheck shell=bash
# Sourced by fleet: what a client needs to reach the hosts.

client_files() {
  local n far thin i name key type user=root
  [ "$mode" = root ] || user=$(id -un)
  n=$(count hosts) far=$(count far) thin=$(count thin)
  : > "$client/known_hosts.new"
  for ((i = 1; i <= n; i++)); do
    read -r type key _ < "$keys/web$i.pub"
    echo "$(place "$(address "$net" "$i")"),$(place "$(address "$proxy_net" "$i")") $type $key" >> "$client/known_hosts.new"
    echo "web$i $(address "$net" "$i")"
  done > "$client/hosts"
  for ((i = 1; i <= far; i++)); do echo "r$i $(address "$proxy_net" "$i")"; done > "$client/hosts-rtt"
  if [ "$thin" -gt 0 ]; then
    read -r type key _ < "$keys/thin.pub"
    for ((i = 1; i <= thin; i++)); do
      echo "t$i $thin_net.$(((i - 1) / 250)).$(((i - 1) % 250 + 1))"
    done > "$client/hosts-thin"
    awk -v key="$type $key" -v port="$port" \
      '{ print (port == 22 ? $2 : "[" $2 "]:" port) " " key }' "$client/hosts-thin" >> "$client/known_hosts.new"
  else
    : > "$client/hosts-thin"
  fi
  mv "$client/known_hosts.new" "$client/known_hosts"
  for name in "" -thin -rtt; do inventory "$client/hosts$name" "$user" > "$client/inventory$name.yaml"; done
  cat "$client/hosts" "$client/hosts-rtt" "$client/hosts-thin" |
    awk '{ print "Host " $1 "\n  HostName " $2 }' > "$client/ssh_config"
  : > "$client/ssh_config_addresses" # no names: reading thousands of them costs every ssh time
  for name in ssh_config ssh_config_addresses; do
    cat >> "$client/$name" <<- CONF
	Host *
	  User $user
	  Port $port
	  IdentityFile $client/id_ed25519
	  IdentitiesOnly yes
	  UserKnownHostsFile $client/known_hosts
	  GlobalKnownHostsFile /dev/null
	  StrictHostKeyChecking yes
	  BatchMode yes
	  LogLevel ERROR
	CONF
  done
}

place() { if [ "$port" = 22 ]; then echo "$1"; else echo "[$1]:$port"; fi; }

inventory() { # inventory HOSTS-FILE USER
  cat <<- YAML
	# The hosts of this fleet, written by tests/fleet/fleet.
	all:
	  vars:
	    user: $2
	    port: $port
	    identity: $client/id_ed25519
	  children:
	    web:
	YAML
  if [ ! -s "$1" ]; then return 0; fi
  echo "      hosts:"
  awk -v scratch="$state" -v mode="$mode" '{
    print "        " $1 ": {address: " $2 (mode == "user" ? ", scratch: " scratch "/" $1 "/home" : "") "}" }' "$1"
}
