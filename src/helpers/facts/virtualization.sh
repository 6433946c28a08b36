#: summary: What the host runs in.
#: facts:
#:   virtualization: {type: string, doc: "none, kvm, qemu, vmware, virtualbox, xen, hyperv, wsl, docker, podman, kubernetes, lxc, systemd-nspawn, openvz; vm where it is not known which."}
kind=
if first_line /run/systemd/container; then
  kind=$line
elif [ -e /run/.containerenv ]; then
  kind=podman
elif [ -e /.dockerenv ]; then
  kind=docker
elif [ -d /proc/vz ] && ! [ -d /proc/bc ]; then
  kind=openvz
elif [ -n "${KUBERNETES_SERVICE_HOST-}" ]; then
  kind=kubernetes
else
  if [ -r /proc/1/cgroup ]; then
    while read -r line; do
      case $line in
        *kubepods*) kind=kubernetes ;;
        */docker*) kind=docker ;;
        */lxc*) kind=lxc ;;
      esac
    done </proc/1/cgroup
  fi
  first_line /proc/sys/kernel/osrelease
  case $kind$line in *[Mm]icrosoft*) kind=wsl ;; esac
fi
if [ -z "$kind" ]; then
  vendor=
  for name in sys_vendor product_name bios_vendor; do
    ! first_line "/sys/class/dmi/id/$name" || vendor="$vendor $line"
  done
  first_line /sys/hypervisor/type
  case $vendor:$line in
    *KVM* | *'Amazon EC2'* | *Google* | *OpenStack* | *DigitalOcean* | *Hetzner*) kind=kvm ;;
    *VMware*) kind=vmware ;;
    *VirtualBox* | *innotek*) kind=virtualbox ;;
    *Xen* | *:xen) kind=xen ;;
    *'Microsoft Corporation Virtual Machine'*) kind=hyperv ;;
    *QEMU*) kind=qemu ;;
  esac
fi
if [ -z "$kind" ] && [ -r /proc/cpuinfo ]; then
  kind=none
  while IFS=: read -r name line; do
    case $name in
      flags*)
        case "$line " in *' hypervisor '*) kind=vm ;; esac
        break
        ;;
    esac
  done </proc/cpuinfo
fi
fact "=virtualization=$kind"
