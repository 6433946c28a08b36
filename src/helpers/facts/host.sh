#: summary: What the host calls itself.
#: facts:
#:   hostname: {type: string, doc: "Its name, as hostname says."}
#:   fqdn: {type: string, doc: "Its name with its domain, when the name itself or /etc/hosts tells one; DNS is not asked."}
#:   domain: {type: string, doc: "What follows the first dot of fqdn."}
first_line /proc/sys/kernel/hostname || line=$(uname -n)
name=$line fqdn=
fact "=hostname=$name"
case $name in
  *.*) fqdn=$name ;;
  '') ;;
  *)
    if [ -r /etc/hosts ]; then
      while read -r address first others || [ -n "$address" ]; do
        case $address in '#'*) continue ;; esac
        case " $first ${others%%#*} " in
          *" $name "*)
            case $first in *.*) fqdn=$first && break ;; esac
            ;;
        esac
      done </etc/hosts
    fi
    ;;
esac
fact "=fqdn=$fqdn"
case $fqdn in *.*) fact "=domain=${fqdn#*.}" ;; esac
