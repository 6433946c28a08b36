# A host with cron: crontab is busybox's under every shell, and root's crontab has lines of its own.
mkdir -p /var/spool/cron/crontabs /etc/cron.d
printf '#!/bin/sh\nexec /bin/busybox crontab "$@"\n' >/usr/local/sbin/crontab
chmod 755 /usr/local/sbin/crontab
printf '%s\n' '# mine' 'MAILTO=ada' '5 4 * * * true' >/tmp/crontab
/bin/busybox crontab -u root /tmp/crontab
