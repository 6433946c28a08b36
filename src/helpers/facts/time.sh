#: summary: The clock, as it was when the facts were read.
#: facts:
#:   time.epoch: {type: integer, doc: "Seconds since 1970."}
#:   time.iso: {type: string, doc: "Date and time in UTC: 2026-01-31T09:30:00Z."}
#:   time.zone: {type: string, doc: "Time zone: Europe/Vienna, Etc/UTC."}
line=$(TZ=UTC0 date '+%s %Y-%m-%dT%H:%M:%SZ')
fact .time "#epoch=${line%% *}" "=iso=${line#* }"
if [ -L /etc/localtime ]; then
  line=$(readlink /etc/localtime)
  case $line in */zoneinfo/*) fact .time "=zone=${line##*/zoneinfo/}" ;; esac
elif first_line /etc/timezone; then
  fact .time "=zone=$line"
fi
