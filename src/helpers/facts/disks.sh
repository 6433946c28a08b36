#: summary: Block devices by name, without loop and RAM devices and those that hold no medium.
#: facts:
#:   disks: {type: mapping, doc: "The devices; facts.disks.sda.size."}
#:   disks.*.size: {type: integer, doc: "In bytes."}
#:   disks.*.model: {type: string, doc: "What it calls itself."}
#:   disks.*.rotational: {type: boolean, doc: "Whether it turns."}
#:   disks.*.removable: {type: boolean, doc: "Whether its medium can be taken out."}
if [ -d /sys/block ]; then
  fact .disks
  for folder in /sys/block/*; do
    name=${folder##*/}
    case $name in loop* | ram* | fd*) continue ;; esac
    first_line "$folder/size" || continue
    [ "$line" != 0 ] || continue
    set -- "ssize=$line"
    if first_line "$folder/device/model"; then
      while :; do case $line in *' ') line=${line% } ;; *) break ;; esac done
      set -- "$@" "=model=$line"
    fi
    for key in rotational removable; do
      case $key in
        rotational) first_line "$folder/queue/rotational" || continue ;;
        *) first_line "$folder/removable" || continue ;;
      esac
      case $line in 0) set -- "$@" "?$key=false" ;; 1) set -- "$@" "?$key=true" ;; esac
    done
    # The kernel writes "!" for the "/" of a device's name.
    case $name in *!*) name=${name%%!*}/${name#*!} ;; esac
    fact .disks ".$name" "$@"
  done
fi
