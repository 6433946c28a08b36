# A host run by OpenRC, with the service 'web'; what is done to it is in /run/done.
mkdir -p /run/openrc /etc/runlevels/default /etc/runlevels/boot
: >/run/openrc/softlevel
: >/run/done
cat >/etc/init.d/web <<'END'
#!/sbin/openrc-run
extra_started_commands="reload"
END
chmod 755 /etc/init.d/web
cat >/usr/local/sbin/rc-service <<'END'
#!/bin/sh
if [ ! -x "/etc/init.d/$1" ]; then
  echo " * rc-service: service \`$1' does not exist" >&2
  exit 1
fi
state=$(cat "/run/state-$1" 2>/dev/null || echo stopped)
case $2 in
  status)
    echo " * status: $state"
    case $state in
      started) exit 0 ;;
      crashed) exit 32 ;;
      *) exit 3 ;;
    esac
    ;;
  start | restart | reload)
    echo " * Starting $1 ... [ ok ]"
    echo started >"/run/state-$1"
    ;;
  stop) echo stopped >"/run/state-$1" ;;
  *) exit 1 ;;
esac
echo "$2 $1" >>/run/done
END
cat >/usr/local/sbin/rc-update <<'END'
#!/bin/sh
echo "rc-update $*" >>/run/done
case $* in
  'add '*' default') ln -s "/etc/init.d/$2" "/etc/runlevels/default/$2" && echo " * service $2 added to runlevel default" ;;
  '-a del '*) rm /etc/runlevels/*/"$3" && echo " * service $3 removed from runlevel default" ;;
  *) exit 1 ;;
esac
END
chmod 755 /usr/local/sbin/rc-service /usr/local/sbin/rc-update
