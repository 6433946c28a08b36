# A host run by systemd, as far as ensure_service asks: units are folders in /run/units, what is done to them is in /run/done.
# New unit files lie in /run/new until a daemon-reload.
mkdir -p /run/systemd/system /run/units /run/new
: >/run/done
cat >/usr/local/sbin/systemctl <<'END'
#!/bin/sh
# Units of users are those whose names begin with their own.
if [ "$1" = --user ]; then
  [ -d "$XDG_RUNTIME_DIR" ] || { echo 'Failed to connect to bus: No medium found' >&2 && exit 1; }
  shift
  for unit; do :; done
  case $unit in user-*) ;; *) set -- "$1" none ;; esac
fi
verb=$1
for unit; do :; done
case $unit in *.*) ;; *) unit=$unit.service ;; esac
at=/run/units/$unit
case $verb in
  show | is-enabled) ;;
  daemon-reload)
    echo "$verb" >>/run/done
    for new in /run/new/*; do [ ! -e "$new" ] || mv "$new" /run/units/; done
    for need in /run/units/*/NeedDaemonReload; do [ ! -e "$need" ] || echo no >"$need"; done
    exit
    ;;
  *)
    echo "$verb $unit" >>/run/done
    if [ ! -d "$at" ]; then
      echo "Failed to $verb $unit: Unit $unit not found." >&2
      exit 5
    fi
    ;;
esac
run() {
  [ ! -e "$at/broken" ] || { echo failed >"$at/ActiveState" && echo "Job for $unit failed because the control process exited with error code." >&2 && exit 1; }
  [ "$(cat "$at/LoadState")" != masked ] || { echo "Failed to $verb $unit: Unit $unit is masked." >&2 && exit 1; }
  [ "$(cat "$at/Type")" = oneshot ] || echo active >"$at/ActiveState"
}
case $verb in
  show)
    if [ ! -d "$at" ]; then
      printf '%s\n' Type= LoadState=not-found ActiveState=inactive SubState=dead UnitFileState= NeedDaemonReload=no
      exit
    fi
    for key in Type LoadState ActiveState SubState UnitFileState NeedDaemonReload; do echo "$key=$(cat "$at/$key")"; done
    ;;
  start | restart) run ;;
  reload-or-restart) run ;;
  stop) echo inactive >"$at/ActiveState" ;;
  enable)
    [ "$(cat "$at/UnitFileState")" = generated ] || echo enabled >"$at/UnitFileState"
    touch "$at/enabled-by-script"
    echo "Created symlink /etc/systemd/system/multi-user.target.wants/$unit -> /lib/systemd/system/$unit." >&2
    ;;
  disable)
    [ "$(cat "$at/UnitFileState")" = generated ] || echo disabled >"$at/UnitFileState"
    rm -f "$at/enabled-by-script"
    ;;
  mask) echo masked | tee "$at/LoadState" >"$at/UnitFileState" ;;
  unmask) echo loaded >"$at/LoadState" && echo disabled >"$at/UnitFileState" ;;
  is-enabled) [ -e "$at/enabled-by-script" ] && echo enabled || { echo disabled && exit 1; } ;;
  *) echo "Unknown command verb $verb." >&2 && exit 1 ;;
esac
END
# unit NAME ACTIVE SUB FILE [PLACE]
cat >/usr/local/sbin/unit <<'END'
#!/bin/sh
at=${5:-/run/units}/$1
mkdir -p "$at"
echo simple >"$at/Type"
echo loaded >"$at/LoadState"
echo "$2" >"$at/ActiveState"
echo "$3" >"$at/SubState"
echo "$4" >"$at/UnitFileState"
echo no >"$at/NeedDaemonReload"
END
chmod 755 /usr/local/sbin/systemctl /usr/local/sbin/unit
