# A host run by SysV init, with the real service(8) and update-rc.d and an init script 'web' whose daemon is a sleep.
cat >/etc/init.d/web <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          web
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: a web server
### END INIT INFO
echo "$1" >>/run/done
runs() { [ -e /run/web.pid ] && kill -0 "$(cat /run/web.pid)" 2>/dev/null; }
start() { runs || { sleep 1000 & echo $! >/run/web.pid; }; }
stop() { ! runs || kill "$(cat /run/web.pid)"; rm -f /run/web.pid; }
case $1 in
  start) start ;;
  stop) stop ;;
  restart) stop && start ;;
  reload) runs ;;
  status)
    runs && echo 'web is running.' && exit 0
    [ -e /run/web.pid ] && exit 1
    exit 3
    ;;
  *) echo "Usage: /etc/init.d/web {start|stop|restart|reload|status}" >&2 && exit 3 ;;
esac
END
chmod 755 /etc/init.d/web
