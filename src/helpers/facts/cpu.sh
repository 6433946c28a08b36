#: summary: The processors.
#: facts:
#:   cpu.count: {type: integer, doc: "How many are in use; a core with two threads counts twice."}
#:   cpu.model: {type: string, doc: "Model of the first one."}
count=0
if first_line /sys/devices/system/cpu/online; then
  IFS=,
  for part in $line; do count=$((count + ${part#*-} - ${part%-*} + 1)); done
  unset IFS
elif [ -r /proc/cpuinfo ]; then
  while read -r key line; do
    [ "$key" != processor ] || count=$((count + 1))
  done </proc/cpuinfo
fi
[ "$count" = 0 ] || fact .cpu "#count=$count"
if [ -r /proc/cpuinfo ]; then
  while IFS=: read -r key line; do
    case $key in
      'model name'* | Model* | Hardware* | 'cpu model'*)
        fact .cpu "=model=${line# }"
        break
        ;;
    esac
  done </proc/cpuinfo
fi
